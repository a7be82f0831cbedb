"""The rules of a hall's queue: who is next, what staff may do with whom, what is counted.

Everyone in the hall stands in one order: whoever booked is due at their time, or when they came if
that was later; a walk-in is due on arrival. A counter calls the first who is due.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus, Turn
from chalicelib.core.clock import office_time
from chalicelib.core.errors import Problem, WrongStatus
from chalicelib.core.i18n import Text

Step = Literal["recall", "start", "fulfil", "no-show", "void", "undo"]

_FROM: Final[Mapping[str, frozenset[AppointmentStatus]]] = {
    "recall": frozenset({AppointmentStatus.CALLED}),
    "start": frozenset({AppointmentStatus.CALLED}),
    "fulfil": frozenset({AppointmentStatus.CALLED, AppointmentStatus.SERVING}),
    "no-show": frozenset(
        {AppointmentStatus.BOOKED, AppointmentStatus.CHECKED_IN, AppointmentStatus.CALLED}
    ),
    "void": frozenset({AppointmentStatus.CHECKED_IN, AppointmentStatus.CALLED}),
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
EVENTS: Final[Mapping[str, str]] = {
    "recall": "appointment.recalled",
    "start": "appointment.serving",
    "fulfil": "appointment.fulfilled",
    "no-show": "appointment.missed",
    "void": "appointment.voided",
    "undo": "appointment.undone",
}
_PLACES: Final = {
    AppointmentStatus.CHECKED_IN: "W",
    AppointmentStatus.CALLED: "C",
    AppointmentStatus.SERVING: "S",
}
_TICKET_DIGITS: Final = 5
WAITING: Final = "W"
CALLED: Final = "C"


def arrived(appointment: Appointment, ticket: str, now: datetime) -> Appointment:
    """Let somebody into the queue."""
    turn = Turn(due=max(appointment.start, now), arrived_at=now)
    return replace(
        appointment, status=AppointmentStatus.CHECKED_IN, ticket_number=ticket, turn=turn
    )


def called(appointment: Appointment, counter: str, now: datetime) -> Appointment:
    """Call somebody who waits to a counter; raises WrongStatus."""
    if appointment.status is not AppointmentStatus.CHECKED_IN or appointment.turn is None:
        raise WrongStatus(current=appointment.status)
    turn = replace(appointment.turn, counter=counter, called_at=now, calls=1)
    return replace(appointment, status=AppointmentStatus.CALLED, turn=turn)


def stepped(appointment: Appointment, step: Step, now: datetime) -> Appointment:
    """Do what staff ask for; raises WrongStatus where it cannot be done from here."""
    if appointment.status not in _FROM[step]:
        raise WrongStatus(current=appointment.status)
    turn = appointment.turn
    match step:
        case "recall":
            return replace(appointment, turn=turn and replace(turn, calls=turn.calls + 1))
        case "start":
            turn = turn and replace(turn, started_at=now)
            return replace(appointment, status=AppointmentStatus.SERVING, turn=turn)
        case "fulfil":
            return replace(
                appointment,
                status=AppointmentStatus.FULFILLED,
                turn=turn and replace(turn, ended_at=now),
            )
        case "no-show":
            if appointment.status is AppointmentStatus.BOOKED and now < appointment.start:
                raise WrongStatus(current=appointment.status)
            return replace(appointment, status=AppointmentStatus.NO_SHOW)
        case "void":
            return _voided(appointment)
        case "undo":
            return _undone(appointment, now)


def queue_of(appointment: Appointment) -> tuple[str, str] | None:
    """Return the hall's day and the place in it, by which the queue is ordered; None outside."""
    place, turn = _PLACES.get(appointment.status), appointment.turn
    if place is None or turn is None:
        return None
    due = office_time(turn.due)
    day = f"{appointment.slot.office_id}#{office_time(turn.arrived_at):%Y%m%d}"
    # Of those due in one second, who came first is first: tickets count arrivals.
    arrival = (appointment.ticket_number or "")[1:].zfill(_TICKET_DIGITS)
    return day, f"{place}{due:%H%M%S}.{arrival}#{appointment.slot.category}"


def counted(appointment: Appointment) -> Mapping[str, int]:
    """Return what an appointment adds to its hall's statistics; times in seconds.

    A no-show is somebody with a seat who never came: not a walk-in, and nobody who took a turn.
    """
    turn, voided = appointment.turn, appointment.status is AppointmentStatus.CANCELLED
    found = {"walk_ins": 1} if appointment.walk_in and not voided else {}
    if appointment.status is AppointmentStatus.NO_SHOW and turn is None:
        found["no_shows"] = 1
    if (
        appointment.status is AppointmentStatus.FULFILLED
        and turn
        and turn.called_at
        and turn.ended_at
    ):
        found["served"] = 1
        found["waited"] = max(0, int((turn.called_at - turn.due).total_seconds()))
        began = turn.started_at or turn.called_at
        found["serving"] = int((turn.ended_at - began).total_seconds())
    return found


def difference(old: Appointment | None, new: Appointment) -> Mapping[str, int]:
    """Return what a change adds to the statistics; undoing takes back what was added."""
    before, after = counted(old) if old else {}, counted(new)
    changed = {name: after.get(name, 0) - before.get(name, 0) for name in {*before, *after}}
    return {name: amount for name, amount in changed.items() if amount}


def _voided(appointment: Appointment) -> Appointment:
    """Take back a walk-in's ticket that was issued by mistake; a booking is not undone so."""
    if not appointment.walk_in:
        raise WrongStatus(current=appointment.status)
    return replace(appointment, status=AppointmentStatus.CANCELLED)


def _undone(  # noqa: PLR0911 - a state a line.
    appointment: Appointment, now: datetime
) -> Appointment:
    turn = appointment.turn
    if office_time(appointment.start).date() != office_time(now).date():
        raise WrongStatus(current=appointment.status)
    if turn is None:
        return replace(appointment, status=AppointmentStatus.BOOKED)
    if appointment.status is AppointmentStatus.CHECKED_IN and appointment.walk_in:
        return _voided(appointment)
    if appointment.status is AppointmentStatus.CHECKED_IN:
        return replace(appointment, status=AppointmentStatus.BOOKED, turn=None, ticket_number=None)
    if appointment.status is AppointmentStatus.CALLED:
        turn = replace(turn, counter=None, called_at=None, calls=0)
        return replace(appointment, status=AppointmentStatus.CHECKED_IN, turn=turn)
    if appointment.status is AppointmentStatus.SERVING:
        turn = replace(turn, started_at=None)
        return replace(appointment, status=AppointmentStatus.CALLED, turn=turn)
    turn = replace(turn, ended_at=None)
    if turn.started_at:
        return replace(appointment, status=AppointmentStatus.SERVING, turn=turn)
    status = AppointmentStatus.CALLED if turn.called_at else AppointmentStatus.CHECKED_IN
    return replace(appointment, status=status, turn=turn)


class QueueEmpty(Problem):
    """Nobody waits for this counter."""

    status = 409
    code = "queue_empty"
    title = Text("当前没有等候的办事人", "Nobody is waiting")
