"""The schedule: slots made from opening hours, and how many seats are left in them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from chalicelib.appointments import storage
from chalicelib.appointments.alignment import aligned
from chalicelib.appointments.domain import (
    HORIZON_DAYS,
    Slot,
    SlotKey,
    merged,
    shard_capacities,
    starts,
)
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Group, Office
from chalicelib.catalogue.domain.calendar import day_kind
from chalicelib.core import parallel, worker
from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.errors import TryAgain

SlotState = Literal["open", "reserved", "full", "closed"]
_ALTERNATIVES: Final = 3
_GROUPS_AT_ONCE: Final = 8


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


def generate(now: datetime, progress: Callable[[int, int], None] | None = None) -> None:
    """Make the slots of all halls for the coming 30 days; those that are there stay.

    `progress` hears how many counter groups of how many are done.
    """
    known = catalogue.current()
    today = office_time(now).date()
    groups, made = list(known.groups.items()), list[None]()
    for begin in range(0, len(groups), _GROUPS_AT_ONCE):
        some = groups[begin : begin + _GROUPS_AT_ONCE]
        made += worker.each(
            "generate_slots",
            some,
            lambda one: _make_missing(known.offices[one[0][0]], one[1], today),
            name=lambda one: ".".join(one[0]),
            through=parallel.map_concurrently,
        )
        if progress:
            progress(begin + len(some), len(groups))
    if len(made) < len(groups):
        # The run counts as failed, so that it comes again before the next night.
        raise TryAgain(retry_after=60)


def _make_missing(office: Office, group: Group, today: date) -> None:
    """Make a group's slots that come after the last one that is there.

    They are made in the order of time, whatever stops it: so nothing is missing before that one.
    """
    end = today + timedelta(days=HORIZON_DAYS)
    last = storage.last_shard(office.office_id, group.category, f"{end:%Y%m%d}")
    first = max(today, date.fromisoformat(last[0][:8])) if last[0] else today
    wanted = slots_of(office, group, first, (end - first).days + 1)
    missing = [one for one in wanted if (one.key.stamp, one.shard) > last]
    if last[0] and missing and office_time(missing[0].key.start).date() == first:
        later = [one for one in missing if office_time(one.key.start).date() > first]
        missing = [*_missing_of(office, group, first), *later]
    storage.create_slots(missing)


def _missing_of(office: Office, group: Group, day: date) -> list[Slot]:
    """Return what is missing beside a day's slots, which may follow an earlier timetable."""
    stamps = f"{day:%Y%m%d}", f"{day + timedelta(days=1):%Y%m%d}"
    there = storage.load_slots(office.office_id, group.category, *stamps)
    names = {(slot.key.slot_id, slot.shard) for slot in there}
    midnight = datetime.combine(day, datetime.min.time(), OFFICE_ZONE)
    wanted = _aligned_day(office, group.category, group, day, there, midnight)
    return [s for s in wanted if s.capacity and (s.key.slot_id, s.shard) not in names]


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


def aligned_days(
    office: Office, category: str, today: date, there: Iterable[Slot], now: datetime
) -> list[Slot]:
    """Return the shards that a hall's counters should have on the coming days (`aligned`)."""
    group = catalogue.group_in(office, category)
    by_day: dict[date, list[Slot]] = {}
    for slot in there:
        by_day.setdefault(office_time(slot.key.start).date(), []).append(slot)
    found: list[Slot] = []
    for number in range(HORIZON_DAYS + 1):
        day = today + timedelta(days=number)
        found += _aligned_day(office, category, group, day, by_day.get(day, []), now)
    return found


def _aligned_day(  # noqa: PLR0913 - a day of counters has these facts.
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
    wanted = aligned((office.office_id, category), group, spans(office, day), there, now)
    return [
        replace(slot, capacity=0) if office.closure(category, slot.key.start, slot.end) else slot
        for slot in wanted
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
            for shard, capacity in enumerate(shard_capacities(group.capacity)):
                yield Slot(key, shard, start + length, capacity)
