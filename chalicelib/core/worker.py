"""Entry points of queues, timers and streams: each message and each item fails by itself.

A queue delivers at least once and in any order. What a worker does must therefore be keyed by the
event's id, so that it takes effect once, and must hold whatever came before: a worker that needs
the state of a thing asks the thing's room, it does not count on having seen the earlier events.
A message that fails comes again, and goes to the dead letters after the attempts of its queue.

Every entry point writes its log as JSON lines that name the function, its request and the event in
hand, and one line of metrics a run (`core.metrics`).
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from datetime import datetime
from typing import Any, Final, TypeVar

from chalicelib.core import aws, dependencies, events, logs, metrics, retry
from chalicelib.core.buckets import Part
from chalicelib.core.errors import Problem, TryAgain
from chalicelib.core.events import Event
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import problem_of

# What SendMessageBatch takes.
_SENT_AT_ONCE: Final = 10
_ONE_MESSAGE_MILLISECONDS: Final = 15_000  # All of a run that Lambda has to end come again.
_LOG: Final = logging.getLogger("onetrip.worker")

T = TypeVar("T")
R = TypeVar("R")
Record = Mapping[str, Any]
Work = Callable[[Event, datetime], object]
Collect = Callable[[Sequence[Event], datetime], object]
Run = Callable[[datetime], object]
RunPart = Callable[..., object]
Take = Callable[[Sequence[Record]], str | None]
Failures = dict[str, list[dict[str, str]]]
Handler = Callable[[Mapping[str, Any], object], Failures]


class RunFailed(Exception):  # noqa: N818 - its name states the fact.
    """A run ended with an error, which is logged; Lambda hears its type alone.

    Lambda writes the message of what a handler raises into the log, and it may quote a person.
    """


def queue(function: str, work: Work) -> Handler:
    """Return the Lambda handler that gives each message's event to `work`, with the time.

    It answers which messages failed, as SQS's partial batch failure.
    """

    def handle(batch: Mapping[str, Any], context: object) -> Failures:
        with running(function, dependencies.clock().now(), context):
            messages = batch["Records"]
            done = {m["messageId"] for m in _in_time(messages, context) if _done(function, m, work)}
            return failures([m["messageId"] for m in messages if m["messageId"] not in done])

    return handle


def batch(function: str, collect: Collect) -> Handler:
    """Return the Lambda handler that gives the events of a batch to `collect` together.

    Messages that are none fail by themselves; where `collect` fails all others come again.
    """

    def handle(taken: Mapping[str, Any], context: object) -> Failures:
        now = dependencies.clock().now()
        with running(function, now, context):
            messages = {m["messageId"]: _event(function, m) for m in taken["Records"]}
            events_ = [event for event in messages.values() if event]
            if not events_ or _collected(function, events_, collect, now):
                return failures([one for one, event in messages.items() if event is None])
            return failures(list(messages))

    return handle


def timer(function: str, run: Run) -> Handler:
    """Return the Lambda handler that runs what EventBridge starts by the clock.

    Raises RunFailed, on which Lambda runs it again.
    """

    def handle(_event: Mapping[str, Any], context: object) -> Failures:
        now = dependencies.clock().now()
        with running(function, now, context):
            metrics.note(function, logs.BY_CLOCK)
            run(now)
        return failures([])

    return handle


def parted(function: str, run: RunPart, queue_name: str, parts: int) -> Handler:
    """Return the Lambda handler that cuts a run by the clock into parts, and does one a message.

    Raises RunFailed, on which a part's message comes again, or is forgotten for the next run's.
    """

    def handle(event: Mapping[str, Any], context: object) -> Failures:
        now = dependencies.clock().now()
        with running(function, now, context):
            if "Records" not in event:
                _send_parts(queue_name, parts)
            for message in event.get("Records", ()):
                run(now, part=Part(**json.loads(message["body"])))
        return failures([])

    return handle


def stream(function: str, take: Take) -> Handler:
    """Return the Lambda handler that gives `take` the records of a table's stream, in their order.

    `take` answers the sequence number of the first record that must come again, with all behind it.
    """

    def handle(batch: Mapping[str, Any], context: object) -> Failures:
        with running(function, dependencies.clock().now(), context):
            waiting = take(batch["Records"])
            return failures([] if waiting is None else [waiting])

    return handle


def failures(identifiers: Sequence[str]) -> Failures:
    """Return what Lambda wants to hear of a batch's failures: message ids or sequence numbers."""
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


def together(*works: Work) -> Work:
    """Return the work that does all of these; it raises what the last of them to fail raised.

    One that fails does not keep the others waiting.
    """

    def work(event: Event, now: datetime) -> None:
        with ExitStack() as stack:
            for one in reversed(works):
                stack.callback(one, event, now)

    return work


