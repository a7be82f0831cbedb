"""What the tests of webhooks ask of messages, with couriers as the senders."""

from datetime import UTC, datetime, timedelta

from chalicelib.core.events import of_entry
from chalicelib.deliveries import handlers
from chalicelib.deliveries.couriers import storage as couriers_storage
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.supervision import storage as supervision
from chalicelib.supervision.domain import EVERY_HALL
from chalicelib.webhooks.domain.message import (
    Message,
)
from tests.deliveries.world import Hired


def only(subject: str, number: int = 1) -> Message:
    found = OUTBOX.load(subject, number)
    assert found
    return found


def open_alerts(hired: Hired) -> set[str]:
    """Return the codes of the open alerts of every hall, all events of the courier followed."""
    for entry in couriers_storage.load_entries(hired.courier_id):
        handlers.follow_up(of_entry(entry), datetime.now(UTC))
    found = supervision.alerts_of(hired.courier_id)
    assert all(alert.office_id == EVERY_HALL for alert in found)
    return {alert.code for alert in found if alert.cleared_at is None}


def later(**span: float) -> datetime:
    return datetime.now(UTC) + timedelta(**span)
