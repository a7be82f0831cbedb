"""How many seats are left in a hall's slots."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import (
    Slot,
    SlotKey,
    merged,
)
from chalicelib.core.clock import office_time

SlotState = Literal["open", "reserved", "full", "closed"]
_ALTERNATIVES: Final = 3


@dataclass(frozen=True, slots=True)
class Free:
    """A slot over all of its shards.

    `reserved` says that only seats are left that are held for a fee; the first may be given up at
    `retry_at`.
    """

    key: SlotKey
    end: datetime
    capacity: int
    remaining: int
    state: SlotState
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sold:
    """A slot seen full: whom it holds or held, and what is free beside it."""

    ids: frozenset[str]
    alternatives: tuple[Free, ...]
    retry_at: datetime | None


def days(
    office_id: str, category: str, first: date, count: int, now: datetime
) -> Mapping[date, list[Free]]:
    """Return the slots of some days, by day; a day without slots is closed."""
    end = first + timedelta(days=count)
    found = storage.load_slots(office_id, category, f"{first:%Y%m%d}", f"{end:%Y%m%d}")
    by_day: dict[date, list[Free]] = {first + timedelta(days=n): [] for n in range(count)}
    for free in frees(found, now):
        by_day[office_time(free.key.start).date()].append(free)
    return by_day


def frees(slots: list[Slot], now: datetime) -> list[Free]:
    """Add the shards of each slot up."""
    return [_free(shards, now) for shards in merged(slots).values()]


def look_at(key: SlotKey, now: datetime) -> tuple[Free | None, list[Slot], tuple[Free, ...]]:
    """Return a slot, its shards, and the next free slots."""
    day = office_time(key.start).date()
    last = day + timedelta(days=2)
    stamps = f"{day:%Y%m%d}", f"{last:%Y%m%d}"
    # An id that took its seat a moment ago must be among those seen: it is answered its booking.
    found = storage.load_slots(key.office_id, key.category, *stamps, consistent=True)
    shards = merged(found).get(key.slot_id)
    around = [free for free in frees(found, now) if free.state == "open"]
    around.sort(key=lambda free: abs(free.key.start - key.start))
    nearest = tuple(sorted(around[:_ALTERNATIVES], key=lambda free: free.key.start))
    if shards is None:
        return None, [], nearest
    return _free(shards, now), shards, nearest


def _free(shards: list[Slot], now: datetime) -> Free:
    key = shards[0].key
    # Of a slot that lost counters some shards are closed: their seats are not for sale.
    open_ = [shard for shard in shards if not shard.closed]
    remaining = sum(shard.remaining for shard in open_ or shards)
    capacity = sum(shard.capacity for shard in open_ or shards)
    if key.start <= now or not open_:
        return Free(key, shards[0].end, capacity, remaining, "closed")
    if remaining:
        return Free(key, shards[0].end, capacity, remaining, "open")
    ends = [end for shard in shards if (end := shard.retry_at(now))]
    state: SlotState = "reserved" if ends else "full"
    return Free(key, shards[0].end, capacity, 0, state, min(ends, default=None))
