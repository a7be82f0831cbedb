"""Making the slots of the coming days."""

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import (
    HORIZON_DAYS,
    Slot,
)
from chalicelib.appointments.service.timetable import aligned_day, slots_of
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Group, Office
from chalicelib.core import parallel, worker
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.errors import TryAgain

_GROUPS_AT_ONCE: Final = 8


def generate(
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
    *,
    groups: Collection[tuple[str, str]] | None = None,
    part: Part = WHOLE,
) -> None:
    """Make the slots of the coming 30 days; those that are there stay.

    They are those of all counter groups, or of some: each a hall and a category.

    `progress` hears how many counter groups of how many are done.
    """
    known = catalogue.current()
    today = office_time(now).date()
    asked_for = [
        one
        for one in known.groups.items()
        if part.has(one[0][0]) and (groups is None or one[0] in groups)
    ]
    made = list[None]()
    for begin in range(0, len(asked_for), _GROUPS_AT_ONCE):
        some = asked_for[begin : begin + _GROUPS_AT_ONCE]
        made += worker.each(
            "generate_slots",
            some,
            lambda one: _make_missing(known.offices[one[0][0]], one[1], today),
            name=lambda one: ".".join(one[0]),
            through=parallel.map_concurrently,
        )
        if progress:
            progress(begin + len(some), len(asked_for))
    if len(made) < len(asked_for):
        # The run counts as failed, so that it comes again before the next night.
        raise TryAgain(retry_after=60)


def _make_missing(office: Office, group: Group, today: date) -> None:
    """Make a group's slots that come after the last one that is there.

    They are made in the order of time, whatever stops it: so nothing is missing before that one.
    """
    end = today + timedelta(days=HORIZON_DAYS)
    last = storage.last_shard(office.office_id, group.category, f"{end:%Y%m%d}")
    first = max(today, date.fromisoformat(last[0][:8])) if last[0] else today
    asked_for = slots_of(office, group, first, (end - first).days + 1)
    missing = [one for one in asked_for if (one.key.stamp, one.shard) > last]
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
    asked_for = aligned_day(office, group.category, group, day, there, midnight)
    return [s for s in asked_for if s.capacity and (s.key.slot_id, s.shard) not in names]
