"""The table and its records."""

from typing import Final

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Record, Table

TABLE: Final = Table("anchors")


class _AnchorsRecord(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class HeadRecord(_AnchorsRecord):
    seq = NumberAttribute()
    hash = UnicodeAttribute()


class AnchorRecord(_AnchorsRecord):
    root = UnicodeAttribute()
    size = NumberAttribute()
    previous = UnicodeAttribute()
    signature = UnicodeAttribute()
    key_id = UnicodeAttribute()
    key = JSONAttribute()
    made_at = UnicodeAttribute()
    indexed = BooleanAttribute()


class InclusionRecord(_AnchorsRecord):
    seq = NumberAttribute()
    hash = UnicodeAttribute()
    place = NumberAttribute()
    path = BinaryAttribute(legacy_encoding=False)


class LookEndRecord(_AnchorsRecord):
    seq = NumberAttribute()
    hash = UnicodeAttribute()


class LookMarkRecord(_AnchorsRecord):
    pass


class LookEntryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region
