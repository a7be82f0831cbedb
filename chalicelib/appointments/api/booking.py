"""The routes of booking: a time for one or for a group, another time, none at all."""

from typing import Annotated, Final

from pydantic import Field, RootModel, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from chalicelib.appointments.api.answers import answer, owner_of
from chalicelib.appointments.api.slot_id import SlotId
from chalicelib.appointments.api.views import AppointmentView, appointment_view
from chalicelib.appointments.domain.appointments import TooLate
from chalicelib.appointments.domain.booking_limits import (
    AlreadyBooked,
    BookingSuspended,
    TimeConflict,
    TooManyActive,
    TooManyChanges,
)
from chalicelib.appointments.domain.openings import NotYet
from chalicelib.appointments.domain.slots import SlotClosed, SlotFull
from chalicelib.appointments.service import bookings, groups
from chalicelib.core import auth
from chalicelib.core.errors import NotFound, Problem, WrongStatus
from chalicelib.core.http_messages import BodyModel, Explanation, Id, Request, Response, replayed
from chalicelib.core.on_behalf import OnBehalfOf
from chalicelib.core.routes import Routes
from chalicelib.identity.domain import ConsentRequired, VerificationRequired
from chalicelib.mandates import service as mandates
from chalicelib.mandates.domain import MandateMissing

routes: Final = Routes("appointments")

BOOK_PROBLEMS: Final[tuple[type[Problem], ...]] = (
    SlotFull,
    SlotClosed,
    AlreadyBooked,
    TooManyActive,
    TooManyChanges,
    BookingSuspended,
    TimeConflict,
    ConsentRequired,
    VerificationRequired,
    NotFound,
    NotYet,
    MandateMissing,
    WrongStatus,
)
_CHANGE_PROBLEMS: Final[tuple[type[Problem], ...]] = (TooLate, WrongStatus, MandateMissing)


class Booking(BodyModel):
    """What to book, for oneself or for one whom one acts for.

    `for_members` are two to eight people instead: `self` and members of the family. All are booked
    or none, in the slot or, where it has not enough seats, in those that follow it.
    """

    service_id: Id
    office_id: Id
    slot_id: SlotId
    for_member: Id | None = None
    case_id: Id | None = None
    on_behalf_of: OnBehalfOf | None = None
    for_members: Annotated[list[Id], Field(min_length=2, max_length=8)] | None = None

    @field_validator("for_members")
    @classmethod
    def _alone(cls, people: list[str] | None, known: ValidationInfo) -> list[str] | None:
        if people is None:
            return None
        if len(set(people)) < len(people):
            raise PydanticCustomError("not_unique", "each person stands there once")
        if any(known.data.get(name) for name in ("for_member", "case_id", "on_behalf_of")):
            raise PydanticCustomError("not_both", "a group has no other field for whom it is")
        return people


class Rescheduling(BodyModel):
    """Where to move."""

    slot_id: SlotId


class Group(BodyModel):
    """The appointments of a group, in the order in which the people were named."""

    items: list[AppointmentView]


class BookedView(RootModel[AppointmentView | Group]):
    """One appointment, or those of a group."""


@routes.post(
    "/v1/appointments",
    auth=auth.citizen,
    counted="booking",
    body=Booking,
    response=BookedView,
    status=201,
    errors=BOOK_PROBLEMS,
    idempotent=True,
)
def book(request: Request[Booking]) -> Response:
    """Book a seat, or one for each of a group."""
    body, now = request.input, request.now
    if body.for_members:
        return _book_group(request, body.for_members)
    of, member = mandates.member_of(request.citizen, body.on_behalf_of, body.for_member)
    caller = mandates.on_behalf(request.citizen, of, "book", body.service_id, now)
    asked = body.model_copy(update={"for_member": member})
    booked = bookings.book(caller, asked, request.attempt, now)
    location = {"Location": f"/v1/appointments/{booked.new.appointment_id}"}
    return answer(caller, booked, request.lang, location)


@routes.post(
    "/v1/appointments/{appointment_id}/reschedule",
    auth=auth.citizen,
    body=Rescheduling,
    response=AppointmentView,
    errors=(
        *_CHANGE_PROBLEMS,
        SlotFull,
        SlotClosed,
        TimeConflict,
        TooManyChanges,
        NotYet,
    ),
    idempotent=True,
)
def reschedule(request: Request[Rescheduling], appointment_id: str) -> Response:
    """Move to another slot; on any failure the old one stands."""
    slot, caller = request.input.slot_id, owner_of(request, appointment_id, "book")
    moved = bookings.reschedule(caller, appointment_id, slot, request.attempt, request.now)
    return answer(caller, moved, request.lang)


@routes.post(
    "/v1/appointments/{appointment_id}/cancel",
    auth=auth.citizen,
    body=Explanation,
    response=AppointmentView,
    errors=_CHANGE_PROBLEMS,
    idempotent=True,
)
def cancel(request: Request[Explanation], appointment_id: str) -> Response:
    """Cancel; a second time answers the same."""
    caller = owner_of(request, appointment_id, "book")
    applied = bookings.cancel(caller, appointment_id, request.attempt, request.now)
    return answer(caller, applied, request.lang)


def _book_group(request: Request[Booking], people: list[str]) -> Response:
    caller = request.citizen
    booked = groups.book(caller, request.input, people, request.attempt, request.now)
    names = mandates.names_of(caller.citizen_id, booked.appointments, acting=False)
    views = [appointment_view(one, request.lang, names) for one in booked.appointments]
    return replayed(Group(items=views), again=booked.replayed)
