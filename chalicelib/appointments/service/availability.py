"""How many seats are left in a hall's slots."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.availability import (
    CountersDay,
    SlotAvailability,
    availability_of,
    in_rows,
)
from chalicelib.appointments.domain.slots import Slot, shards_by_slot
from chalicelib.appointments.service import quotas
from chalicelib.catalogue import service as catalogue

ALTERNATIVES: Final = 3


def days(
    counters: tuple[str, str], service_id: str | None, first: date, count: int, now: datetime
) -> Mapping[date, list[SlotAvailability]]:
    """Return the slots of some days, by day; a day without slots is closed.

    `counters` are a hall's id and a category. Without a service the seats are those of all; for one
    that is longer than a slot, each stands for those in a row from it on.
    """
    end = first + timedelta(days=count)
    there = storage.load_slots(*counters, f"{first:%Y%m%d}", f"{end:%Y%m%d}")
    shards = quotas.usable(there, service_id, now)
    by_day: dict[date, list[SlotAvailability]] = {
        first + timedelta(days=n): [] for n in range(count)
    }
    for slot in _of_all(shards_by_slot(shards), counters, now):
        by_day[slot.key.day].append(slot)
    lasts = takes(counters, service_id)
    return {day: in_rows(slots, lasts) for day, slots in by_day.items()} if lasts else by_day


def look(
    counters: tuple[str, str], day: date, service_id: str | None, now: datetime
) -> CountersDay:
    """Return a day's slots with their shards, for a service; one Query.

    It may be a moment old: whoever is not among the holders of a slot that was full then could
    have a seat of it only if another gave it back since.
    """
    stamps = f"{day:%Y%m%d}", f"{day + timedelta(days=1):%Y%m%d}"
    there = storage.load_slots(*counters, *stamps)
    shards = shards_by_slot(quotas.usable(there, service_id, now))
    slots = _of_all(shards, counters, now)
    lasts = takes(counters, service_id)
    shown = in_rows(slots, lasts) if lasts else slots
    return CountersDay({slot.key.slot_id: slot for slot in shown}, shards)


def takes(counters: tuple[str, str], service_id: str | None) -> timedelta:
    """Return how long a service takes its counter if that is longer than a slot, else nothing."""
    group = catalogue.current().groups.get(counters)
    return timedelta(minutes=group.long.get(service_id or "", 0) if group else 0)


def of_shards(shards: list[Slot], now: datetime) -> SlotAvailability:
    """Return what is left of a slot, all of whose shards are given."""
    key = shards[0].key
    return _of_all({key.slot_id: shards}, (key.office_id, key.category), now)[0]


def _of_all(
    slots: Mapping[str, list[Slot]], counters: tuple[str, str], now: datetime
) -> list[SlotAvailability]:
    """Return what is left of slots of the same counters, in their order."""
    group = catalogue.current().groups.get(counters)
    opens = cache(group.release.opens) if group else None
    return [
        availability_of(shards, now, opens(shards[0].key.day) if opens else None)
        for shards in slots.values()
    ]
