"""The table, its indexes and its records."""

from typing import Any, Final

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.core.claims import Claims
from chalicelib.core.history import Entry
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Index, Record, Table

# What a list shows of a bill stands in the index, so that a list is one Query.
_LISTED: Final = (
    "number", "issuer", "office", "said", "cancelled", "created", "paying", "paid", "cents",
    "frozen_on", "received", "refunded", "revision", "version", "difference_of",
    "owed", "differences",
)  # fmt: skip
TABLE: Final = Table(
    "bills", (Index("queue", "lane", "turn"), Index("owner", "owner", "by_due", _LISTED))
)
CLAIMS: Final = Claims(TABLE)


class BillsRecord(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class Queue(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "queue"
        projection = KeysOnlyProjection()

    lane = UnicodeAttribute(hash_key=True)
    turn = UnicodeAttribute(range_key=True)


class Owner(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "owner"
        projection = IncludeProjection(list(_LISTED))

    owner = UnicodeAttribute(hash_key=True)
    by_due = UnicodeAttribute(range_key=True)


class BillRecord(BillsRecord):
    number = UnicodeAttribute()
    issuer = UnicodeAttribute()
    office = UnicodeAttribute()
    # What the issuer said, and where that stands among all that it said.
    said = JSONAttribute()
    cancelled = NumberAttribute(default=0)
    cancelling = JSONAttribute(null=True)
    created = NumberAttribute()
    # What payments write, in their own transactions.
    paying = UnicodeAttribute(null=True)
    paid = UnicodeAttribute(null=True)
    cents = NumberAttribute(default=0)
    frozen_on = UnicodeAttribute(null=True)
    received = NumberAttribute(default=0)
    refunded = NumberAttribute(default=0)
    revision = NumberAttribute(default=0)
    # What was noted of that.
    settled = NumberAttribute(null=True)
    owed = NumberAttribute(default=0)
    differences = NumberAttribute(default=0)
    told_back = NumberAttribute(default=0)
    messages = NumberAttribute(default=0)
    difference_of = UnicodeAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute(null=True)
    ledger = JSONAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    by_due = UnicodeAttribute()
    by_owner = Owner()
    lane = UnicodeAttribute()
    turn = UnicodeAttribute()
    queue = Queue()


class HistoryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


def bill_keys(bill_id: str) -> tuple[str, str]:
    """Return where a bill is."""
    return f"B#{bill_id}", "bill"


def entry_record(pk: str, entry: Entry) -> HistoryRecord:
    """Return a history entry as it is kept."""
    return HistoryRecord(pk, f"E#{entry.subject}#{entry.seq:06}", **EntryRecord.keys_of(entry))
