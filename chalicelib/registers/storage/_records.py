"""The table and its records: a citizen's look-ups stand in one partition, in their order."""

from typing import Final

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.core.history import Entry
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Record, Table

TABLE: Final = Table("registers")


class RoomRecord(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class HistoryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class LookupRecord(RoomRecord):
    lookup = UnicodeAttribute()
    register = UnicodeAttribute()
    service = UnicodeAttribute()
    claim = UnicodeAttribute()
    person = UnicodeAttribute()
    consent = UnicodeAttribute()
    asked = NumberAttribute()
    member = UnicodeAttribute(null=True)
    answer = UnicodeAttribute(null=True)
    answered = NumberAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class AttemptRecord(RoomRecord):
    lookup = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    tidy_at = NumberAttribute()


class CountRecord(RoomRecord):
    asked = NumberAttribute(default=0)
    tidy_at = NumberAttribute()


def pk_of(citizen_id: str) -> str:
    """Return the partition of a citizen."""
    return f"C#{citizen_id}"


def key_of(lookup_id: str) -> tuple[str, str]:
    """Return where a look-up is."""
    return pk_of(lookup_id[:CITIZEN_ID_LENGTH]), f"L#{lookup_id}"


def entry_record(entry: Entry) -> HistoryRecord:
    """Return a history entry as it is kept."""
    pk = pk_of(entry.subject[:CITIZEN_ID_LENGTH])
    return HistoryRecord(pk, f"E#{entry.subject}#{entry.seq:06}", **EntryRecord.keys_of(entry))
