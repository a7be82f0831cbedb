"""The table and its records."""

from typing import Final

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.core.claims import Claims
from chalicelib.core.history import Entry
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Record, Table

TABLE: Final = Table("certificates")
CLAIMS: Final = Claims(TABLE)
STATE: Final = "certificate"
DOCUMENT: Final = "document"


class RoomRecord(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class HistoryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class CertificateRecord(RoomRecord):
    certificate = UnicodeAttribute()
    type = UnicodeAttribute()
    person = UnicodeAttribute()
    case = UnicodeAttribute()
    service = UnicodeAttribute()
    office = UnicodeAttribute()
    department = UnicodeAttribute()
    number = UnicodeAttribute()
    issued = NumberAttribute()
    issued_on = UnicodeAttribute()
    valid_until = UnicodeAttribute(null=True)
    status_number = NumberAttribute()
    state = UnicodeAttribute()
    content = UnicodeAttribute(null=True)
    pending = JSONAttribute(null=True)
    reminded = NumberAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class MineRecord(RoomRecord):
    # Of which type, and whose: null where it was issued before this was noted.
    type = UnicodeAttribute(null=True)
    person = UnicodeAttribute(null=True)


class DocumentRecord(RoomRecord):
    document = BinaryAttribute(legacy_encoding=False)


class PresentationRecord(RoomRecord):
    certificate = UnicodeAttribute()
    code = UnicodeAttribute()
    issued = NumberAttribute()
    fingerprint = UnicodeAttribute()
    office = UnicodeAttribute(null=True)
    tidy_at = NumberAttribute()


class StatusRecord(RoomRecord):
    status = NumberAttribute()


class NumbersRecord(RoomRecord):
    next = NumberAttribute(default=0)


def pk_of(code: str) -> str:
    """Return the partition of a verification code."""
    return f"V#{code}"


def entry_record(code: str, entry: Entry) -> HistoryRecord:
    """Return a history entry as it is kept."""
    return HistoryRecord(pk_of(code), f"E#{entry.seq:06}", **EntryRecord.keys_of(entry))
