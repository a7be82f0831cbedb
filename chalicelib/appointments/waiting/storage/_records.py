"""The records, and how a wish is read from them."""

from datetime import date
from functools import cache
from typing import cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.appointments.storage import TABLE, GuardRecord
from chalicelib.appointments.waiting.domain import (
    PartOfDay,
    Wish,
)
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Record


class _Item(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class WaitingRecord(_Item):
    person = UnicodeAttribute()
    service = UnicodeAttribute()
    category = UnicodeAttribute()
    offices = UnicodeAttribute()
    first = UnicodeAttribute()
    last = UnicodeAttribute()
    times = UnicodeAttribute(null=True)
    member = UnicodeAttribute(null=True)
    since = NumberAttribute()
    status = UnicodeAttribute()
    offer = JSONAttribute(null=True)
    queue = UnicodeAttribute(null=True)
    order = UnicodeAttribute(null=True, attr_name="place")
    lapses = NumberAttribute(null=True)
    leads = NumberAttribute(null=True)
    passed = JSONAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class LockRecord(GuardRecord):
    entry = UnicodeAttribute(null=True)


class PlaceRecord(_Item):
    first = UnicodeAttribute()
    last = UnicodeAttribute()
    times = UnicodeAttribute(null=True)
    service = UnicodeAttribute()


class HistoryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


@cache
def lock_of(service_id: str) -> type[LockRecord]:
    """Return a person's guard with the entry for which they wait for a service."""

    class Lock(LockRecord):
        entry = UnicodeAttribute(null=True, attr_name=f"W#{service_id}")

    return Lock


def read_wish(record: WaitingRecord | PlaceRecord, category: str, offices: tuple[str, ...]) -> Wish:
    """Read what somebody waits for."""
    days = date.fromisoformat(record.first), date.fromisoformat(record.last)
    times = cast("tuple[PartOfDay, ...]", tuple(record.times.split(",")) if record.times else ())
    return Wish(record.service, category, offices, *days, times)
