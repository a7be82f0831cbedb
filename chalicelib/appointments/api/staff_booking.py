"""The routes of staff who book, move and cancel for the person at the window."""

from typing import Any, Final

from chalicelib.appointments.api.booking import BOOK_PROBLEMS
from chalicelib.appointments.api.slot_id import SlotId
from chalicelib.appointments.api.staff_views import DeskAppointment, desk_appointment
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.booking_limits import TimeConflict, TooManyChanges
from chalicelib.appointments.domain.openings import NotYet
from chalicelib.appointments.domain.slots import SlotClosed, SlotFull
from chalicelib.appointments.service import staff_booking
from chalicelib.appointments.service.reception import Visit
from chalicelib.appointments.service.staff_booking import WindowBooking
from chalicelib.core import auth
from chalicelib.core.changes import Applied
from chalicelib.core.errors import NotFound, TooManyRequests, WrongStatus
from chalicelib.core.http_messages import Id, Reason, Request, Response, replayed
from chalicelib.core.person import Person
from chalicelib.core.routes import Routes

routes: Final = Routes("admin_window")


class AtWindow(Reason):
    """Who asks for which time, and why staff book it."""

    person: Person
    service_id: Id
    slot_id: SlotId


class MoveAtWindow(Reason):
    """Where to move, and why staff do it."""

    slot_id: SlotId


@routes.post(
    "/v1/admin/offices/{office_id}/appointments",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=AtWindow,
    response=DeskAppointment,
    status=201,
    errors=[NotFound, TooManyRequests, *BOOK_PROBLEMS],
    idempotent=True,
)
def book_at_window(request: Request[AtWindow], office_id: str) -> Response:
    """Book for who asks at the window with a document, account or not; they are told."""
    asked, person = request.input, request.input.person
    wanted = WindowBooking(
        person.name, person.document(request.now), asked.service_id, office_id, asked.slot_id
    )
    booked = staff_booking.book(request.staff, wanted, asked.reason, request.attempt, request.now)
    return _answer(booked, request)


@routes.post(
    "/v1/admin/appointments/{appointment_id}/reschedule",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=MoveAtWindow,
    response=DeskAppointment,
    errors=[WrongStatus, NotYet, SlotFull, SlotClosed, TimeConflict, TooManyChanges],
    idempotent=True,
)
def move_at_window(request: Request[MoveAtWindow], appointment_id: str) -> Response:
    """Move a booking for the person who asks; they are told."""
    asked, attempt = request.input, request.attempt
    moved = staff_booking.reschedule(
        request.staff, appointment_id, asked.slot_id, asked.reason, attempt, request.now
    )
    return _answer(moved, request)


@routes.post(
    "/v1/admin/appointments/{appointment_id}/cancel",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=Reason,
    response=DeskAppointment,
    errors=[WrongStatus],
    idempotent=True,
)
def cancel_at_window(request: Request[Reason], appointment_id: str) -> Response:
    """Cancel a booking for the person who asks; they are told."""
    reason, attempt = request.input.reason, request.attempt
    cancelled = staff_booking.cancel(request.staff, appointment_id, reason, attempt, request.now)
    return _answer(cancelled, request)


def _answer(applied: Applied[Appointment], request: Request[Any]) -> Response:
    return replayed(desk_appointment(Visit(applied.new), request.lang), again=applied.replayed)
