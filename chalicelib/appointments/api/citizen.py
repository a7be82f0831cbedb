"""The routes of one's own appointments: each with its pass, calendar and place in the queue."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.appointments.api import icalendar
from chalicelib.appointments.api.answers import name_for, named, owner_of
from chalicelib.appointments.api.views import AppointmentList, AppointmentView, appointment_view
from chalicelib.appointments.domain.appointments import AppointmentStatus
from chalicelib.appointments.service import lookup, passes, short_codes, waiting_times
from chalicelib.core import auth, dependencies, negotiation, qr
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import (
    InvalidCursor,
    NotAcceptable,
    WrongStatus,
)
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    QueryModel,
    Request,
    Response,
)
from chalicelib.core.routes import Routes
from chalicelib.mandates import service as mandates
from chalicelib.mandates.domain import MandateMissing

routes: Final = Routes("appointments")

_PASS_MEDIA: Final = ("application/json", *qr.MEDIA)


class MineQuery(QueryModel):
    """Which of one's own appointments, or of those that a right made (its id)."""

    status: AppointmentStatus | None = None
    on_behalf_of: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class PositionView(BodyModel):
    """Where one stands in the hall; the numbers are null before check-in and after the end."""

    status: AppointmentStatus
    ahead: int | None
    estimated_wait_minutes: int | None
    counter: str | None


class PassView(BodyModel):
    """A signed pass, until when it opens the door, and the name of the family whom it is for.

    `short_code` stands for it in its hall on its day, to be read out or typed.
    """

    pass_: Annotated[str, Field(serialization_alias="pass")]
    short_code: str
    valid_until: str
    for_name: str | None = None


@routes.get(
    "/v1/appointments",
    auth=auth.citizen,
    body=MineQuery,
    response=AppointmentList,
    errors=[InvalidCursor, MandateMissing],
)
def list_mine(request: Request[MineQuery]) -> AppointmentList:
    """List one's own appointments: the coming by time, then the ended, latest first."""
    asked, caller = request.input, request.citizen
    scope = mandates.scope_of(caller, asked.on_behalf_of, "appointment", request.now)
    page = dependencies.cursors().page(
        f"appointments/{scope.key}/{asked.status}",
        asked.cursor,
        lambda position: lookup.page_of(scope, asked.status, position, asked.limit),
    )
    names = mandates.names_of(scope.owner, page.items, acting=scope.acting)
    items = [appointment_view(one, request.lang, names) for one in page.items]
    return AppointmentList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/appointments/{appointment_id}",
    auth=auth.citizen,
    response=AppointmentView,
    errors=[MandateMissing],
)
def show(request: Request[QueryModel], appointment_id: str) -> AppointmentView:
    """Show one of one's own appointments."""
    caller = owner_of(request, appointment_id, "read")
    return named(caller, lookup.mine(caller.citizen_id, appointment_id), request.lang)


@routes.get(
    "/v1/appointments/{appointment_id}/pass",
    auth=auth.citizen,
    response=PassView,
    media=_PASS_MEDIA,
    errors=[NotAcceptable, WrongStatus, MandateMissing],
)
def show_pass(request: Request[QueryModel], appointment_id: str) -> Response:
    """Show the pass, as JSON, PNG or SVG by Accept."""
    caller = owner_of(request, appointment_id, "read")
    appointment = lookup.mine(caller.citizen_id, appointment_id)
    if not appointment.active:
        raise WrongStatus(current=appointment.status)
    text = passes.sign(appointment, dependencies.pass_keys())
    media_type = negotiation.media_type(request.headers.get("accept"), _PASS_MEDIA)
    if media_type != "application/json":
        return qr.drawn(text, media_type)
    view = PassView.model_construct(
        pass_=text,
        short_code=short_codes.short_code(appointment),
        valid_until=rfc3339(appointment.valid_until),
        for_name=name_for(caller, appointment),
    )
    return Response(view)


@routes.get(
    "/v1/appointments/{appointment_id}/calendar.ics",
    auth=auth.citizen,
    media=("text/calendar",),
    errors=[MandateMissing],
)
def calendar(request: Request[QueryModel], appointment_id: str) -> Response:
    """Return the appointment for a calendar (RFC 5545)."""
    caller = owner_of(request, appointment_id, "read")
    appointment = lookup.mine(caller.citizen_id, appointment_id)
    text = icalendar.calendar(appointment, name_for(caller, appointment), request.lang, request.now)
    return Response(text, content_type="text/calendar; charset=utf-8")


@routes.get(
    "/v1/appointments/{appointment_id}/queue",
    auth=auth.citizen,
    response=PositionView,
    errors=[MandateMissing],
)
def show_queue(request: Request[QueryModel], appointment_id: str) -> PositionView:
    """Show how many are ahead and about how long that takes."""
    caller = owner_of(request, appointment_id, "read")
    position = waiting_times.position(lookup.mine(caller.citizen_id, appointment_id), request.now)
    return PositionView(
        status=position.status,
        ahead=position.ahead,
        estimated_wait_minutes=position.wait_minutes,
        counter=position.counter,
    )
