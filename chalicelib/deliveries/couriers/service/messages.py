"""Couriers' messages as staff see them: with their attempts, and sent again."""

from datetime import datetime

from chalicelib.core.changes import Author
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.deliveries.couriers.service import accounts, directory
from chalicelib.deliveries.couriers.service.accounts import AccountChange
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.service import replay as webhooks_replay
from chalicelib.webhooks.service.replay import Requeued


def list_messages(courier_id: str, position: str | None, limit: int) -> Page[Message]:
    """Return a courier's messages with their attempts; raises NotFound."""
    directory.find(courier_id)
    return OUTBOX.list_page(courier_id, position, limit)


def replay(
    courier_id: str, message_id: str, actor: str, attempt: Attempt, now: datetime
) -> tuple[Message, bool]:
    """Send one message again, from the beginning; tells whether the same attempt had done so.

    Raises NotFound, or StaleVersion when it is being sent at this moment.
    """
    directory.find(courier_id)
    old = webhooks_replay.find(OUTBOX, courier_id, message_id)
    fresh = old.again(now)
    change = AccountChange(
        "courier.message_replayed",
        lambda courier: courier,
        {"message": old.message_id},
        message=lambda _: fresh,
        was=old,
        always=True,
    )
    changed = accounts.append(courier_id, change, Author(actor, now, attempt))
    webhooks_replay.release(OUTBOX, OUTBOX.load_all(old.subject), now)
    return (old if changed.again else fresh), changed.again


def recover(courier_id: str, since: datetime, now: datetime) -> Requeued:
    """Send again what failed since a time, a few hundred messages at a time; raises NotFound."""
    directory.find(courier_id)
    return webhooks_replay.recover(OUTBOX, courier_id, since, now)


def count_failed(courier_id: str, since: datetime) -> int:
    """Return how many messages `recover` would put into the queue; raises NotFound."""
    directory.find(courier_id)
    return webhooks_replay.count_failed(OUTBOX, courier_id, since)
