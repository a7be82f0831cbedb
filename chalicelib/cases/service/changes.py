"""Changes of a case, by the one change loop."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, CaseFile, Effects, deadlines, parts
from chalicelib.cases.service import fees
from chalicelib.core import changes
from chalicelib.core.changes import Applied, Author, Change
from chalicelib.core.decisions import Decision, DomainEvent

Decided = Decision[Case, Effects]
DecidedFile = Decision[CaseFile, Effects]


def apply(
    load: Callable[[], Case],
    decide: Callable[[Case], Decided | None],
    author: Author,
    *,
    done: Callable[[], bool] | None = None,
) -> Applied[Case]:
    """Change a case in one transaction; raises what `load` and `decide` raise, and TryAgain."""
    return changes.apply(load, decide, storage.store_change, author, done=done)


def store_file(change: Change[CaseFile, Effects]) -> bool:
    """Keep the next version of a case that was read whole; False as `storage.store_change`."""
    cases = (change.old.case, change.new.case)
    return storage.store_change(Change(*cases, change.entries, change.effects, change.standing))


def decided_file(
    file: CaseFile, case: Case, now: datetime, *events: DomainEvent, effects: Effects | None = None
) -> DecidedFile:
    """Return what becomes of a case that was read whole, as `decided` does."""
    decision = decided(case, now, *events, effects=effects)
    return Decision(replace(file, case=decision.new), decision.events, decision.effects)


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
    case = deadlines.watched(deadlines.paused(case, fees.fee_step(case), now))
    always = {"status": case.status.value, "service": case.service_id, "office": case.office_id}
    what = tuple(DomainEvent(one.type, {**always, **one.facts}) for one in events)
    return Decision(case, what, effects or Effects())
