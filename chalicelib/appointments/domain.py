"""Slots and appointments, and the rules of booking, moving, cancelling and checking in."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Literal

from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.errors import Problem, WrongStatus
from chalicelib.core.history import Head
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger

HORIZON_DAYS: Final = 30
ACTIVE_LIMIT: Final = 5
SHARD_SEATS: Final = 32
CANCEL_BEFORE: Final = timedelta(hours=1)
CHECK_IN_BEFORE: Final = timedelta(minutes=60)
LATE_BY: Final = timedelta(minutes=15)
# How long a seat is held for its fee; the timer that gives it up may take some minutes more.
HOLDS: Final = timedelta(minutes=15)
_GIVEN_UP_WITHIN: Final = timedelta(minutes=5)
_RETRY_AFTER: Final = timedelta(minutes=1)
NO_SHOWS_ALLOWED: Final = 2
NO_SHOWS_WITHIN: Final = timedelta(days=90)
SUSPENSION: Final = timedelta(days=30)
_MARKED_MINUTES: Final = 5
# Bookings and moves of one person in a day of the office's zone.
CHANGES_A_DAY: Final = 20
_OWNER_LENGTH: Final = 4
# No citizen's id holds a hyphen.
WALK_IN: Final = "w-"
_SLOT_ID: Final = re.compile(r"([a-z0-9-]{1,40})\.([a-z-]{1,30})\.([0-9]{12})")

Refusal = Literal[
    "invalid",
    "wrong_office",
    "wrong_day",
    "too_early",
    "too_late",
    "already_checked_in",
    "cancelled",
]


class Status(StrEnum):
    """The states of an appointment."""

    HELD = "held"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    CALLED = "called"
    SERVING = "serving"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_SHOW = "no_show"


ENDED: Final = frozenset({Status.FULFILLED, Status.CANCELLED, Status.EXPIRED, Status.NO_SHOW})


_REFUSED: Final[Mapping[Status, Refusal]] = {
    Status.HELD: "invalid",
    Status.CANCELLED: "cancelled",
    Status.EXPIRED: "cancelled",
    Status.NO_SHOW: "too_late",
}


class SlotFull(Problem):
    """All seats of the slot are taken."""

    status = 409
    code = "slot_full"
    title = Text("该时段已约满，请选择其他时间", "This time is fully booked; choose another")


class KnownFull(SlotFull):
    """The slot was seen full a moment ago, and the attempt had no seat in it then."""


class SlotClosed(Problem):
    """The slot is over, or the hall is closed then."""

    status = 409
    code = "slot_closed"
    title = Text("该时段不可预约", "This time cannot be booked")


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


class QueueEmpty(Problem):
    """Nobody waits for this counter."""

    status = 409
    code = "queue_empty"
    title = Text("当前没有等候的办事人", "Nobody is waiting")


class TooLate(Problem):
    """It is too late to change the appointment."""

    status = 409
    code = "too_late"
    title = Text("已过可更改时间", "It is too late to change this appointment")


@dataclass(frozen=True, slots=True)
class SlotKey:
    """Names a slot: a hall's counter group at a local time."""

    office_id: str
    category: str
    start: datetime

    @property
    def slot_id(self) -> str:
        """Return the public id, as hall-330200.identity.202612010900."""
        return f"{self.office_id}.{self.category}.{self.stamp}"

    @property
    def stamp(self) -> str:
        """Return the local start, as 202612010900."""
        return f"{office_time(self.start):%Y%m%d%H%M}"


@dataclass(frozen=True, slots=True)
class Slot:
    """A shard of a slot, with the seats taken; `left` are ids that gave theirs back.

    `holds` are the marks of seats that wait for their fee; one may outlive its seat.
    """

    key: SlotKey
    shard: int
    end: datetime
    capacity: int
    seats: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    closed: bool = False
    holds: frozenset[str] = frozenset()

    @property
    def remaining(self) -> int:
        """Return how many seats are free."""
        return max(0, self.capacity - len(self.seats))

    @property
    def taken_back(self) -> bool:
        """Tell whether the hall took back what was booked: it is closed, or has fewer seats."""
        return self.closed or len(self.seats) > self.capacity

    def retry_at(self, now: datetime) -> datetime | None:
        """Return when the first of the seats held may be given up; None when none is held."""
        marks = (mark.partition(".") for mark in self.holds)
        ends = [_moment(end) for seat, _, end in marks if seat in self.seats]
        waiting = [end for end in ends if end + _GIVEN_UP_WITHIN > now]
        return max(min(waiting), now + _RETRY_AFTER) if waiting else None


