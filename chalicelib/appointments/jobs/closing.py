"""Closing a hall's past days: who is still there has gone home, who never came missed it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain import queue_steps
from chalicelib.appointments.domain.appointments import (
    EVENT_OF,
    LATE_BY,
    Appointment,
    AppointmentStatus,
)
from chalicelib.appointments.domain.slots import Slot, holder_of
from chalicelib.appointments.service import booking_limits, changes, lookup, slot_alignment
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.storage import Effects
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES
from chalicelib.core import parallel, worker
from chalicelib.core.changes import Author
from chalicelib.core.clock import office_time

NAME: Final = "release_expired"
_ACTOR: Final = f"system:{NAME}"
# Of all halls together: each is a Query for every category, and a run must end in time.
DAYS_A_RUN: Final = 300
# One with a day that cannot be closed must not take them all for ever.
DAYS_OF_A_HALL: Final = 60


@dataclass(slots=True)
class DaysLeft:
    """How many days of halls a run may still close."""

    days: int = DAYS_A_RUN

    def take(self, wanted: int) -> int:
        """Take as many of the days as are left, and return how many."""
        taken = min(wanted, DAYS_OF_A_HALL, self.days)
        self.days -= taken
        return taken


def has_past_days(office_id: str, now: datetime) -> bool:
    """Tell whether a hall has days to be closed, or never had one closed; one read."""
    done = storage.closed_until(office_id)
    return done is None or _day_after(done) < office_time(now - LATE_BY).date()


def close_days(office_id: str, now: datetime, left: DaysLeft | None = None) -> int:
    """Close a hall's past days, the earliest first; return how many did not come.

    Days with somebody who could not be closed are looked at again in the next run, and those for
    which no days are `left` in this one.
    """
    # Who has the last time of a day may come a little after it.
    until = office_time(now - LATE_BY).date()
    done = storage.closed_until(office_id)
    # A new hall's first day may be to come.
    first = _day_after(done) if done else min(_first_day(office_id) or until, until)
    no_shows, days = 0, max(0, (until - first).days)
    until = first + timedelta(days=left.take(days) if left else days)
    if first < until or not done:
        no_shows, whole = _close(office_id, first, until, now)
        if whole:
            storage.set_closed_until(office_id, f"{until - timedelta(days=1):%Y%m%d}")
    return no_shows


def _day_after(day: str) -> date:
    return date.fromisoformat(day) + timedelta(days=1)


def _first_day(office_id: str) -> date | None:
    stamps = parallel.map_concurrently(lambda c: storage.first_stamp(office_id, c), [*CATEGORIES])
    days = [date.fromisoformat(stamp[:8]) for stamp in stamps if stamp]
    return min(days, default=None)


def _close(office_id: str, first: date, until: date, now: datetime) -> tuple[int, bool]:
    """Close a hall's days from the first up to before another.

    Whatever the timetable says by then, every booking is closed; nobody could come to a hall that
    is gone. Returns how many did not come, and whether all could be closed.
    """
    no_shows, whole = 0, True
    gone = office_id not in catalogue.current().offices
    for number in range((until - first).days):
        day = first + timedelta(days=number)
        left = [one.appointment_id for one in storage.list_queue(office_id, day)]
        whole &= len(worker.each(NAME, left, lambda one: _leave(one, now))) == len(left)
    stamps = f"{first:%Y%m%d}", f"{until:%Y%m%d}"
    for slots in parallel.map_concurrently(
        lambda c: storage.load_slots(office_id, c, *stamps), [*CATEGORIES]
    ):
        missed_here, all_closed = _close_slots(slots, now, gone=gone)
        no_shows += missed_here
        whole &= all_closed
    return no_shows, whole


def _close_slots(slots: list[Slot], now: datetime, *, gone: bool) -> tuple[int, bool]:
    """Close the bookings of past slots, as `_close`; `gone` says that there is no such hall."""
    refused = {seat for slot in slots if gone or slot.taken_back for seat in slot.seats}
    ids = {holder_of(seat_id) for slot in slots for seat_id in slot.seats}
    bookings, readable = _load_readable(ids)
    closed = worker.each(
        NAME,
        bookings,
        lambda one: _end(one, now, refused=one.seat_id in refused),
        name=lambda one: one.appointment_id,
    )
    return sum(closed), readable and len(closed) == len(bookings)


def _load_readable(ids: set[str]) -> tuple[list[Appointment], bool]:
    """Return the appointments that can be read, and whether all could."""
    try:
        return storage.load_many(ids), True
    except (AttributeError, LookupError, TypeError, ValueError):
        loaded = worker.each(NAME, sorted(ids), storage.load)
        return [one for one in loaded if one], len(loaded) == len(ids)


def _end(appointment: Appointment, now: datetime, *, refused: bool) -> bool:
    """Close a booking whose time is over; tells whether somebody did not come."""
    if not _is_over(appointment, now):
        return False
    if refused:
        office = catalogue.current().offices.get(appointment.slot.office_id)
        slot_alignment.cancel_affected(_ACTOR, [appointment], office, now)
        return False

    def decide(old: Appointment) -> Decided | None:
        if not _is_over(old, now):
            return None
        effects = booking_limits.effects_of_end(old, now, is_missed=True)
        new = replace(old, status=AppointmentStatus.NO_SHOW)
        return changes.decided(new, "appointment.missed", {}, effects)

    return _change(appointment.appointment_id, decide, now)


def _is_over(appointment: Appointment, now: datetime) -> bool:
    return appointment.status is AppointmentStatus.BOOKED and appointment.valid_until <= now


def _leave(appointment_id: str, now: datetime) -> None:
    """End the stay of somebody whom the evening left in the hall; it is nobody's fault."""

    def decide(old: Appointment) -> Decided | None:
        if queue_steps.queue_key(old) is None:
            return None
        served = old.status is AppointmentStatus.SERVING
        status = AppointmentStatus.FULFILLED if served else AppointmentStatus.EXPIRED
        names = () if old.walk_in else tuple(booking_limits.guard_of(old.person)[1])
        facts, new = {"status": status.value}, replace(old, status=status)
        return changes.decided(new, EVENT_OF[status], facts, Effects(ended_for=names))

    _change(appointment_id, decide, now)


def _change(appointment_id: str, decide: changes.Decide, now: datetime) -> bool:
    author = Author(_ACTOR, now)
    return changes.apply(lambda: lookup.load(appointment_id), decide, author).changed
