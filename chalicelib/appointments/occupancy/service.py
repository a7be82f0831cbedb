"""Today's occupancy: counted again, group by group, when the sweep sees that seats changed."""

from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.appointments import storage as slots
from chalicelib.appointments.occupancy import storage
from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.cache import TimedCache
from chalicelib.core.clock import office_time
from chalicelib.core.errors import TryAgain

Group = tuple[str, str]
# A day that nobody counted yet will be counted within a minute.
_today: Final = TimedCache[date, storage.SeatCounts](lambda counts: 60.0 if counts else 2.0)
_last: Final[dict[date, storage.SeatCounts]] = {}


def count(touched: AbstractSet[Group], now: datetime, part: Part = WHOLE) -> int:
    """Count today's seats of groups that were touched, and of the part's not counted today.

    Returns how many groups were counted: one Query and one write each.
    """
    today = office_time(now).date()
    every = set(catalogue.current().groups)
    mine = {group for group in every if part.has(group[0])}
    due = sorted((touched & every) | (mine - set(storage.load_day(today))))
    parallel.map_concurrently(lambda group: _count(group, today, now), due)
    return len(due)


def _count(group: Group, day: date, now: datetime) -> None:
    first, last = f"{day:%Y%m%d}", f"{day + timedelta(days=1):%Y%m%d}"
    shards = slots.load_slots(*group, first, last)
    open_ = [slot for slot in shards if not slot.closed]
    taken, capacity = sum(len(s.seats) for s in open_), sum(s.capacity for s in open_)
    storage.keep(day, group, taken, capacity, now)


def occupancy_of(office_id: str, category: str | None, now: datetime) -> float | None:
    """Return the share of today's seats that are taken; None where none was counted.

    Remembered for a minute: one Query for all halls.
    """
    counts = [
        seats
        for (office, group), seats in _counts(office_time(now).date()).items()
        if office == office_id and category in (None, group)
    ]
    capacity = sum(seats[1] for seats in counts)
    return round(sum(seats[0] for seats in counts) / capacity, 2) if capacity else None


def forget() -> None:
    """Ask anew at the next look; what was last read stays for when the database is away."""
    _today.clear()


def _counts(day: date) -> storage.SeatCounts:
    try:
        counts = _today.load(day, lambda: storage.load_day(day))
    except TryAgain:
        # Halls with an older count, or without one, are better than no halls.
        return _last.get(day, {})
    _last.clear()
    _last[day] = counts
    return counts
