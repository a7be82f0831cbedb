"""What one person may have open: how many, how often, never two at a time."""

import math
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text

ACTIVE_LIMIT: Final = 5


NO_SHOWS_ALLOWED: Final = 2


NO_SHOWS_WITHIN: Final = timedelta(days=90)


SUSPENSION: Final = timedelta(days=30)


# Bookings and moves of one person in a day of the office's zone.
CHANGES_A_DAY: Final = 20


class AlreadyBooked(Problem):
    """The person has an active appointment for the same service."""

    status = 409
    code = "already_booked"
    title = Text("您已预约过该事项", "There is an active appointment for this service already")


class TimeConflict(Problem):
    """The caller has another appointment for the person at this time."""

    status = 409
    code = "time_conflict"
    title = Text("该时间已有其他预约", "There is another appointment at this time")


class TooManyActive(Problem):
    """The person has as many active appointments as one may have."""

    status = 409
    code = "too_many_active"
    title = Text("有效预约数量已达上限", "There are too many active appointments")


class TooManyChanges(Problem):
    """The person booked and moved as often as anybody may in a day."""

    status = 429
    code = "too_many_changes"
    title = Text("今天预约和改期的次数已用完，请明天再试", "No more bookings or moves today")


class BookingSuspended(Problem):
    """The person missed too many appointments."""

    status = 409
    code = "booking_suspended"
    title = Text("因多次爽约，暂停预约", "Booking is suspended after missed appointments")
    detail = Text("因多次爽约，暂停预约至 {until}", "Booking is suspended until {until}")


@dataclass(frozen=True, slots=True)
class Guard:
    """What one person has open; `alias` names the person once the account is known to be one.

    `gone` are the accounts that were erased, and those that left the person out of their family
    (`booker`), `times` the marks of the times that are taken,
    `changes` are the marks of bookings and moves, of today and what is left of other days,
    `revision` counts the guard's changes.
    """

    services: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    revision: int = 0
    no_shows: frozenset[str] = frozenset()
    suspended_until: datetime | None = None
    alias: str | None = None
    gone: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()

    def changes_on(self, now: datetime) -> frozenset[str]:
        """Return the marks of the bookings and moves of one day."""
        return frozenset(mark for mark in self.changes if mark.startswith(_day_mark(now)))


@dataclass(frozen=True, slots=True)
class RefusedBooking:
    """Why a booking was not stored: the appointment or the guard that stood in its way."""

    existing: Appointment | None
    guard: Guard | None


def change_mark(appointment: Appointment, now: datetime) -> str:
    """Return the mark in a guard of the booking or move that makes this version, and of no other.

    What a caller chooses, as an Idempotency-Key, has no part in it beside the id.
    """
    own = appointment.appointment_id.removeprefix(appointment.citizen_id)
    return f"{_day_mark(now)}{own}{appointment.version}"


def check_changes(guard: Guard, now: datetime) -> None:
    """Refuse one change more than a day's; raises TooManyChanges."""
    if len(guard.changes_on(now)) >= CHANGES_A_DAY:
        midnight = datetime.combine(
            office_time(now).date() + timedelta(days=1), time(), OFFICE_ZONE
        )
        raise TooManyChanges(retry_after=math.ceil((midnight - now).total_seconds()))


def _day_mark(now: datetime) -> str:
    return f"{office_time(now):%y%m%d}"


def check_suspension(guard: Guard, now: datetime) -> None:
    """Refuse who is suspended; raises BookingSuspended."""
    if guard.suspended_until and guard.suspended_until > now:
        until = office_time(guard.suspended_until).isoformat(timespec="seconds")
        raise BookingSuspended(until=until)


def check_guard(guard: Guard, service_id: str, now: datetime) -> None:
    """Say why a person may not book; raises the problem."""
    check_suspension(guard, now)
    if service_id in guard.services:
        raise AlreadyBooked
    if len(guard.services) >= ACTIVE_LIMIT:
        raise TooManyActive
    check_changes(guard, now)


def missed(guard: Guard, appointment: Appointment, now: datetime) -> Guard:
    """Count a missed appointment; the third within 90 days suspends for 30 days."""
    since = office_time(now - NO_SHOWS_WITHIN).strftime("%Y%m%d")
    marks = frozenset(m for m in guard.no_shows | {appointment.strike} if m >= since)
    until = now + SUSPENSION if len(marks) > NO_SHOWS_ALLOWED else guard.suspended_until
    services = guard.services - {appointment.service_id}
    return replace(guard, services=services, no_shows=marks, suspended_until=until)


def excused(guard: Guard, appointment: Appointment) -> Guard:
    """Take back the strike of a missed appointment."""
    marks = guard.no_shows - {appointment.strike}
    until = guard.suspended_until if len(marks) > NO_SHOWS_ALLOWED else None
    return replace(guard, no_shows=marks, suspended_until=until)


def forgiven(guard: Guard, appointment: Appointment) -> Guard:
    """Count an appointment again that had ended; raises AlreadyBooked when another was since."""
    if appointment.service_id in guard.services:
        raise AlreadyBooked
    services = guard.services | {appointment.service_id}
    times = guard.times | appointment.times
    return replace(excused(guard, appointment), services=services, times=times)
