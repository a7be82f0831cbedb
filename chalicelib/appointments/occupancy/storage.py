"""What is kept of a day's occupancy, in the table `appointments`.

| what | pk | sk |
|---|---|---|
| seats of a counter group on a day | L#YYYYMMDD | office#category |
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import QueryError

from chalicelib.appointments.storage import TABLE
from chalicelib.core.attributes import seconds
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Record, raise_on

SeatCounts = Mapping[tuple[str, str], tuple[int, int]]
_TIDIED_AFTER: Final = timedelta(days=3)


class _OccupancyRecord(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region

    taken = NumberAttribute()
    capacity = NumberAttribute()
    tidy_at = NumberAttribute()


def load_day(day: date) -> SeatCounts:
    """Return the seats taken and all seats of the groups that were counted, in one Query.

    Raises TryAgain.
    """
    counts = {}
    try:
        found = list(_OccupancyRecord.query(f"L#{day:%Y%m%d}"))
    except QueryError as error:
        raise_on(error)
        return {}
    for record in found:
        office_id, _, category = record.sk.partition("#")
        counts[office_id, category] = (int(record.taken), int(record.capacity))
    return counts


def keep(day: date, group: tuple[str, str], taken: int, capacity: int, now: datetime) -> None:
    """Keep how many of a group's seats are taken."""
    tidy_at = seconds(now + _TIDIED_AFTER)
    key = f"L#{day:%Y%m%d}", "#".join(group)
    _OccupancyRecord(*key, taken=taken, capacity=capacity, tidy_at=tidy_at).save()
