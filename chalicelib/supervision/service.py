"""Raising, clearing and listing alerts.

An alert is told apart by its subject and code; raising it again counts it. Who raised it clears it
once its cause is gone, and what nothing else answers a supervisor clears, who has dealt with it.
What was cleared stays to be read. A room that changes a thing in a transaction of its own raises
and clears there, by `write_raised` and `write_cleared`; `write_moved` gives them to another hall.
"""

from collections.abc import Mapping
from datetime import datetime
from itertools import chain
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.pagination import Page
from chalicelib.core.plugins import registered
from chalicelib.core.tables import Addition, transaction
from chalicelib.supervision import storage
from chalicelib.supervision.domain import (
    EVERY_HALL,
    Alert,
    AlertFilter,
    AlertStands,
    clears,
    sees,
    sees_city,
)
from chalicelib.supervision.storage import write_cleared, write_moved, write_raised
from chalicelib.webhooks.domain.account import AccountState
from chalicelib.webhooks.service.directory import A, Directory

__all__ = [
    "clear_alert",
    "find_alert",
    "follow_endpoint",
    "list_alerts",
    "move_alerts",
    "raise_alert",
    "resolve_alert",
    "write_cleared",
    "write_integrity_alert",
    "write_moved",
    "write_raised",
]

_SYSTEM: Final = "system:follow_up"


def raise_alert(alert: Alert) -> None:
    """Raise an alert about anything."""
    storage.raise_alert(alert)


def write_integrity_alert(
    subject: str, code: str, facts: Mapping[str, str], now: datetime
) -> Addition:
    """Return the write of an alert for the whole city, where something may be wrong."""
    alert = Alert(subject, code, "integrity", None, now, facts=facts)
    return lambda write: write_raised(write, alert)


def clear_alert(subject: str, code: str, now: datetime) -> None:
    """Clear an alert whose cause is gone. Idempotent; one that was never raised stays so."""
    storage.clear_alert(subject, code, now, _SYSTEM)


def move_alerts(subject: str, office_id: str) -> None:
    """Give the open alerts about a thing to another hall. Idempotent."""
    open_ = [one for one in storage.alerts_of(subject) if one.cleared_at is None]
    codes = [one.code for one in open_ if one.office_id != office_id]
    if codes:
        with transaction() as write:
            write_moved(write, subject, codes, office_id)


def follow_endpoint(
    directory: Directory[A], account_id: str, office_id: str | None, now: datetime
) -> None:
    """Keep the alerts of an endpoint as its account says now, whatever event came. Idempotent.

    `office_id` is whose they are: of a hall, of the city, or of every hall. Raises NotFound.
    """
    account, noun = directory.load(account_id), directory.noun
    wrong = {
        f"{noun}_not_answering": directory.outbox.load_health(account_id).troubled,
        f"{noun}_disabled": account.state is AccountState.DISABLED,
    }
    is_halls = office_id not in (None, EVERY_HALL)
    subject = f"{account_id}@{office_id}" if is_halls else account_id
    for code, holds in wrong.items():
        if holds:
            facts = {noun: account_id}
            raise_alert(Alert(subject, code, "integrity", office_id, now, facts=facts))
        else:
            clear_alert(subject, code, now)


def find_alert(subject: str, code: str) -> Alert | None:
    """Return an alert about a thing, open or cleared."""
    return storage.find_alert(subject, code)


def resolve_alert(staff: Staff, subject: str, code: str, now: datetime) -> Alert:
    """Clear an alert that a supervisor has dealt with. Idempotent.

    Raises NotFound, Forbidden for one of every hall to who works in some, or AlertStands for a time
    limit: that is cleared by the step that answers it.
    """
    alert = _seen_by(staff, subject, code)
    if alert.cleared_at:
        return alert
    if not clears(staff.office_ids, _city(), alert):
        raise Forbidden
    if alert.kind == "time_limit":
        raise AlertStands
    if not any(clear(subject, code, now, staff.actor) for clear in registered("ALERT_SUBJECTS")):
        storage.clear_alert(subject, code, now, staff.actor)
    return _seen_by(staff, subject, code)


def list_alerts(staff: Staff, wanted: AlertFilter, position: str | None, limit: int) -> Page[Alert]:
    """Return the alerts that a member of staff sees: those of their halls, one Query a hall.

    Those of every hall are among each one's. Who works in all halls of the city sees those of no
    hall too. Open ones have the red ones first, cleared ones the newest. Raises NotFound for a hall
    where the caller does not work.
    """
    if wanted.office_id is not None and wanted.office_id not in staff.office_ids:
        raise NotFound
    offices: list[str | None] = [wanted.office_id, EVERY_HALL]
    if wanted.office_id is None:
        offices = [*sorted(staff.office_ids), *([EVERY_HALL] if staff.office_ids else ())]
        if sees_city(staff.office_ids, _city()):
            offices.append(None)
    lists = parallel.map_concurrently(
        lambda one: storage.list_alerts(staff.staff_id, one, wanted, position, limit + 1), offices
    )
    pairs = sorted(chain.from_iterable(lists), key=lambda pair: pair[0], reverse=wanted.cleared)
    alerts = tuple(alert for _, alert in pairs[:limit])
    return Page(alerts, pairs[limit - 1][0] if len(pairs) > limit else None)


def _seen_by(staff: Staff, subject: str, code: str) -> Alert:
    alert = storage.find_alert(subject, code)
    if alert is None or staff.staff_id in alert.hidden_from:
        raise NotFound
    if not sees(staff.office_ids, _city(), alert):
        raise NotFound
    return alert


def _city() -> frozenset[str]:
    return frozenset(catalogue.current().offices)
