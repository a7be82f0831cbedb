"""Which slots a hall's timetable asks for, and when it is open."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from chalicelib.appointments.domain.alignment import aligned
from chalicelib.appointments.domain.slots import (
    HORIZON_DAYS,
    QUOTA_SHARDS,
    Slot,
    SlotKey,
    shard_capacities,
    starts,
)
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Group, Office
from chalicelib.catalogue.domain.calendar import day_kind
from chalicelib.core.clock import OFFICE_ZONE, office_time


def aligned_days(
    office: Office, category: str, today: date, there: Iterable[Slot], now: datetime
) -> list[Slot]:
    """Return the shards that a hall's counters should have on the coming days (`aligned`)."""
    group = catalogue.group_in(office, category)
    by_day: dict[date, list[Slot]] = {}
    for slot in there:
        by_day.setdefault(office_time(slot.key.start).date(), []).append(slot)
    shards: list[Slot] = []
    for number in range(HORIZON_DAYS + 1):
        day = today + timedelta(days=number)
        shards += aligned_day(office, category, group, day, by_day.get(day, []), now)
    return shards


def aligned_day(  # noqa: PLR0913 - a day of counters has these facts.
    office: Office,
    category: str,
    group: Group | None,
    day: date,
    there: list[Slot],
    now: datetime,
) -> list[Slot]:
    """Return a day's shards; those that a closure takes stay where they are, without capacity.

    So no closure moves the slots beside it, and taking it back makes of the day what it was.
    """
    aligned_shards = aligned((office.office_id, category), group, spans(office, day), there, now)
    return [
        replace(slot, capacity=0) if office.closure(category, slot.key.start, slot.end) else slot
        for slot in aligned_shards
    ]


def is_open(key: SlotKey, end: datetime) -> bool:
    """Tell whether the timetable has the hall and the counters open for all of a slot's time."""
    known = catalogue.current()
    office = known.offices.get(key.office_id)
    if office is None or (key.office_id, key.category) not in known.groups:
        return False
    day = office_time(key.start).date()
    inside = any(a <= key.start and end <= b for a, b in spans(office, day))
    return inside and office.closure(key.category, key.start, end) is None


def spans(office: Office, day: date) -> list[tuple[datetime, datetime]]:
    """Return a hall's opening hours on a day, whatever is closed."""
    return [
        (datetime.combine(day, begin, OFFICE_ZONE), datetime.combine(day, end, OFFICE_ZONE))
        for begin, end in office.timetable(day_kind(day))
    ]


def slots_of(office: Office, group: Group, first: date, count: int = 0) -> Iterator[Slot]:
    """Yield the slots that a group's timetable asks for on `count` days, or the coming 30."""
    length = timedelta(minutes=group.minutes)
    for number in range(count or HORIZON_DAYS + 1):
        day = first + timedelta(days=number)
        for start in starts(day, office.timetable(day_kind(day)), group.minutes):
            if office.closure(group.category, start, start + length):
                continue
            key = SlotKey(office.office_id, group.category, start.astimezone(OFFICE_ZONE))
            for shard, capacity in enumerate(shard_capacities(group.shared)):
                yield Slot(key, shard, start + length, capacity)
            for shard, quota in enumerate(group.quotas, QUOTA_SHARDS):
                yield Slot(key, shard, start + length, quota.seats, quota=quota.service_id)
