"""Messages that were sent or failed: shown, sent again one by one, or all since a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.core import pagination
from chalicelib.core.errors import NotFound
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.deliveries import couriers, storage
from chalicelib.deliveries.messages import Message, State, subject_of

_PAGE: Final = 100
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Done:
    """How many messages were put into the queue again, and whether some are left."""

    recovered: int
    more: bool


def list_messages(courier_id: str, position: str | None, limit: int) -> Page[Message]:
    """Return a courier's messages with their attempts; raises NotFound."""
    couriers.find(courier_id)
    return storage.list_messages(courier_id, position, limit)


def replay(
    courier_id: str, message_id: str, actor: str, attempt: Attempt, now: datetime
) -> tuple[Message, bool]:
    """Send one message again; raises NotFound or StaleVersion."""
    couriers.find(courier_id)
    named = subject_of(message_id)
    found = storage.load_message(*named) if named else None
    if found is None or found.courier_id != courier_id:
        raise NotFound
    result = couriers.send_again(found, actor, attempt, now)
    _let_go(storage.messages_of(found.subject), now)
    return result


def recover(courier_id: str, since: datetime, now: datetime) -> Done:
    """Put what failed since a time into the queue again, a few hundred messages at a time.

    The endpoint is tried at once, whatever was known of it. Raises NotFound.
    """
    couriers.find(courier_id)
    couriers.forgive(courier_id)
    recovered, position = 0, None
    while True:
        page = storage.list_unsent(courier_id, position, _PAGE)
        failed = (message for message in page.items if _failed_since(message, since))
        recovered += sum(storage.replace_message(m, m.again(now), now) for m in failed)
        _let_go(page.items, now)
        position = page.next_position
        if position is None or recovered >= _AT_ONCE:
            return Done(recovered, position is not None)


def count_failed(courier_id: str, since: datetime) -> int:
    """Return how many messages `recover` would put into the queue; raises NotFound."""
    couriers.find(courier_id)
    unsent = pagination.every(lambda position: storage.list_unsent(courier_id, position, _PAGE))
    return sum(_failed_since(message, since) for message in unsent)


def _let_go(found: Iterable[Message], now: datetime) -> None:
    """Let those go that wait only for one before them: it is sent now, and they after it."""
    for message in found:
        if message.state is State.WAITING and not message.tries and message.due_at > now:
            storage.replace_message(message, message.again(now), now)


def _failed_since(message: Message, given: datetime) -> bool:
    # Times are kept to the second.
    since = given.replace(microsecond=0)
    if message.is_ping:
        return False
    if message.state is State.FAILED:
        return bool(message.settled_at and message.settled_at >= since)
    # One that has not been tried since it was put into the queue is on its way already.
    return bool(message.tries and message.attempts and message.attempts[-1].at >= since)
