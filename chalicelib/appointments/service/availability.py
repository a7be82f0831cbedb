"""How many seats are left in a hall's slots."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.availability import (
    CountersDay,
    SlotAvailability,
    availability_of,
)
from chalicelib.appointments.domain.slots import Slot, shards_by_slot
from chalicelib.appointments.service import quotas
from chalicelib.catalogue import service as catalogue
from chalicelib.core.clock import office_time

ALTERNATIVES: Final = 3


def days(
    counters: tuple[str, str], service_id: str | None, first: date, count: int, now: datetime
) -> Mapping[date, list[SlotAvailability]]:
    """Return the slots of some days, by day; a day without slots is closed.

    `counters` are a hall's id and a category. Without a service the seats are those of all.
    """
    end = first + timedelta(days=count)
    there = storage.load_slots(*counters, f"{first:%Y%m%d}", f"{end:%Y%m%d}")
    shards = quotas.usable(there, service_id, now)
    by_day: dict[date, list[SlotAvailability]] = {
        first + timedelta(days=n): [] for n in range(count)
    }
    for slot_shards in shards_by_slot(shards).values():
        slot = of_shards(slot_shards, now)
        by_day[office_time(slot.key.start).date()].append(slot)
    return by_day


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
    return CountersDay({name: of_shards(some, now) for name, some in shards.items()}, shards)


def of_shards(shards: list[Slot], now: datetime) -> SlotAvailability:
    """Return what is left of a slot, all of whose shards are given."""
    key = shards[0].key
    group = catalogue.current().groups.get((key.office_id, key.category))
    return availability_of(shards, now, group.release.opens(key.day) if group else None)
