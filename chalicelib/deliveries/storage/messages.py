"""Messages to couriers: their queue, and who may send them now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from pynamodb.exceptions import PutError, UpdateError

from chalicelib.core.attributes import moment, optional_moment, optional_seconds, seconds
from chalicelib.core.pagination import Page
from chalicelib.core.tables import condition_failed
from chalicelib.deliveries import messages
from chalicelib.deliveries.messages import Attempted, Message
from chalicelib.deliveries.storage._records import (
    MessageRecord,
    Queue,
    load_in_order,
    message_keys,
    turns_of,
)

_LAST: Final = 9_999_999_999


def load_message(subject: str, number: int) -> Message | None:
    """Return a message."""
    try:
        return _message(MessageRecord.get(*message_keys(subject, number), consistent_read=True))
    except MessageRecord.DoesNotExist:
        return None


def messages_of(subject: str) -> list[Message]:
    """Return all messages of a delivery, or all pings of a courier, in their order."""
    pk, _ = message_keys(subject, 1)
    found = MessageRecord.query(
        pk, MessageRecord.sk.startswith(f"M#{subject}#"), consistent_read=True
    )
    return [_message(record) for record in found]


def list_messages(courier_id: str, position: str | None, limit: int) -> Page[Message]:
    """Return a courier's messages: those that wait, those that failed, those that were sent."""
    keys = turns_of(f"M#{courier_id}", "0", position, limit)
    return Page(tuple(load_in_order(MessageRecord, keys.items, _message)), keys.next_position)


def list_due(courier_id: str, now: datetime, limit: int) -> dict[str, list[int]]:
    """Return a courier's messages that are due, the longest waiting first: numbers by subject."""
    until = f"1#{seconds(now):010}"
    found = MessageRecord.queue.query(
        f"M#{courier_id}", Queue.turn.between("1#", until), limit=limit
    )
    due: dict[str, list[int]] = {}
    for record in found:
        _, subject, number = record.sk.split("#")
        due.setdefault(subject, []).append(int(number))
    return due


def next_due(courier_id: str) -> datetime | None:
    """Return when the next of a courier's waiting messages falls due."""
    found = MessageRecord.queue.query(f"M#{courier_id}", Queue.turn.between("1#", "2"), limit=1)
    return next((moment(int(record.turn[2:])) for record in found), None)


def load_messages(subjects: Sequence[str]) -> list[Message]:
    """Return the first messages of these subjects."""
    keys = [message_keys(subject, 1) for subject in subjects]
    return [_message(record) for record in MessageRecord.batch_get(keys, consistent_read=True)]


def list_unsent(courier_id: str, position: str | None, limit: int) -> Page[Message]:
    """Return a courier's messages that wait or failed."""
    keys = turns_of(f"M#{courier_id}", "0", position, limit, until="3")
    return Page(tuple(load_in_order(MessageRecord, keys.items, _message)), keys.next_position)


def lease_message(message: Message, lease: str, now: datetime) -> bool:
    """Take a waiting message for one attempt; False while another has it, or it was settled."""
    until = seconds(now + messages.LEASE)
    is_free = MessageRecord.leased_until.does_not_exist() | (
        MessageRecord.leased_until <= seconds(now)
    )
    record = MessageRecord(*message_keys(message.subject, message.number))
    try:
        record.update(
            [MessageRecord.lease.set(lease), MessageRecord.leased_until.set(until)],
            condition=is_as_seen(message) & is_free,
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def settle_message(message: Message, lease: str) -> bool:
    """Keep what an attempt brought; False when the lease ended and another has the message."""
    try:
        message_record(message).save(condition=MessageRecord.lease == lease)
    except PutError as error:
        condition_failed(error)
        return False
    return True


def replace_message(old: Message, new: Message, now: datetime) -> bool:
    """Put a message back into the queue; False when it is not as seen, or just being sent."""
    is_free = MessageRecord.leased_until.does_not_exist() | (
        MessageRecord.leased_until <= seconds(now)
    )
    try:
        message_record(new).save(condition=is_as_seen(old) & is_free)
    except PutError as error:
        condition_failed(error)
        return False
    return True


def is_as_seen(message: Message) -> Any:
    """Return the condition that a message is still as it was read."""
    is_state = MessageRecord.state == message.state.value
    is_due = MessageRecord.due == seconds(message.due_at)
    return is_state & is_due & (MessageRecord.tries == message.tries)


def _message_turn(message: Message) -> str:
    if message.state is messages.State.WAITING:
        return f"1#{seconds(message.due_at):010}"
    settled = _LAST - seconds(message.settled_at or message.due_at)
    return f"{2 if message.state is messages.State.FAILED else 3}#{settled:010}"


def message_record(message: Message) -> MessageRecord:
    """Return a message as it is kept."""
    return MessageRecord(
        *message_keys(message.subject, message.number),
        courier=message.courier_id,
        type=message.type,
        occurred=seconds(message.occurred_at),
        sealed=message.sealed,
        due=seconds(message.due_at),
        state=message.state.value,
        tries=message.tries,
        attempts=[[seconds(a.at), a.status, a.answer, a.milliseconds] for a in message.attempts],
        settled=optional_seconds(message.settled_at),
        lane=f"M#{message.courier_id}",
        turn=_message_turn(message),
    )


def _message(record: MessageRecord) -> Message:
    _, subject, number = record.sk.split("#")
    return Message(
        subject,
        int(number),
        record.courier,
        cast("messages.Type", record.type),
        moment(record.occurred),
        record.sealed,
        moment(record.due),
        messages.State(record.state),
        int(record.tries),
        tuple(Attempted(moment(a[0]), a[1], a[2], a[3]) for a in record.attempts),
        optional_moment(record.settled),
    )
