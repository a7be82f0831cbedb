"""Today's load: counted again, group by group, when the sweep sees that seats changed."""

import time
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.appointments import storage as slots
from chalicelib.appointments.loads import storage
from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.clock import office_time

_REMEMBERED_SECONDS: Final = 60.0
_UNCOUNTED_SECONDS: Final = 2.0
Group = tuple[str, str]


def count(touched: AbstractSet[Group], now: datetime) -> int:
    """Count today's seats of the groups that were touched, and of those not counted today.

    Returns how many groups were counted: one Query and one write each.
    """
    today = office_time(now).date()
    every = set(catalogue.current().groups)
    due = sorted((touched & every) | (every - set(storage.load_day(today))))
    parallel.map_concurrently(lambda group: _count(group, today, now), due)
    return len(due)


def _count(group: Group, day: date, now: datetime) -> None:
    first, last = f"{day:%Y%m%d}", f"{day + timedelta(days=1):%Y%m%d}"
    found = slots.load_slots(*group, first, last)
    open_ = [slot for slot in found if not slot.closed]
    taken, capacity = sum(len(s.seats) for s in open_), sum(s.capacity for s in open_)
    storage.keep(day, group, taken, capacity, now)


class Loads:
    """How busy halls are today, remembered for a minute: one Query for all of them."""

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._known: tuple[date, float, storage.Loads] | None = None

    def load(self, office_id: str, category: str | None, now: datetime) -> float | None:
        """Return the share of today's seats that are taken; None where none was counted."""
        found = [
            seats
            for (office, group), seats in self._today(office_time(now).date()).items()
            if office == office_id and category in (None, group)
        ]
        capacity = sum(seats[1] for seats in found)
        return round(sum(seats[0] for seats in found) / capacity, 2) if capacity else None

    def _today(self, today: date) -> storage.Loads:
        known = self._known
        if known is None or known[0] != today or known[1] < time.monotonic():
            found = storage.load_day(today)
            # A day that nobody counted yet will be counted within a minute.
            seconds = _REMEMBERED_SECONDS if found else _UNCOUNTED_SECONDS
            known = today, time.monotonic() + seconds, found
            self._known = known
        return known[2]


def enter() -> None:
    """Let the guide tell today's loads."""
    catalogue.tell_load(Loads().load)
