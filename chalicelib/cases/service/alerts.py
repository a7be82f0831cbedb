"""Alerts about cases: a case names its open ones, and is written together with them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, alerts
from chalicelib.core.changes import until_stored
from chalicelib.supervision.domain import Alert


def trace(case: Case, code: str, facts: Mapping[str, str], now: datetime) -> None:
    """Raise an alert about a step that was refused; the next rightful step clears it."""
    raise_named(case, alerts.of_refused_step(case, code, facts, now), now)


def raise_named(case: Case, alert: Alert, now: datetime) -> None:
    """Raise an alert that the case names."""
    code = alert.code
    loaded: list[Case | None] = [case]

    def mark() -> bool | None:
        current = loaded.pop() if loaded else storage.load(case.case_id)
        if current is None:
            return False
        marked = replace(current, alerts=current.alerts | {code})
        return storage.store_watch(current, marked, now, alert) or None

    until_stored(mark)


def clear_named(subject: str, code: str, now: datetime, by: str) -> bool:
    """Clear an alert that a case names, in the case as well; False when no case names it."""

    def clear() -> bool | None:
        case = storage.load(subject)
        if case is None or code not in case.alerts:
            return False
        rest = replace(case, alerts=case.alerts - {code})
        return storage.store_watch(case, rest, now, by=by) or None

    return until_stored(clear)
