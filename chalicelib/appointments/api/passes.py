"""The routes of what one takes along to an appointment: its pass, and its place in a calendar."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.appointments.api import icalendar
from chalicelib.appointments.api.answers import name_for, owner_of
from chalicelib.appointments.service import lookup, passes, short_codes
from chalicelib.core import auth, dependencies, negotiation, qr
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import NotAcceptable, WrongStatus
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response
from chalicelib.core.routes import Routes
from chalicelib.mandates.domain import MandateMissing

routes: Final = Routes("appointments")
_PASS_MEDIA: Final = ("application/json", *qr.MEDIA)


class PassView(BodyModel):
    """A signed pass, until when it opens the door, and the name of the family whom it is for.

    `short_code` stands for it in its hall on its day, to be read out or typed.
    """

    pass_: Annotated[str, Field(serialization_alias="pass")]
    short_code: str
    valid_until: str
    for_name: str | None = None


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
