"""Messages that were sent or failed, put into the queue again: one by one, or all since a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.core import pagination
from chalicelib.core.errors import NotFound
from chalicelib.webhooks.domain.message import Message, MessageState, subject_of
from chalicelib.webhooks.service import circuit_breaker
from chalicelib.webhooks.service.sender import Outbox

_PAGE: Final = 100
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Requeued:
    """How many messages were put into the queue again, and whether some are left."""

    recovered: int
    more: bool


def find(outbox: Outbox, endpoint_id: str, message_id: str) -> Message:
    """Return an endpoint's message; raises NotFound."""
    named = subject_of(message_id)
    message = outbox.load(*named) if named else None
    if message is None or message.endpoint_id != endpoint_id:
        raise NotFound
    return message


def recover(outbox: Outbox, endpoint_id: str, since: datetime, now: datetime) -> Requeued:
    """Put what failed since a time into the queue again, a few hundred messages at a time.

    The endpoint is tried at once, whatever was known of it.
    """
    circuit_breaker.reset(outbox, endpoint_id)
    recovered, position = 0, None
    while True:
        page = outbox.list_unsent(endpoint_id, position, _PAGE)
        failed = (message for message in page.items if _failed_since(message, since))
        recovered += sum(outbox.replace(m, m.again(now), now) for m in failed)
        release(outbox, page.items, now)
        position = page.next_position
        if position is None or recovered >= _AT_ONCE:
            return Requeued(recovered, position is not None)


def count_failed(outbox: Outbox, endpoint_id: str, since: datetime) -> int:
    """Return how many messages `recover` would put into the queue."""
    unsent = pagination.every(lambda position: outbox.list_unsent(endpoint_id, position, _PAGE))
    return sum(_failed_since(message, since) for message in unsent)


def release(outbox: Outbox, messages: Iterable[Message], now: datetime) -> None:
    """Let those go that wait only for one before them: it is sent now, and they after it."""
    for message in messages:
        if message.state is MessageState.WAITING and not message.tries and message.due_at > now:
            outbox.replace(message, message.again(now), now)


def _failed_since(message: Message, moment: datetime) -> bool:
    # Times are kept to the second.
    since = moment.replace(microsecond=0)
    if message.is_ping:
        return False
    if message.state is MessageState.FAILED:
        return bool(message.settled_at and message.settled_at >= since)
    # One that has not been tried since it was put into the queue is on its way already.
    return bool(message.tries and message.attempts and message.attempts[-1].at >= since)
