"""The rules of a hall's queue: who is next, what staff may do with whom, what is counted.

Everyone in the hall stands in one order: whoever booked is due at their time, or when they came if
that was more than 15 minutes later; a walk-in is due on arrival. A counter calls the first who is
due.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from chalicelib.appointments.domain.appointments import (
    LATE_BY,
    Appointment,
    AppointmentStatus,
    QueuePlace,
)
from chalicelib.appointments.domain.calling_order import InLine, Priority
from chalicelib.core.clock import office_time
from chalicelib.core.errors import Problem, WrongStatus
from chalicelib.core.event_types import AppointmentEvent
from chalicelib.core.i18n import Text

Step = Literal["recall", "start", "fulfil", "no-show", "void", "undo", "park", "transfer"]

_PRESENT: Final = frozenset(
    {AppointmentStatus.CHECKED_IN, AppointmentStatus.CALLED, AppointmentStatus.SERVING}
)
_FROM: Final[Mapping[str, frozenset[AppointmentStatus]]] = {
    "recall": frozenset({AppointmentStatus.CALLED}),
    "start": frozenset({AppointmentStatus.CALLED}),
    "fulfil": frozenset({AppointmentStatus.CALLED, AppointmentStatus.SERVING}),
    "no-show": frozenset(
        {AppointmentStatus.BOOKED, AppointmentStatus.CHECKED_IN, AppointmentStatus.CALLED}
    ),
    "void": frozenset({AppointmentStatus.CHECKED_IN, AppointmentStatus.CALLED}),
    "park": _PRESENT,
    "transfer": _PRESENT,
    "undo": frozenset(
        {
            AppointmentStatus.CHECKED_IN,
            AppointmentStatus.CALLED,
            AppointmentStatus.SERVING,
            AppointmentStatus.FULFILLED,
            AppointmentStatus.NO_SHOW,
        }
    ),
}
EVENTS: Final[Mapping[str, AppointmentEvent]] = {
    "recall": "appointment.recalled",
    "start": "appointment.serving",
    "fulfil": "appointment.fulfilled",
    "no-show": "appointment.missed",
    "void": "appointment.voided",
    "undo": "appointment.undone",
    "park": "appointment.parked",
    "transfer": "appointment.transferred",
}
_STAGES: Final = {
    AppointmentStatus.CHECKED_IN: "W",
    AppointmentStatus.CALLED: "C",
    AppointmentStatus.SERVING: "S",
}
_TICKET_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class StepRequest:
    """What staff ask for; `version` is the one that they saw, if it matters to them.

    `category` or `counter` is where somebody is sent, `parked_until` the call after which they are
    back.
    """

    step: Step
    version: int | None = None
    reason: str | None = None
    category: str | None = None
    counter: str | None = None
    parked_until: int = 0


@dataclass(frozen=True, slots=True)
class CallRequest:
    """Which counter calls the next one; `service_id` limits it to that service's group.

    With `fulfil` whoever is there has been served.
    """

    office_id: str
    counter: str
    service_id: str | None = None
    fulfil: bool = False


def arrived(
    appointment: Appointment, ticket: str, now: datetime, priority: Priority = Priority.NONE
) -> Appointment:
    """Let somebody into the queue: who is late by more than 15 minutes, behind those due by now."""
    in_time = not appointment.walk_in and now <= appointment.start + LATE_BY
    place = QueuePlace(due=appointment.start if in_time else now, arrived_at=now, priority=priority)
    return replace(
        appointment, status=AppointmentStatus.CHECKED_IN, ticket_number=ticket, place=place
    )


def called(appointment: Appointment, counter: str, now: datetime) -> Appointment:
    """Call somebody who waits to a counter; raises WrongStatus."""
    if appointment.status is not AppointmentStatus.CHECKED_IN or appointment.place is None:
        raise WrongStatus(current=appointment.status)
    place = replace(
        appointment.place,
        counter=counter,
        called_at=now,
        calls=1,
        only_at=None,
        parked_until=0,
    )
    return replace(appointment, status=AppointmentStatus.CALLED, place=place)


def stepped(  # noqa: PLR0911 - a step a case.
    appointment: Appointment, request: StepRequest, now: datetime
) -> Appointment:
    """Do what staff ask for; raises WrongStatus where it cannot be done from here."""
    if appointment.status not in _FROM[request.step]:
        raise WrongStatus(current=appointment.status)
    place = appointment.place
    match request.step:
        case "recall":
            return replace(appointment, place=place and replace(place, calls=place.calls + 1))
        case "start":
            place = place and replace(place, started_at=now)
            return replace(appointment, status=AppointmentStatus.SERVING, place=place)
        case "fulfil":
            place = place and replace(place, ended_at=now)
            return replace(appointment, status=AppointmentStatus.FULFILLED, place=place)
        case "no-show":
            return _missed(appointment, now)
        case "void":
            return _voided(appointment)
        case "undo":
            return _undone(appointment, now)
        case "park":
            return waiting_again(appointment, parked_until=request.parked_until)
        case "transfer":
            return waiting_again(appointment, request.category, request.counter)


def queue_key(appointment: Appointment) -> tuple[str, str] | None:
    """Return the hall's day, and what orders its queue; None of who is not in a queue."""
    stage, place = _STAGES.get(appointment.status), appointment.place
    if stage is None or place is None:
        return None
    due = office_time(place.due)
    day = f"{appointment.slot.office_id}#{office_time(place.arrived_at):%Y%m%d}"
    # Of those due in one second, who came first is first: tickets count arrivals.
    arrival = (appointment.ticket_number or "")[1:].zfill(_TICKET_DIGITS)
    flags = f"{'p' if place.priority is not Priority.NONE else ''}{place.parked_until or ''}"
    more = [flags, place.only_at] if place.only_at else [flags] if flags else []
    return day, "#".join([f"{stage}{due:%H%M%S}.{arrival}", appointment.category, *more])


