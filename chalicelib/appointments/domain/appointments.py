"""Appointments, and the rules of moving, cancelling and checking in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from chalicelib.appointments.domain.calling_order import Priority
from chalicelib.appointments.domain.new_times import NewTime
from chalicelib.appointments.domain.slots import Seat, SlotKey, reservation_mark
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import Versioned
from chalicelib.core.errors import Problem, WrongStatus
from chalicelib.core.event_types import AppointmentEvent
from chalicelib.core.history import Head
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger
from chalicelib.core.ratings import AlreadyRated

CANCEL_BEFORE: Final = timedelta(hours=1)
CHECK_IN_BEFORE: Final = timedelta(minutes=60)
LATE_BY: Final = timedelta(minutes=15)
_MARKED_MINUTES: Final = 5
_OWNER_LENGTH: Final = 4
# No citizen's id holds a hyphen.
WALK_IN: Final = "w-"

Refusal = Literal[
    "invalid",
    "wrong_office",
    "wrong_day",
    "too_early",
    "too_late",
    "already_checked_in",
    "cancelled",
]


class AppointmentStatus(StrEnum):
    """The states of an appointment."""

    RESERVED = "held"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    CALLED = "called"
    SERVING = "serving"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_SHOW = "no_show"


EVENT_OF: Final[Mapping[AppointmentStatus, AppointmentEvent]] = {
    AppointmentStatus.RESERVED: "appointment.held",
    AppointmentStatus.BOOKED: "appointment.booked",
    AppointmentStatus.CHECKED_IN: "appointment.checked_in",
    AppointmentStatus.CALLED: "appointment.called",
    AppointmentStatus.SERVING: "appointment.serving",
    AppointmentStatus.FULFILLED: "appointment.fulfilled",
    AppointmentStatus.CANCELLED: "appointment.cancelled",
    AppointmentStatus.EXPIRED: "appointment.expired",
    AppointmentStatus.NO_SHOW: "appointment.missed",
}


ENDED: Final = frozenset(
    {
        AppointmentStatus.FULFILLED,
        AppointmentStatus.CANCELLED,
        AppointmentStatus.EXPIRED,
        AppointmentStatus.NO_SHOW,
    }
)


# Those who may still come.
COMING: Final = frozenset({AppointmentStatus.RESERVED, AppointmentStatus.BOOKED})

_REFUSED: Final[Mapping[AppointmentStatus, Refusal]] = {
    AppointmentStatus.RESERVED: "invalid",
    AppointmentStatus.CANCELLED: "cancelled",
    AppointmentStatus.EXPIRED: "cancelled",
    AppointmentStatus.NO_SHOW: "too_late",
}


class TooLate(Problem):
    """It is too late to change the appointment."""

    status = 409
    code = "too_late"
    title = Text("已过可更改时间", "It is too late to change this appointment")


class RatedByCase(Problem):
    """The visit is part of a case, which is rated as a whole."""

    status = 409
    code = "rated_by_case"
    title = Text("该次到访属于办件，请在办件中评价", "This visit is part of a case: rate the case")


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """One stay in a hall's queue: when it is due and came, was called, served and ended.

    `category` is that of the counters where somebody was sent, `only_at` the counter, and
    `parked_until` the number of calls after which who was parked comes back.
    """

    due: datetime
    arrived_at: datetime
    counter: str | None = None
    calls: int = 0
    called_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    priority: Priority = Priority.NONE
    category: str | None = None
    only_at: str | None = None
    parked_until: int = 0


@dataclass(frozen=True, slots=True)
class Appointment(Versioned):
    """One booking, or a walk-in; `seat_id` is what stands for it in the slot's seat set.

    A walk-in has no seat and no citizen: its `citizen_id` stands for the hall's day. `granted_by`
    is the mandate under which another booked it for the citizen, `case_id` the case of its visit,
    `score` how the citizen rated it. `further` are the slots in a row after its first, with their
    shards, in which a long visit has a seat too.
    """

    appointment_id: str
    citizen_id: str
    person: str
    service_id: str
    slot: SlotKey
    shard: int
    seat_id: str
    end: datetime
    status: AppointmentStatus
    for_member: str | None
    created_at: datetime
    ticket_number: str | None = None
    place: QueuePlace | None = None
    granted_by: str | None = None
    new_time: NewTime | None = None
    version: int = 1
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()
    case_id: str | None = None
    score: int | None = None
    further: tuple[tuple[SlotKey, int], ...] = ()

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.appointment_id

    @property
    def start(self) -> datetime:
        """Return when it begins."""
        return self.slot.start

    @property
    def category(self) -> str:
        """Return the category of the counters that serve it."""
        return (self.place and self.place.category) or self.slot.category

    @property
    def cancellable_until(self) -> datetime:
        """Return until when it can be cancelled or moved."""
        return self.start - CANCEL_BEFORE

    @property
    def valid_until(self) -> datetime:
        """Return until when one may check in."""
        return self.end + LATE_BY

    @property
    def seat(self) -> Seat:
        """Return its seat, with the mark of one that waits for its fee."""
        waits = self.status is AppointmentStatus.RESERVED
        mark = reservation_mark(self.seat_id, self.created_at) if waits else None
        return Seat(self.slot, self.shard, self.seat_id, mark, self.further)

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


def booker(citizen_id: str, member_id: str | None) -> str:
    """Return what stands in a guard for who books: an account, or one for a member of its family.

    Whoever is added to a family again is another member, whom no mark of before bars.
    """
    return f"{citizen_id}.{member_id}" if member_id else citizen_id


def bookers(citizen_id: str, member_id: str | None) -> tuple[str, ...]:
    """Return all that a guard may bar of who books for a member of their family, or themselves."""
    return tuple(dict.fromkeys((citizen_id, booker(citizen_id, member_id))))


def check_changeable(appointment: Appointment, now: datetime) -> None:
    """Refuse to cancel or move what is no longer booked or too near; raises the problem.

    Whom the hall asks for it does so until the time itself.
    """
    if appointment.status is not AppointmentStatus.BOOKED:
        raise WrongStatus(current=appointment.status)
    until = appointment.start if appointment.new_time else appointment.cancellable_until
    if now > until:
        raise TooLate


def check_ratable(appointment: Appointment) -> None:
    """Let a visit be rated: one that was kept, once, unless its case is; raises the problem."""
    if appointment.case_id is not None:
        raise RatedByCase
    if appointment.score is not None:
        raise AlreadyRated
    if appointment.status is not AppointmentStatus.FULFILLED:
        raise WrongStatus(current=appointment.status)


def check_in_refusal(appointment: Appointment, now: datetime) -> Refusal | None:
    """Say why an appointment cannot be checked in now, or None when it can."""
    if appointment.status is not AppointmentStatus.BOOKED:
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


def released_seats(old: Appointment, new: Appointment) -> list[Seat]:
    """Return the seats that a change gives back: of one that moves, or ends before anybody came.

    Who was in the hall, or did not come, has used the seat up. What was held as a new time goes
    when another is chosen, or none.
    """
    moved = (new.slot, new.seat_id) != (old.slot, old.seat_id)
    given_up = (
        new.status in (AppointmentStatus.CANCELLED, AppointmentStatus.EXPIRED) and old.place is None
    )
    ends = old.seat_id and (moved or (given_up and old.active))
    gone = [*old.seat.singles] if ends else []
    held = old.new_time.held if old.new_time else None
    stays = new.status in COMING and new.new_time == old.new_time
    if held and not stays and held.seat_id != new.seat_id:
        gone += held.singles
    return gone