@dataclass(frozen=True, slots=True)
class Turn:
    """One stay in a hall's queue: when it is due and came, was called, served and ended."""

    due: datetime
    arrived_at: datetime
    counter: str | None = None
    calls: int = 0
    called_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """One booking, or a walk-in; `seat` is what stands for it in the slot's seat set.

    A walk-in has no seat and no citizen: its `citizen_id` stands for the hall's day.
    """

    appointment_id: str
    citizen_id: str
    person: str
    service_id: str
    slot: SlotKey
    shard: int
    seat: str
    end: datetime
    status: Status
    for_member: str | None
    created_at: datetime
    ticket_number: str | None = None
    turn: Turn | None = None
    version: int = 1
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def start(self) -> datetime:
        """Return when it begins."""
        return self.slot.start

    @property
    def cancellable_until(self) -> datetime:
        """Return until when it can be cancelled or moved."""
        return self.start - CANCEL_BEFORE

    @property
    def valid_until(self) -> datetime:
        """Return until when one may check in."""
        return self.end + LATE_BY

    @property
    def hold(self) -> str | None:
        """Return the mark in its slot of a seat that waits for its fee."""
        return hold_mark(self.seat, self.created_at) if self.status is Status.HELD else None

    @property
    def booker(self) -> str:
        """Return what a guard bars once the account, or the member of its family, has gone."""
        return booker(self.citizen_id, self.for_member)

    @property
    def times(self) -> frozenset[str]:
        """Return the marks of its time in the guard of the person whom it is for."""
        return time_marks(self.citizen_id, self.start, self.end)

    @property
    def strike(self) -> str:
        """Return the mark in a guard that counts it as missed."""
        return f"{office_time(self.start):%Y%m%d}#{self.appointment_id}"

    @property
    def active(self) -> bool:
        """Tell whether it still holds its seat and its place in the guard."""
        return self.status not in ENDED

    @property
    def walk_in(self) -> bool:
        """Tell whether somebody came without a booking."""
        return self.citizen_id.startswith(WALK_IN)


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


def booker(citizen_id: str, member_id: str | None) -> str:
    """Return what stands in a guard for who books: an account, or one for a member of its family.

    Whoever is added to a family again is another member, whom no mark of before bars.
    """
    return f"{citizen_id}.{member_id}" if member_id else citizen_id


def hold_mark(seat: str, since: datetime) -> str:
    """Return the mark of a held seat: it says until which minute since 1970 it is held."""
    return f"{seat}.{-(-int((since + HOLDS).timestamp()) // 60)}"


def slot_key(slot_id: str) -> SlotKey | None:
    """Read a public slot id; None for what cannot be one."""
    found = _SLOT_ID.fullmatch(slot_id)
    if not found:
        return None
    try:
        start = datetime.strptime(found[3], "%Y%m%d%H%M").replace(tzinfo=OFFICE_ZONE)
    except ValueError:
        return None
    return SlotKey(found[1], found[2], start)


def starts(day: date, hours: tuple[tuple[time, time], ...], minutes: int) -> Iterator[datetime]:
    """Yield when slots begin: one after another within each span, none over its end."""
    for begin, end in hours:
        at = datetime.combine(day, begin, OFFICE_ZONE)
        last = datetime.combine(day, end, OFFICE_ZONE) - timedelta(minutes=minutes)
        while at <= last:
            yield at
            at += timedelta(minutes=minutes)


def shard_capacities(capacity: int) -> list[int]:
    """Split a capacity into shards of at most 32 seats."""
    full, rest = divmod(capacity, SHARD_SEATS)
    return [SHARD_SEATS] * full + ([rest] if rest else [])


def check_guard(guard: Guard, service_id: str, now: datetime) -> None:
    """Say why a person may not book; raises the problem."""
    if guard.suspended_until and guard.suspended_until > now:
        until = office_time(guard.suspended_until).isoformat(timespec="seconds")
        raise BookingSuspended(until=until)
    if service_id in guard.services:
        raise AlreadyBooked
    if len(guard.services) >= ACTIVE_LIMIT:
        raise TooManyActive
    check_changes(guard, now)


def check_changeable(appointment: Appointment, now: datetime) -> None:
    """Refuse to cancel or move what is no longer booked or too near; raises the problem."""
    if appointment.status is not Status.BOOKED:
        raise WrongStatus(current=appointment.status)
    if now > appointment.cancellable_until:
        raise TooLate


def check_in_refusal(appointment: Appointment, now: datetime) -> Refusal | None:
    """Say why an appointment cannot be checked in now, or None when it can."""
    if appointment.status is not Status.BOOKED:
        return _REFUSED.get(appointment.status, "already_checked_in")
    if office_time(now).date() != office_time(appointment.start).date():
        return "wrong_day"
    if now < appointment.start - CHECK_IN_BEFORE:
        return "too_early"
    return "too_late" if now > appointment.valid_until else None


def time_marks(citizen_id: str, start: datetime, end: datetime) -> frozenset[str]:
    """Return what stands for a time that a citizen booked: its start, and each fifth minute in it.

    Two times that overlap by five minutes share a mark; two that follow one another never do. Marks
    of different citizens differ, so that nobody learns when somebody else has booked the person.
    """
    first, last = (int(moment.timestamp()) // 60 for moment in (start, end))
    fifths = range(-(-first // _MARKED_MINUTES) * _MARKED_MINUTES, last, _MARKED_MINUTES)
    # An id is random throughout: its end tells apart the few who may book for one person.
    owner = citizen_id[-_OWNER_LENGTH:]
    return frozenset(f"{owner}{minute:x}" for minute in {first, *fifths})


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


def _moment(minute: str) -> datetime:
    return datetime.fromtimestamp(int(minute) * 60, UTC)


def merged(slots: list[Slot]) -> Mapping[str, list[Slot]]:
    """Group shards by their slot, in order of time."""
    found: dict[str, list[Slot]] = {}
    for slot in slots:
        found.setdefault(slot.key.slot_id, []).append(slot)
    return found
