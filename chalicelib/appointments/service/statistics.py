"""What a hall's days say: bookings, waiting and serving times, missed appointments."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Slot, holder_of
from chalicelib.catalogue import service as catalogue
from chalicelib.core.clock import office_time
from chalicelib.core.statistics import Row, Statistic, minutes, share

_KEYS: Final = ("date", "office_id", "category")
Key = tuple[str, str, str]


def bookings(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell how many seats there were and how many were taken, and who came without one."""
    counts = _counts(offices, first, last)
    for key, (capacity, taken) in _seats(offices, first, last).items():
        yield {
            **_named(key),
            "capacity": capacity,
            "taken": taken,
            "share": share(taken, capacity),
            "walk_ins": counts.get(key, {}).get("walk_ins", 0),
        }


def waiting(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell how long people waited after they were due, and how long they were served."""
    for key, counts in _counts(offices, first, last).items():
        if counts["served"]:
            yield {
                **_named(key),
                "served": counts["served"],
                "waiting_minutes": minutes(counts["waited"], counts["served"]),
                "serving_minutes": minutes(counts["serving"], counts["served"]),
            }


def no_shows(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell how many who had a seat did not come."""
    counts = _counts(offices, first, last)
    for key, taken in _visits(offices, first, last).items():
        missed = counts.get(key, {}).get("no_shows", 0)
        if taken:
            yield {
                **_named(key),
                "taken": taken,
                "no_shows": missed,
                "share": share(missed, taken),
            }


BOOKINGS: Final = Statistic((*_KEYS, "capacity", "taken", "share", "walk_ins"), bookings)
WAITING: Final = Statistic((*_KEYS, "served", "waiting_minutes", "serving_minutes"), waiting)
NO_SHOWS: Final = Statistic((*_KEYS, "taken", "no_shows", "share"), no_shows)


def _named(key: Key) -> Row:
    return dict(zip(_KEYS, key, strict=True))


def _seats(offices: frozenset[str], first: date, last: date) -> Mapping[Key, tuple[int, int]]:
    seats: dict[Key, tuple[int, int]] = {}
    for key, slot in _slots(offices, first, last):
        capacity, taken = seats.get(key, (0, 0))
        open_ = 0 if slot.closed else slot.capacity
        seats[key] = (capacity + open_, taken + len(slot.seats))
    return dict(sorted(seats.items()))


def _visits(offices: frozenset[str], first: date, last: date) -> Mapping[Key, int]:
    """Return how many have seats; a long visit has one in each of several slots."""
    holders: dict[Key, set[str]] = {}
    for key, slot in _slots(offices, first, last):
        holders.setdefault(key, set()).update(map(holder_of, slot.seats))
    return {key: len(some) for key, some in sorted(holders.items())}


def _slots(offices: frozenset[str], first: date, last: date) -> Iterator[tuple[Key, Slot]]:
    end = f"{last + timedelta(days=1):%Y%m%d}"
    for office_id, category in sorted(catalogue.current().groups):
        if office_id not in offices:
            continue
        for slot in storage.load_slots(office_id, category, f"{first:%Y%m%d}", end):
            yield (str(office_time(slot.key.start).date()), office_id, category), slot


def _counts(offices: frozenset[str], first: date, last: date) -> Mapping[Key, Mapping[str, int]]:
    by_key: dict[Key, Mapping[str, int]] = {}
    for office_id in sorted(offices):
        for day, category, counts in storage.load_days(
            office_id, f"{first:%Y%m%d}", f"{last:%Y%m%d}"
        ):
            by_key[str(date.fromisoformat(day)), office_id, category] = counts
    return dict(sorted(by_key.items()))
