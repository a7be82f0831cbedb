"""Alerts for supervisors: limits, order of steps, content, fees, integrity.

An alert is told apart by its subject and code; raising it again counts it. What a case's own steps
answer is cleared with the step; other rooms clear theirs by `clear_alert`, and what no step answers
a supervisor clears, who has dealt with it. What was cleared stays to be read.
"""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import AlertStands, Case
from chalicelib.cases.storage import Alert, AlertKind, AlertLevel
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.changes import until_stored
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page

_SYSTEM: Final = "system:follow_up"


def raise_alert(  # noqa: PLR0913 - an alert has these facts.
    kind: AlertKind,
    code: str,
    office_id: str,
    subject: str,
    now: datetime,
    *,
    level: AlertLevel = "red",
    facts: Mapping[str, str] | None = None,
) -> None:
    """Raise an alert about anything; `facts` hold ids and plain facts, nothing personal."""
    storage.raise_alert(_alert(kind, code, office_id, subject, now, level, facts or {}))


def clear_alert(subject: str, code: str, now: datetime) -> None:
    """Clear an alert whose cause is gone; one that was never raised stays so."""
    storage.clear_alert(subject, code, now, _SYSTEM)


def find(subject: str, code: str) -> Alert | None:
    """Return an alert about a thing, open or cleared."""
    return next((one for one in storage.alerts_of(subject) if one.code == code), None)


def settle(staff: Staff, subject: str, code: str, now: datetime) -> Alert:
    """Clear an alert that a supervisor has dealt with; again is the same.

    Raises NotFound, or AlertStands for a time limit: that is cleared by the step that answers it.
    """
    found = _of_own_hall(staff, subject, code)
    if found.cleared_at:
        return found
    if found.kind == "time_limit":
        raise AlertStands

    def clear() -> Alert | None:
        case = storage.load(subject)
        if case is None or code not in case.alerts:
            storage.clear_alert(subject, code, now, staff.actor)
            return _of_own_hall(staff, subject, code)
        rest = replace(case, alerts=case.alerts - {code})
        is_stored = storage.store_watch(case, rest, now, by=staff.actor)
        return _of_own_hall(staff, subject, code) if is_stored else None

    return until_stored(clear)


def about(  # noqa: PLR0913 - an alert has these facts.
    case: Case,
    kind: AlertKind,
    code: str,
    level: AlertLevel,
    facts: Mapping[str, str],
    at: datetime,
) -> Alert:
    """Make an alert about a case."""
    return _alert(kind, code, case.office_id, case.case_id, at, level, facts)


def trace(case: Case, code: str, facts: Mapping[str, str], now: datetime) -> None:
    """Raise an alert about a step that was refused; the next rightful step clears it."""
    alert = about(case, "order", code, "red", facts, now)
    loaded: list[Case | None] = [case]

    def mark() -> bool | None:
        current = loaded.pop() if loaded else storage.load(case.case_id)
        if current is None:
            return False
        marked = replace(current, alerts=current.alerts | {code})
        return storage.store_watch(current, marked, now, alert) or None

    until_stored(mark)


def list_alerts(  # noqa: PLR0913 - a list is cut by these.
    staff: Staff,
    office_id: str | None,
    kind: AlertKind | None,
    position: str | None,
    limit: int,
    *,
    cleared: bool,
) -> Page[Alert]:
    """Return the alerts of the staff's halls, one Query a hall: open ones with the red ones first.

    Those that were cleared come newest first. Raises NotFound for a hall where the caller does not
    work.
    """
    if office_id is not None and office_id not in staff.office_ids:
        raise NotFound
    offices = [office_id] if office_id else sorted(staff.office_ids)

    def look(office: str) -> list[tuple[str, Alert]]:
        listed = storage.list_cleared_alerts if cleared else storage.list_open_alerts
        return listed(office, kind, position, limit + 1)

    found = list(itertools.chain.from_iterable(parallel.map_concurrently(look, offices)))
    found.sort(key=lambda pair: pair[0], reverse=cleared)
    items = tuple(alert for _, alert in found[:limit])
    return Page(items, found[limit - 1][0] if len(found) > limit else None)


def _of_own_hall(staff: Staff, subject: str, code: str) -> Alert:
    found = find(subject, code)
    if found is None or found.office_id not in staff.office_ids:
        raise NotFound
    return found


def _alert(  # noqa: PLR0913 - an alert has these facts.
    kind: AlertKind,
    code: str,
    office_id: str,
    subject: str,
    at: datetime,
    level: AlertLevel,
    facts: Mapping[str, str],
) -> Alert:
    moment = rfc3339(at)
    return Alert(subject, code, kind, level, office_id, moment, moment, facts=facts)
