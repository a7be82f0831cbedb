"""What is kept of today's load, in the table `appointments`.

| what | pk | sk |
|---|---|---|
| seats of a counter group on a day | L#YYYYMMDD | office#category |
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from pynamodb.attributes import NumberAttribute

from chalicelib.appointments.storage import TABLE
from chalicelib.core.attributes import seconds
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Record

Loads = Mapping[tuple[str, str], tuple[int, int]]
_KEPT: Final = timedelta(days=3)


class _Load(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region

    taken = NumberAttribute()
    capacity = NumberAttribute()
    tidy_at = NumberAttribute()


def load_day(day: date) -> Loads:
    """Return the seats taken and all seats of the groups that were counted, in one Query."""
    found = {}
    for record in _Load.query(f"L#{day:%Y%m%d}"):
        office_id, _, category = record.sk.partition("#")
        found[office_id, category] = (int(record.taken), int(record.capacity))
    return found


def keep(day: date, group: tuple[str, str], taken: int, capacity: int, now: datetime) -> None:
    """Keep how many of a group's seats are taken."""
    tidy_at = seconds(now + _KEPT)
    key = f"L#{day:%Y%m%d}", "#".join(group)
    _Load(*key, taken=taken, capacity=capacity, tidy_at=tidy_at).save()
