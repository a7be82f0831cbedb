"""The records of draws."""

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from chalicelib.appointments.storage import TABLE
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Record


class _Item(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class DrawRecord(_Item):
    office = UnicodeAttribute()
    category = UnicodeAttribute()
    days = JSONAttribute()
    seats = NumberAttribute()
    opens = NumberAttribute()
    closes = NumberAttribute()
    commitment = UnicodeAttribute()
    key = BinaryAttribute(legacy_encoding=False)
    seed = UnicodeAttribute()
    beacon_name = UnicodeAttribute()
    beacon_from = NumberAttribute()
    status = UnicodeAttribute()
    entries = NumberAttribute(null=True)
    root = UnicodeAttribute(null=True)
    places = JSONAttribute(null=True)
    disclosed = JSONAttribute(null=True)
    settled = BooleanAttribute(null=True)
    queue = UnicodeAttribute(null=True)
    order = UnicodeAttribute(null=True, attr_name="place")
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class DrawEntryRecord(_Item):
    draw = UnicodeAttribute()
    person = UnicodeAttribute()
    member = UnicodeAttribute(null=True)
    number = UnicodeAttribute()
    preferences = JSONAttribute()
    entered = NumberAttribute()
    status = UnicodeAttribute()
    rank = NumberAttribute(null=True)
    appointment = UnicodeAttribute(null=True)
    claim_by = NumberAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class EnteredRecord(_Item):
    entry = UnicodeAttribute()


class ListedRecord(_Item):
    entry = UnicodeAttribute(null=True)
    preferences = JSONAttribute()
    done = BooleanAttribute(null=True)
    # The last day on which whoever entered is the guardian of the person.
    until = UnicodeAttribute(null=True)


class GateRecord(_Item):
    closed = BooleanAttribute(null=True)


class HistoryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region
