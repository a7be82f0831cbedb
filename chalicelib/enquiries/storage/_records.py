"""The table, its index and its records."""

from typing import Any, Final

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib.core.claims import Claims
from chalicelib.core.history import Entry
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Index, Record, Table

_LISTED: Final = (
    "enquiry", "kind", "status", "office", "received", "due", "claimed", "handlers", "confined",
    "escalated", "overdue",
)  # fmt: skip
TABLE: Final = Table("enquiries", (Index("work", "work", "work_at", _LISTED),))
CLAIMS: Final = Claims(TABLE)
STATE: Final = "enquiry"


class RoomRecord(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class Work(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "work"
        projection = IncludeProjection(list(_LISTED))

    work = UnicodeAttribute(hash_key=True)
    work_at = UnicodeAttribute(range_key=True)


class HistoryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class EnquiryRecord(RoomRecord):
    enquiry = UnicodeAttribute()
    kind = UnicodeAttribute()
    status = UnicodeAttribute()
    channel = UnicodeAttribute()
    office = UnicodeAttribute()
    received = NumberAttribute()
    due = NumberAttribute()
    changed = NumberAttribute()
    service = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    handlers = UnicodeSetAttribute(null=True)
    confined = BooleanAttribute(null=True)
    leave = BooleanAttribute(null=True)
    claimed = UnicodeAttribute(null=True)
    extended = BooleanAttribute(null=True)
    reopened = NumberAttribute(null=True)
    escalated = BooleanAttribute(null=True)
    overdue = BooleanAttribute(null=True)
    satisfaction = NumberAttribute(null=True)
    published = BooleanAttribute(null=True)
    key = UnicodeAttribute(null=True)
    contact = UnicodeAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()
    work = UnicodeAttribute(null=True)
    work_at = UnicodeAttribute(null=True)
    to_work = Work()


class PartRecord(RoomRecord):
    """An enquiry or an entry of its history, read as what it is."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Any:
        kind = EnquiryRecord if data["sk"]["S"] == STATE else HistoryRecord
        return kind.from_raw_data(data)


class MineRecord(RoomRecord):
    pass


class PublishedRecord(RoomRecord):
    office = UnicodeAttribute()
    service = UnicodeAttribute(null=True)
    published = NumberAttribute()
    question = JSONAttribute()
    answer = JSONAttribute()


class CountedRecord(RoomRecord):
    tidy_at = NumberAttribute()


class CountsRecord(RoomRecord):
    received = NumberAttribute(default=0)
    answered = NumberAttribute(default=0)
    in_time = NumberAttribute(default=0)
    reopened = NumberAttribute(default=0)
    overdue = NumberAttribute(default=0)
    not_ours = NumberAttribute(default=0)


def pk_of(number: str) -> str:
    """Return the partition of an enquiry's number."""
    return f"Q#{number}"


def entry_record(number: str, entry: Entry) -> HistoryRecord:
    """Return a history entry as it is kept."""
    return HistoryRecord(pk_of(number), f"E#{entry.seq:06}", **EntryRecord.keys_of(entry))
