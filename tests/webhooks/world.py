"""What the tests of webhooks ask of messages, with couriers as the senders."""

from datetime import UTC, datetime, timedelta

from chalicelib.core.events import of_entry
from chalicelib.deliveries import handlers
from chalicelib.deliveries.couriers import storage as couriers_storage
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.supervision import storage as supervision
from chalicelib.webhooks.domain.message import (
    Message,
)
from tests.appointments.world import HALL
from tests.deliveries.world import Hired


def only(subject: str, number: int = 1) -> Message:
    found = OUTBOX.load(subject, number)
    assert found
    return found


def open_alerts(hired: Hired) -> set[str]:
    """Return the codes of the hall's open alerts, all events of the courier followed."""
    for entry in couriers_storage.load_entries(hired.courier_id):
        handlers.follow_up(of_entry(entry), datetime.now(UTC))
    found = supervision.alerts_of(f"{hired.courier_id}@{HALL}")
    return {alert.code for alert in found if alert.cleared_at is None}


def later(**span: float) -> datetime:
    return datetime.now(UTC) + timedelta(**span)
