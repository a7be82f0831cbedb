"""Time limits watched: yellow when 80 % of the promise is gone, red past it and past the law.

The index `watch` names the cases whose next limit has come; each look tells that limit once and
moves the case on to the next one. A case that waits for corrections or its fee, or is decided, is
taken off; a correction or the fee puts it back. The corrections that parts want wait there too, to
be asked at once. A department's limit for its part is told to supervisors, also while the case
waits for another part's correction. A limit that is missed is also an entry of the
case's history, by which the citizen is told of it, and of the day that is left.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import TIME_ALERTS, Case, Effects, alerts, parts
from chalicelib.cases.domain.deadlines import (
    ORIGINALS_UNCHECKED,
    limits,
    missed_parts,
    next_look,
    originals_due,
)
from chalicelib.cases.service import changes, visits
from chalicelib.cases.service import parts as case_parts
from chalicelib.core.changes import Author
from chalicelib.core.clock import rfc3339
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import NotFound
from chalicelib.core.event_types import CaseEvent
from chalicelib.supervision.domain import Alert

_EVENT_OF: Final[Mapping[str, CaseEvent]] = {
    "promise_missed": "case.promise_missed",
    "law_missed": "case.law_missed",
}


def watch(number: str, now: datetime) -> int:
    """Raise what is due of the case of a receipt number; return how many limits."""
    raised, case = 0, storage.load_by_number(number)
    # A case that was not looked at for long has passed more than one limit.
    while case and case.watch_at and case.watch_at <= now:
        was_raised, case = _look(case, now)
        raised += was_raised
    return raised


def _look(old: Case, now: datetime) -> tuple[bool, Case | None]:
    if end_wait := _wait_over(old, now):
        return False, end_wait(old.case_id, now)
    if aside := _beside_limits(old, now):
        return _told(old, aside[0], now, aside[1])
    if not old.running or old.paused_at:
        waiting = old.paused_at is not None
        kept = old.alerts if waiting else old.alerts - TIME_ALERTS
        storage.store_watch(old, replace(old, watch_at=next_look(old), alerts=kept), now)
        return False, None
    if not _is_limit_due(old, now):
        return False, _told(old, old, now)[1]
    code, at = limits(old)[old.alerted]
    told = replace(old, alerted=old.alerted + 1, alerts=old.alerts | {code})
    alert, missed = alerts.of_time_limit(old, code, at), _missed(old, code, now)
    if missed is None:
        return _told(old, told, now, alert)
    new = replace(told, watch_at=next_look(told))
    decision = changes.decided(
        new, now, DomainEvent(_EVENT_OF[code], missed), effects=Effects(alert=alert)
    )
    applied = changes.apply(
        lambda: storage.load(old.case_id) or old,
        lambda case: decision if case == old else None,
        Author(storage.WATCH, now),
    )
    return applied.changed, applied.new if applied.changed else None


def _beside_limits(case: Case, now: datetime) -> tuple[Case, Alert] | None:
    """Return a case with what is told of its parts, or of originals that wait at the office."""
    if late := missed_parts(case, now):
        return alerts.with_missed_parts(case, late)
    due = originals_due(case)
    if due and due <= now and ORIGINALS_UNCHECKED not in case.alerts:
        return alerts.with_unchecked_originals(case, due)
    return None


def _wait_over(case: Case, now: datetime) -> Callable[[str, datetime], Case] | None:
    """Return what ends the wait that is over: for corrections of other parts, or for a visit."""
    if case.gather_at and case.gather_at <= now:
        return _gather
    is_visit_over = case.visit_by and case.visit_by <= now and case.running
    return visits.end_wait if is_visit_over else None


def _told(
    old: Case, new: Case, now: datetime, alert: Alert | None = None
) -> tuple[bool, Case | None]:
    """Keep when to look next, and the alert; it is no entry of the history, and no new version."""
    new = replace(new, watch_at=next_look(new))
    is_new = storage.store_watch(old, new, now, alert)
    return is_new, new if is_new else None


def _is_limit_due(case: Case, now: datetime) -> bool:
    """Tell whether a limit of the case's own has come; a look for a part may be for nothing."""
    return any(at <= now for _, at in limits(case)[case.alerted :][:1])


def _gather(case_id: str, now: datetime) -> Case:
    """Ask for the corrections of parts that have waited long enough for the others."""

    def decide(old: Case) -> changes.Decided | None:
        if not old.gather_at or old.gather_at > now:
            return None
        new = parts.gathered(old, now)
        rules = case_parts.rules_of(old)
        new, alert = case_parts.alerted(old, new, rules, storage.WATCH, now)
        events = case_parts.follow_ups(old, new)
        return changes.decided(new, now, *events, effects=Effects(alert=alert))

    return changes.apply(lambda: _existing(case_id), decide, Author(storage.WATCH, now)).new


def _existing(case_id: str) -> Case:
    case = storage.load(case_id)
    if case is None:
        raise NotFound
    return case


def _missed(case: Case, code: str, now: datetime) -> dict[str, str] | None:
    """Return what the citizen is told of a missed limit: `until` when it must be done instead.

    None for what is no miss of its own: a warning, or the law's limit on the promise's own day.
    """
    if code == "promise_missed":
        return {"until": rfc3339(case.due_at)} if case.due_at > now else {}
    return {} if code == "law_missed" and case.due_at > case.promised_at else None
