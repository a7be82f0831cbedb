"""What workers and timers do: each message, and each thing that is due, fails for itself.

A queue delivers at least once and in any order. What a worker does must therefore be keyed by the
event's id, so that it takes effect once, and must hold whatever came before: a worker that needs
the state of a thing asks the thing's room, it does not count on having seen the earlier events.
A message that fails comes again, and goes to the dead letters after the attempts of its queue.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from chalicelib.core import events, logs, retry, wiring
from chalicelib.core.errors import Problem
from chalicelib.core.events import Event
from chalicelib.core.tables import problem_of

_LOG: Final = logging.getLogger("onetrip.worker")

T = TypeVar("T")
R = TypeVar("R")
Work = Callable[[Event, datetime], object]
Failures = dict[str, list[dict[str, str]]]
Handler = Callable[[Mapping[str, Any], object], Failures]


def handler(work: Work) -> Handler:
    """Return the Lambda handler that gives each message's event to `work`, with the time."""

    def handle(batch: Mapping[str, Any], _context: object) -> Failures:
        logs.configure()
        return run(batch["Records"], work)

    return handle


def each(
    function: str,
    items: Iterable[T],
    work: Callable[[T], R],
    *,
    name: Callable[[T], str] = str,
    through: Callable[[Callable[[T], list[R]], list[T]], Iterable[list[R]]] | None = None,
) -> list[R]:
    """Return what `work` answered for the items that it could do, in their order.

    An item that fails is set aside until the next run: it is logged by its `name`, which has no
    personal data, and counted for an alarm of the `function`; the others go on. `through` maps, as
    `parallel.each` does.
    """
    logs.configure()

    def tried(item: T) -> list[R]:
        try:
            with retry.within():
                return [work(item)]
        except Exception as error:  # noqa: BLE001 - the one place where a bad item is set aside.
            _set_aside(function, name(item), error)
            return []

    done = list(through(tried, list(items)) if through else map(tried, items))
    failed = sum(not one for one in done)
    if failed:
        logs.count_failed(function, failed)
    return [answer for one in done for answer in one]


def _set_aside(function: str, item: str, error: Exception) -> None:
    problem = error if isinstance(error, Problem) else problem_of(error)
    facts = {"function": function, "item": item, "code": problem.code if problem else None}
    if problem:
        _LOG.warning("an item waits", extra=facts)
    else:
        _LOG.error("an item was set aside", exc_info=error, extra=facts)


def run(messages: Sequence[Mapping[str, Any]], work: Work) -> Failures:
    """Do the work of each message and answer which failed, as SQS's partial batch failure."""
    return failures([one["messageId"] for one in messages if not _done(one, work)])


def failures(identifiers: Sequence[str]) -> Failures:
    """Return what Lambda wants to hear of a batch's failures: message ids or sequence numbers."""
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


def _done(message: Mapping[str, Any], work: Work) -> bool:
    told = {"event": None, "function": work.__module__}
    try:
        event = events.read(json.loads(message["body"])["detail"])
        told["event"] = event.event_id
        with retry.within():
            work(event, wiring.clock().now())
    except Exception as error:  # noqa: BLE001 - it is logged, and comes again.
        # One message's failure must not make its neighbours come again.
        problem = error if isinstance(error, Problem) else problem_of(error)
        if problem:
            _LOG.warning("an event waits", extra={**told, "code": problem.code})
        else:
            _LOG.exception("an event failed", extra=told)
        return False
    return True
