"""The table, its records, and what every part of this storage says in the same way."""

from datetime import UTC, datetime
from typing import Any, Final

from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.history import Entry
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.key_notes import KeyNotes
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Index, Record, Table

TABLE: Final = Table("deliveries", (Index("queue", "lane", "turn"),))
KEYS: Final = KeyNotes(TABLE)


class RoomRecord(Record):
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


class DeliveryRecord(RoomRecord):
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


class TrackingRecord(RoomRecord):
    status = UnicodeAttribute()
    occurred = NumberAttribute()
    received = NumberAttribute()
    sealed = UnicodeAttribute(null=True)
    moved = NumberAttribute()


class CountedRecord(RoomRecord):
    tidy_at = NumberAttribute()


class CountsRecord(RoomRecord):
    requested = NumberAttribute(default=0)
    delivered = NumberAttribute(default=0)
    attempts_failed = NumberAttribute(default=0)
    returned = NumberAttribute(default=0)
    lost = NumberAttribute(default=0)
    refused = NumberAttribute(default=0)
    cancelled = NumberAttribute(default=0)
    seconds_to_door = NumberAttribute(default=0)
    seconds_on_the_way = NumberAttribute(default=0)


def delivery_keys(delivery_id: str) -> tuple[str, str]:
    """Return where a delivery is: its id begins with its citizen's."""
    return f"C#{delivery_id[:CITIZEN_ID_LENGTH]}", f"D#{delivery_id}"


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
