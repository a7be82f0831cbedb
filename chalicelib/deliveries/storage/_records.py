"""The table, its records, and what every part of this storage says in the same way."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.history import Entry
from chalicelib.core.pagination import Page
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Index, Record, Table
from chalicelib.deliveries.domain import DELIVERY_ID_LENGTH

TABLE: Final = Table("deliveries", (Index("queue", "lane", "turn"),))


CITIZEN_ID_LENGTH: Final = 8
HEALTH: Final = "H"


T = TypeVar("T")


R = TypeVar("R", bound=Record)


class Kept(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class Queue(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "queue"
        projection = KeysOnlyProjection()

    lane = UnicodeAttribute(hash_key=True)
    turn = UnicodeAttribute(range_key=True)


class HistoryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class DeliveryRecord(Kept):
    case = UnicodeAttribute()
    office = UnicodeAttribute()
    service = UnicodeAttribute()
    direction = UnicodeAttribute()
    sealed = UnicodeAttribute()
    area = UnicodeAttribute()
    created = NumberAttribute()
    # What of the state is rarely empty stands by itself; the rest is one map of what there is.
    state = JSONAttribute()
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()
    lane = UnicodeAttribute(null=True)
    turn = UnicodeAttribute(null=True)
    queue = Queue()


class ReportRecord(Kept):
    status = UnicodeAttribute()
    occurred = NumberAttribute()
    received = NumberAttribute()
    sealed = UnicodeAttribute(null=True)
    moved = NumberAttribute()


class MessageRecord(Kept):
    courier = UnicodeAttribute()
    type = UnicodeAttribute()
    occurred = NumberAttribute()
    sealed = UnicodeAttribute()
    due = NumberAttribute()
    state = UnicodeAttribute()
    tries = NumberAttribute()
    attempts = JSONAttribute()
    settled = NumberAttribute(null=True)
    lease = UnicodeAttribute(null=True)
    leased_until = NumberAttribute(null=True)
    lane = UnicodeAttribute()
    turn = UnicodeAttribute()
    queue = Queue()


class CourierRecord(Kept):
    name = UnicodeAttribute()
    endpoint = UnicodeAttribute()
    division_codes = JSONAttribute()
    services = UnicodeSetAttribute()
    key = UnicodeAttribute()
    secrets = JSONAttribute()
    state = UnicodeAttribute()
    pings = NumberAttribute()
    office = UnicodeAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class HealthRecord(Kept):
    failures = NumberAttribute(default=0)
    open_until = NumberAttribute(null=True)
    failing_since = NumberAttribute(null=True)
    slow_until = NumberAttribute(null=True)
    load = NumberAttribute(default=0)


class CountedRecord(Kept):
    tidy_at = NumberAttribute()


class FiguresRecord(Kept):
    requested = NumberAttribute(default=0)
    delivered = NumberAttribute(default=0)
    attempts_failed = NumberAttribute(default=0)
    returned = NumberAttribute(default=0)
    lost = NumberAttribute(default=0)
    refused = NumberAttribute(default=0)
    cancelled = NumberAttribute(default=0)
    seconds_to_door = NumberAttribute(default=0)
    seconds_on_the_way = NumberAttribute(default=0)


def turns_of(
    lane: str, first: str, position: str | None, limit: int, until: str = "9"
) -> Page[tuple[str, str]]:
    """Return the keys of a page of a lane; a position is the last turn and keys that were seen."""
    start = json.loads(position) if position else None
    found = DeliveryRecord.queue.query(
        lane,
        Queue.turn.between(first, until),
        limit=limit,
        last_evaluated_key={name: {"S": value} for name, value in start.items()} if start else None,
    )
    items = tuple((record.pk, record.sk) for record in found)
    last = found.last_evaluated_key
    after = {name: value["S"] for name, value in last.items()} if last else None
    return Page(items, json.dumps(after, sort_keys=True) if after else None)


def load_in_order(
    kind: type[R], keys: Sequence[tuple[str, str]], read: Callable[[R], T]
) -> Iterator[T]:
    """Read records by their keys and yield them in this order; what is gone is left out."""
    found = {(record.pk, record.sk): record for record in kind.batch_get(list(keys))}
    return (read(found[key]) for key in keys if key in found)


def delivery_keys(delivery_id: str) -> tuple[str, str]:
    """Return where a delivery is: its id begins with its citizen's."""
    return f"C#{delivery_id[:CITIZEN_ID_LENGTH]}", f"D#{delivery_id}"


def message_keys(subject: str, number: int) -> tuple[str, str]:
    """Return where a message is: beside its parcel, or among the pings of its courier."""
    # A courier's id is never as long as a delivery's.
    of_delivery = len(subject) == DELIVERY_ID_LENGTH
    pk = f"C#{subject[:CITIZEN_ID_LENGTH]}" if of_delivery else f"P#{subject}"
    return pk, f"M#{subject}#{number:06}"


def entry_record(pk: str, entry: Entry) -> HistoryRecord:
    """Return a history entry as it is kept."""
    return HistoryRecord(pk, f"E#{entry.subject}#{entry.seq:06}", **EntryRecord.keys_of(entry))


def milliseconds(moment: datetime) -> int:
    """Return a moment as it is kept where couriers' reports are compared."""
    return round(moment.timestamp() * 1000)


def moment_of_ms(milliseconds: float) -> datetime:
    """Read milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def optional_ms(moment: datetime | None) -> int | None:
    """Return a moment that need not be, in milliseconds."""
    return milliseconds(moment) if moment else None


def optional_moment_of_ms(milliseconds: int | None) -> datetime | None:
    """Read milliseconds that need not be."""
    return moment_of_ms(milliseconds) if milliseconds is not None else None
