"""What people in a hall want to know: who is called, how many are ahead, how long that takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain import queue_steps
from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.appointments.domain.calling_order import WAITING, Counter, HallDay, InLine
from chalicelib.appointments.domain.waiting_times import Plan, forecast, newcomer
from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.cache import TimedCache
from chalicelib.core.clock import office_time

# Halls as they were a moment ago, for the many who look at them.
_halls: Final = TimedCache[tuple[str, date], "HallNow"](2.0)
_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class HallNow:
    """Who is in a hall on a day, in order, and its counters."""

    line: Sequence[InLine]
    day: HallDay


@dataclass(frozen=True, slots=True)
class Position:
    """Where somebody stands; without a place in the queue nobody can tell."""

    status: AppointmentStatus
    ahead: int | None
    wait_minutes: int | None
    counter: str | None


def position(appointment: Appointment, now: datetime) -> Position:
    """Return how many of the same category are called before, and about how long that takes."""
    place = appointment.place
    if place is None or queue_steps.queue_key(appointment) is None:
        return Position(appointment.status, None, None, place.counter if place else None)
    if appointment.status is not AppointmentStatus.CHECKED_IN:
        return Position(appointment.status, 0, 0, place.counter)
    office_id, own = appointment.slot.office_id, appointment.appointment_id
    seen = hall_now(office_id, office_time(place.arrived_at).date())
    ids = [one.appointment_id for one in seen.day.line_up(seen.line, appointment.category)]
    ahead = ids.index(own) if own in ids else len(ids)
    seconds = forecast(seen.line, seen.day, plans(office_id), now).get(own)
    return Position(appointment.status, ahead, minutes(seconds), place.counter)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait for a category, and for how many minutes who comes now would."""

    category: str
    count: int
    wait_minutes: int | None


@dataclass(frozen=True, slots=True)
class Display:
    """What a hall's screen shows: the counters with who is called there, and who waits."""

    calls: Sequence[Counter]
    waiting: Sequence[Waiting]


def display(office_id: str, now: datetime) -> Display:
    """Return what a hall's screen shows, the latest call first; raises NotFound."""
    catalogue.office(office_id)
    seen, planned = hall_now(office_id, office_time(now).date()), plans(office_id)
    present = {one.appointment_id for one in seen.line if one.stage != WAITING}
    calls = [one for one in seen.day.counters.values() if one.appointment_id in present]
    seconds = forecast(seen.line, seen.day, planned, now)
    return Display(
        sorted(calls, key=lambda one: (one.called_at or now, one.name), reverse=True),
        [
            Waiting(
                category,
                waiting_count(seen.line, category),
                minutes(seconds.get(newcomer(category))),
            )
            for category in sorted(planned)
        ],
    )


def hall_now(office_id: str, day: date) -> HallNow:
    """Return a hall as it is, or was two seconds ago; two reads at once."""
    return _halls.load((office_id, day), lambda: look(office_id, day))


def look(office_id: str, day: date) -> HallNow:
    """Return a hall as its index says that it is; two reads at once."""
    reads: list[Callable[[str, date], Any]] = [storage.list_queue, storage.load_hall]
    line, hall = parallel.map_concurrently(lambda read: read(office_id, day), reads)
    return HallNow(line, hall)


def plans(office_id: str) -> Mapping[str, Plan]:
    """Return what the timetable plans for each category of a hall.

    A slot as long as `minutes` has so many seats that each counter serves one after the other.
    """
    groups = (
        (category, group)
        for (hall, category), group in catalogue.current().groups.items()
        if hall == office_id and group.counters
    )
    return {
        category: Plan(group.counters, _MINUTE * group.minutes * group.counters / group.capacity)
        for category, group in groups
    }


def minutes(seconds: float | None) -> int | None:
    """Return whole minutes, rounded up: who is told too short a time has gone out for a coffee."""
    return None if seconds is None else -int(-seconds // _MINUTE)


def waiting_count(line: Sequence[InLine], category: str) -> int:
    """Return how many wait for a category's counters."""
    return sum(1 for one in line if one.stage == WAITING and one.category == category)
