"""The messages of one room, and what is known of the endpoints to which they go."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import PutError, UpdateError

from chalicelib.core.attributes import moment, optional_moment, optional_seconds, seconds
from chalicelib.core.pagination import Page
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import (
    Addition,
    Table,
    condition_failed,
    load_in_order,
    page_of_keys,
)
from chalicelib.webhooks.domain.circuit_breaker import Health
from chalicelib.webhooks.domain.message import LEASE, AttemptResult, Message, MessageState
from chalicelib.webhooks.storage._records import HealthRecord, MessageRecord, Queue

_HEALTH: Final = "H"
_LAST: Final = 9_999_999_999


class Outbox:
    """The messages of one room, and what is known of the endpoints to which they go."""

    def __init__(self, table: Table, partition_of: Callable[[str], str]) -> None:
        """`table` has the index `queue`; `partition_of` tells where a subject's messages are."""

        class Messages(MessageRecord):
            class Meta:
                table_name = table.name
                region = SETTINGS.region

        class Healths(HealthRecord):
            class Meta:
                table_name = table.name
                region = SETTINGS.region

        self._partition_of = partition_of
        self._messages: type[MessageRecord] = Messages
        self._health: type[HealthRecord] = Healths

    def load(self, subject: str, number: int) -> Message | None:
        """Return a message."""
        try:
            return _message(self._messages.get(*self._keys(subject, number), consistent_read=True))
        except self._messages.DoesNotExist:
            return None

    def load_all(self, subject: str) -> list[Message]:
        """Return all messages about a subject, in their order."""
        records = self._messages.query(
            self._partition_of(subject),
            self._messages.sk.startswith(f"M#{subject}#"),
            consistent_read=True,
        )
        return [_message(record) for record in records]

    def load_first(self, subjects: Sequence[str]) -> list[Message]:
        """Return the first messages about these subjects."""
        keys = [self._keys(subject, 1) for subject in subjects]
        return [_message(one) for one in self._messages.batch_get(keys, consistent_read=True)]

    def list_page(self, endpoint_id: str, position: str | None, limit: int) -> Page[Message]:
        """Return an endpoint's messages: those that wait, that failed, that were sent."""
        return self._page(endpoint_id, "9", position, limit)

    def list_unsent(self, endpoint_id: str, position: str | None, limit: int) -> Page[Message]:
        """Return an endpoint's messages that wait or failed."""
        return self._page(endpoint_id, "3", position, limit)

    def list_due(self, endpoint_id: str, now: datetime, limit: int) -> dict[str, list[int]]:
        """Return an endpoint's due messages, the longest waiting first: numbers by subject."""
        span = Queue.turn.between("1#", f"1#{seconds(now):010}")
        due: dict[str, list[int]] = {}
        for record in self._messages.queue.query(_lane(endpoint_id), span, limit=limit):
            _, subject, number = record.sk.split("#")
            due.setdefault(subject, []).append(int(number))
        return due

    def next_due(self, endpoint_id: str) -> datetime | None:
        """Return when the next of an endpoint's waiting messages falls due."""
        span = Queue.turn.between("1#", "2")
        first = self._messages.queue.query(_lane(endpoint_id), span, limit=1)
        return next((moment(int(record.turn[2:])) for record in first), None)

    def enqueue(self, messages: Sequence[Message]) -> Addition:
        """Add new messages to a transaction, which fails when one of them is there already."""

        def add(write: Any) -> None:
            for message in messages:
                is_new = self._messages.pk.does_not_exist()
                write.save(self._record(message), condition=is_new)

        return add

    def put_new(self, message: Message) -> bool:
        """Keep a new message by itself; False when it is there already."""
        return self._save(message, self._messages.pk.does_not_exist())

    def requeue(self, old: Message, new: Message) -> Addition:
        """Add a message's new state to a transaction, which fails when it is not as seen."""
        return lambda write: write.save(self._record(new), condition=self._is_as_seen(old))

    def add_load(self, endpoint_id: str, by: int) -> Addition:
        """Add to a transaction that an endpoint has more or less work under way."""
        record = self._health(_HEALTH, f"H#{endpoint_id}")
        return lambda write: write.update(record, [self._health.load.add(by)])

    def lease(self, message: Message, lease: str, now: datetime) -> bool:
        """Take a waiting message for one attempt; False while another has it, or it is settled."""
        record = self._messages(*self._keys(message.subject, message.number))
        leased: list[Any] = [
            self._messages.lease.set(lease),
            self._messages.leased_until.set(seconds(now + LEASE)),
        ]
        try:
            record.update(leased, condition=self._is_as_seen(message) & self._is_free(now))
        except UpdateError as error:
            condition_failed(error)
            return False
        return True

    def settle(self, message: Message, lease: str) -> bool:
        """Keep what an attempt brought; False when the lease ended and another has the message."""
        return self._save(message, self._messages.lease == lease)

    def replace(self, old: Message, new: Message, now: datetime) -> bool:
        """Put a message back into the queue; False when it is not as seen, or just being sent."""
        return self._save(new, self._is_as_seen(old) & self._is_free(now))

    def load_all_health(self) -> dict[str, Health]:
        """Return what is known of every endpoint."""
        records = self._health.query(_HEALTH, self._health.sk.startswith("H#"))
        return {record.sk[2:]: _health(record) for record in records}

    def load_health(self, endpoint_id: str) -> Health:
        """Return what is known of an endpoint."""
        try:
            return _health(self._health.get(_HEALTH, f"H#{endpoint_id}", consistent_read=True))
        except self._health.DoesNotExist:
            return Health()

    def store_health(self, endpoint_id: str, old: Health, new: Health) -> bool:
        """Keep what an attempt told of an endpoint, not its load; False when it is not as seen."""
        of, record = self._health, self._health(_HEALTH, f"H#{endpoint_id}")
        is_as_seen = of.failures == old.failures
        if old.failures == 0:
            is_as_seen = of.failures.does_not_exist() | is_as_seen
        times = (
            (of.open_until, new.open_until),
            (of.failing_since, new.failing_since),
            (of.slow_until, new.slow_until),
        )
        actions: list[Any] = [of.failures.set(new.failures)]
        actions += [
            column.set(seconds(moment)) if moment else column.remove() for column, moment in times
        ]
        try:
            record.update(actions, condition=is_as_seen)
        except UpdateError as error:
            condition_failed(error)
            return False
        return True

    def _keys(self, subject: str, number: int) -> tuple[str, str]:
        return self._partition_of(subject), f"M#{subject}#{number:06}"

    def _page(
        self, endpoint_id: str, until: str, position: str | None, limit: int
    ) -> Page[Message]:
        span = Queue.turn.between("0", until)
        keys = page_of_keys(self._messages.queue, _lane(endpoint_id), span, position, limit)
        messages = load_in_order(self._messages, keys.items, _message)
        return Page(tuple(messages), keys.next_position)

    def _save(self, message: Message, condition: Any) -> bool:
        try:
            self._record(message).save(condition=condition)
        except PutError as error:
            condition_failed(error)
            return False
        return True

    def _is_free(self, now: datetime) -> Any:
        until = self._messages.leased_until
        return until.does_not_exist() | (until <= seconds(now))

    def _is_as_seen(self, message: Message) -> Any:
        is_state = self._messages.state == message.state.value
        is_due = self._messages.due == seconds(message.due_at)
        return is_state & is_due & (self._messages.tries == message.tries)

    def _record(self, message: Message) -> MessageRecord:
        return self._messages(
            *self._keys(message.subject, message.number),
            endpoint=message.endpoint_id,
            type=message.type,
            occurred=seconds(message.occurred_at),
            sealed=message.sealed,
            due=seconds(message.due_at),
            state=message.state.value,
            tries=message.tries,
            attempts=[
                [seconds(a.at), a.status, a.answer, a.milliseconds] for a in message.attempts
            ],
            settled=optional_seconds(message.settled_at),
            lane=_lane(message.endpoint_id),
            turn=_turn(message),
        )


def _lane(endpoint_id: str) -> str:
    return f"M#{endpoint_id}"


def _turn(message: Message) -> str:
    if message.state is MessageState.WAITING:
        return f"1#{seconds(message.due_at):010}"
    settled = _LAST - seconds(message.settled_at or message.due_at)
    return f"{2 if message.state is MessageState.FAILED else 3}#{settled:010}"


def _message(record: MessageRecord) -> Message:
    _, subject, number = record.sk.split("#")
    return Message(
        subject,
        int(number),
        record.endpoint,
        record.type,
        moment(record.occurred),
        record.sealed,
        moment(record.due),
        MessageState(record.state),
        int(record.tries),
        tuple(AttemptResult(moment(a[0]), a[1], a[2], a[3]) for a in record.attempts),
        optional_moment(record.settled),
    )


def _health(record: HealthRecord) -> Health:
    return Health(
        int(record.failures or 0),
        optional_moment(record.open_until),
        optional_moment(record.failing_since),
        optional_moment(record.slow_until),
        int(record.load or 0),
    )
