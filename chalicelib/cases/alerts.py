"""Alerts for supervisors: limits, order of steps, content, fees, integrity.

An alert is told apart by its subject and code; raising it again counts it. What a case's own steps
answer is cleared with the step; other rooms clear theirs by `clear_alert`.
"""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Case
from chalicelib.cases.storage import Alert, AlertKind, AlertLevel
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page

_TRIES: Final = 4


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
    """Clear an alert; one that was never raised stays so."""
    storage.clear_alert(subject, code, now)


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
    current: Case | None = case
    for _ in range(_TRIES):
        if current is None:
            return
        marked = replace(current, alerts=current.alerts | {code})
        if storage.store_watch(current, marked, now, alert):
            return
        current = storage.load(case.case_id)
    storage.raise_alert(alert)


def list_open(
    staff: Staff,
    office_id: str | None,
    kind: AlertKind | None,
    position: str | None,
    limit: int,
) -> Page[Alert]:
    """Return the open alerts of the staff's halls, red ones first, one Query a hall.

    Raises NotFound for a hall where the caller does not work.
    """
    if office_id is not None and office_id not in staff.office_ids:
        raise NotFound
    offices = [office_id] if office_id else sorted(staff.office_ids)

    def look(office: str) -> list[tuple[str, Alert]]:
        return storage.list_open_alerts(office, kind, position, limit + 1)

    found = list(itertools.chain.from_iterable(parallel.each(look, offices)))
    found.sort(key=lambda pair: pair[0])
    items = tuple(alert for _, alert in found[:limit])
    return Page(items, found[limit - 1][0] if len(found) > limit else None)


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