def in_line(order: str, appointment_id: str) -> InLine:
    """Return what the order of the queue (`queue_key`) says of somebody."""
    _, category, flags, only_at = [*order.split("#", 3), "", ""][:4]
    return InLine(
        order,
        appointment_id,
        order[0],
        category,
        priority=flags.startswith("p"),
        parked_until=int(flags.removeprefix("p") or 0),
        only_at=only_at or None,
    )


def waiting_again(
    appointment: Appointment,
    category: str | None = None,
    only_at: str | None = None,
    parked_until: int = 0,
) -> Appointment:
    """Let somebody wait again in the place by arrival, for other counters or after some calls."""
    place = appointment.place and replace(
        appointment.place,
        counter=None,
        called_at=None,
        started_at=None,
        calls=0,
        category=category or appointment.place.category,
        only_at=only_at,
        parked_until=parked_until,
    )
    return replace(appointment, status=AppointmentStatus.CHECKED_IN, place=place)


def counted(appointment: Appointment) -> Mapping[str, int]:
    """Return what an appointment adds to its hall's statistics; times in seconds.

    A no-show is somebody with a seat who never came: not a walk-in, and nobody who came.
    """
    place, voided = appointment.place, appointment.status is AppointmentStatus.CANCELLED
    counts = {"walk_ins": 1} if appointment.walk_in and not voided else {}
    if appointment.status is AppointmentStatus.NO_SHOW and place is None:
        counts["no_shows"] = 1
    if (
        appointment.status is AppointmentStatus.FULFILLED
        and place
        and place.called_at
        and place.ended_at
    ):
        counts["served"] = 1
        since = max(place.due, place.arrived_at)
        counts["waited"] = max(0, int((place.called_at - since).total_seconds()))
        began = place.started_at or place.called_at
        counts["serving"] = int((place.ended_at - began).total_seconds())
    return counts


def difference(old: Appointment | None, new: Appointment) -> Mapping[str, int]:
    """Return what a change adds to the statistics; undoing takes back what was added."""
    before, after = counted(old) if old else {}, counted(new)
    changed = {name: after.get(name, 0) - before.get(name, 0) for name in {*before, *after}}
    return {name: amount for name, amount in changed.items() if amount}


def _missed(appointment: Appointment, now: datetime) -> Appointment:
    """Note that somebody did not come; nobody misses what is still to begin."""
    if appointment.status is AppointmentStatus.BOOKED and now < appointment.start:
        raise WrongStatus(current=appointment.status)
    return replace(appointment, status=AppointmentStatus.NO_SHOW)


def _voided(appointment: Appointment) -> Appointment:
    """Take back a walk-in's ticket that was issued by mistake; a booking is not undone so."""
    if not appointment.walk_in:
        raise WrongStatus(current=appointment.status)
    return replace(appointment, status=AppointmentStatus.CANCELLED)


def _undone(  # noqa: PLR0911 - a state a line.
    appointment: Appointment, now: datetime
) -> Appointment:
    place = appointment.place
    if office_time(appointment.start).date() != office_time(now).date():
        raise WrongStatus(current=appointment.status)
    if place is None:
        return replace(appointment, status=AppointmentStatus.BOOKED)
    sent = replace(place, category=None, only_at=None, parked_until=0)
    if appointment.status is AppointmentStatus.CHECKED_IN and sent != place:
        return replace(appointment, place=sent)
    if appointment.status is AppointmentStatus.CHECKED_IN and appointment.walk_in:
        return _voided(appointment)
    if appointment.status is AppointmentStatus.CHECKED_IN:
        return replace(appointment, status=AppointmentStatus.BOOKED, place=None, ticket_number=None)
    if appointment.status is AppointmentStatus.CALLED:
        place = replace(place, counter=None, called_at=None, calls=0)
        return replace(appointment, status=AppointmentStatus.CHECKED_IN, place=place)
    if appointment.status is AppointmentStatus.SERVING:
        place = replace(place, started_at=None)
        return replace(appointment, status=AppointmentStatus.CALLED, place=place)
    place = replace(place, ended_at=None)
    if place.started_at:
        return replace(appointment, status=AppointmentStatus.SERVING, place=place)
    status = AppointmentStatus.CALLED if place.called_at else AppointmentStatus.CHECKED_IN
    return replace(appointment, status=status, place=place)


class QueueEmpty(Problem):
    """Nobody waits for this counter."""

    status = 409
    code = "queue_empty"
    title = Text("当前没有等候的办事人", "Nobody is waiting")
