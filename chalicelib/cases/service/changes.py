"""Changes of a case, by the one change loop."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, Effects, deadlines, parts
from chalicelib.cases.service import fees
from chalicelib.core import changes
from chalicelib.core.changes import Applied, Author
from chalicelib.core.decisions import Decision, DomainEvent

Decided = Decision[Case, Effects]


def apply(
    load: Callable[[], Case],
    decide: Callable[[Case], Decided | None],
    author: Author,
    *,
    done: Callable[[], bool] | None = None,
) -> Applied[Case]:
    """Change a case in one transaction; raises what `load` and `decide` raise, and TryAgain."""
    return changes.apply(load, decide, storage.store_change, author, done=done)


def decided(
    case: Case,
    now: datetime,
    *events: DomainEvent,
    effects: Effects | None = None,
) -> Decided:
    """Return what becomes of a case; every entry says its status, service and hall.

    The time limits stand still from a change after which the citizen must act, to the next.
    """
    case = parts.closed(case) if case.ended else case
    case = deadlines.paused(case, fees.fee_step(case), now)
    always = {"status": case.status.value, "service": case.service_id, "office": case.office_id}
    what = tuple(DomainEvent(one.type, {**always, **one.facts}) for one in events)
    return Decision(case, what, effects or Effects())
