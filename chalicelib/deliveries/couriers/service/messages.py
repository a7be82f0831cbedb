"""Couriers' messages as staff see them: with their attempts, and sent again since a time."""

from datetime import datetime

from chalicelib.core.pagination import Page
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.service import replay as webhooks_replay
from chalicelib.webhooks.service.replay import Requeued


def list_messages(courier_id: str, position: str | None, limit: int) -> Page[Message]:
    """Return a courier's messages with their attempts; raises NotFound."""
    directory.find(courier_id)
    return OUTBOX.list_page(courier_id, position, limit)


def recover(courier_id: str, since: datetime, now: datetime) -> Requeued:
    """Send again what failed since a time, a few hundred messages at a time; raises NotFound."""
    directory.find(courier_id)
    return webhooks_replay.recover(OUTBOX, courier_id, since, now)


def count_failed(courier_id: str, since: datetime) -> int:
    """Return how many messages `recover` would put into the queue; raises NotFound."""
    directory.find(courier_id)
    return webhooks_replay.count_failed(OUTBOX, courier_id, since)