@contextmanager
def running(function: str, now: datetime, context: object = None) -> Iterator[None]:
    """Run a function: its log lines name it and Lambda's request, its counts become one line.

    What it raises is logged and becomes RunFailed.
    """
    logs.configure()
    request_id = getattr(context, "aws_request_id", None)
    named = {"request_id": request_id} if request_id else {}
    with logs.bound(function=function, **named), metrics.of_run(function, now):
        try:
            with retry.within():
                yield
        except Exception as error:  # noqa: BLE001 - its message must not reach Lambda's own log.
            problem = error if isinstance(error, Problem) else problem_of(error)
            code = problem.code if problem else None
            _LOG.error("run_failed", exc_info=error, extra={"code": code})
            raise RunFailed(type(error).__name__) from None


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
    personal data, and counted for an alarm of the `function`; the others go on. `through` maps,
    as `parallel.map_concurrently` does; what it leaves undone, as `parallel.InTime` may, is counted
    as neither.
    """
    logs.configure()
    # Threads of a pool know neither the run nor its log fields by themselves.
    outer = copy_context()

    def tried(item: T) -> list[R]:
        try:
            with retry.within():
                return [work(item)]
        except Exception as error:  # noqa: BLE001 - the one place where a bad item is set aside.
            _set_aside(function, name(item), error)
            return []

    def carried(item: T) -> list[R]:
        return outer.copy().run(tried, item)

    all_ = list(items)
    answers = list(through(carried, all_) if through else map(tried, all_))
    failed = sum(not one for one in answers)
    metrics.count(function, processed=len(answers) - failed, failed=failed)
    return [answer for one in answers for answer in one]


def readable(
    function: str, records: Iterable[T], read: Callable[[T], R], *, name: Callable[[T], str]
) -> list[R]:
    """Return what is read of records; one that cannot be read is set aside as `each` does.

    It is counted for the alarm of the function that needs it most; the others are told of.
    """
    found: list[R] = []
    for record in records:
        try:
            found.append(read(record))
        except Exception as error:  # noqa: BLE001 - as above.
            _set_aside(function, name(record), error)
            metrics.count(function, failed=1)
    return found


def _set_aside(function: str, item: str, error: Exception) -> None:
    problem = error if isinstance(error, Problem) else problem_of(error)
    facts = {"function": function, "item": item, "code": problem.code if problem else None}
    if problem:
        _LOG.warning("item_deferred", extra=facts)
    else:
        _LOG.error("item_set_aside", exc_info=error, extra=facts)


def _in_time(messages: Sequence[Record], context: object) -> Iterator[Record]:
    """Yield messages as long as there is time for one more, the first in any case."""
    left = getattr(context, "get_remaining_time_in_millis", None)
    for number, message in enumerate(messages):
        if number and left and left() < _ONE_MESSAGE_MILLISECONDS:
            _LOG.warning("messages_left", extra={"size": len(messages) - number})
            return
        yield message


def _done(function: str, message: Record, work: Work) -> bool:
    """Do the work of one message of a queue; False when it must come again."""
    event = _event(function, message)
    if event is None:
        return False
    with logs.bound(event=event.event_id, **{logs.CAUSE: event.cause or None}):
        metrics.waited(function, [event.moment])
        try:
            with retry.within():
                work(event, dependencies.clock().now())
        except Exception as error:  # noqa: BLE001 - it is logged, and comes again.
            # One message's failure must not make its neighbours come again.
            _failed(function, error)
            return False
    metrics.count(function, processed=1)
    return True


def _send_parts(queue_name: str, parts: int) -> None:
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName=SETTINGS.queue(queue_name))["QueueUrl"]
    bodies = [json.dumps({"number": number, "of": parts}) for number in range(parts)]
    for first in range(0, parts, _SENT_AT_ONCE):
        some = bodies[first : first + _SENT_AT_ONCE]
        entries = [{"Id": str(at), "MessageBody": body} for at, body in enumerate(some)]
        if sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed"):
            raise TryAgain(retry_after=2)


def _collected(function: str, some: Sequence[Event], collect: Collect, now: datetime) -> bool:
    metrics.waited(function, [event.moment for event in some])
    try:
        with retry.within():
            collect(some, now)
    except Exception as error:  # noqa: BLE001 - it is logged, and all come again.
        _failed(function, error)
        return False
    metrics.count(function, processed=len(some))
    return True


def _event(function: str, message: Record) -> Event | None:
    """Read a message's event; None for what is none."""
    try:
        return events.read(json.loads(message["body"])["detail"])
    except Exception as error:  # noqa: BLE001 - it goes to the dead letters in the end.
        _failed(function, error, item=str(message["messageId"]))
        return None


def _failed(function: str, error: Exception, **facts: str) -> None:
    problem = error if isinstance(error, Problem) else problem_of(error)
    metrics.count(function, failed=1)
    if problem:
        _LOG.warning("event_deferred", extra={**facts, "code": problem.code})
    else:
        _LOG.error("event_failed", exc_info=error, extra=facts)
