"""The routes of staff: the day's board, check-in and the queue."""

from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from chalicelib.appointments.api.staff_views import (
    DeskAppointment,
    DeskAppointmentList,
    desk_appointment,
    without_person,
)
from chalicelib.appointments.domain.appointments import AppointmentStatus, Refusal
from chalicelib.appointments.service import checkin, kiosk, reception
from chalicelib.appointments.service.board import Board, list_day
from chalicelib.appointments.service.checkin import CheckIn
from chalicelib.appointments.service.reception import Visit, search
from chalicelib.core import auth, dependencies
from chalicelib.core.changes import Author
from chalicelib.core.clock import office_time
from chalicelib.core.errors import Forbidden, InvalidCursor, NotFound, TooManyRequests
from chalicelib.core.http_messages import (
    BodyModel,
    Day,
    Id,
    QueryModel,
    Reason,
    Request,
    Response,
    Token,
    replayed,
)
from chalicelib.core.i18n import Lang
from chalicelib.core.pagination import Page
from chalicelib.core.routes import Routes
from chalicelib.core.text import text, typed

routes: Final = Routes("admin_appointments")


class BoardQuery(QueryModel):
    """Which day (today without), and which of its appointments.

    `query` is a short code, a name, or the last digits of a number or phone.
    """

    date_: Annotated[Day | None, Field(alias="date")] = None
    status: AppointmentStatus | None = None
    service_id: Id | None = None
    query: Annotated[str, text(50)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class Scanned(BodyModel):
    """A pass, its short code with the hall, or an appointment's id; exactly one of them.

    `override` lets somebody in who is early or late, and says why.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"appointment_id": "a7Kq2mX9bT4c"}]})

    pass_: Annotated[Token | None, Field(alias="pass", max_length=1000)] = None
    appointment_id: Id | None = None
    short_code: Annotated[str, typed("[0-9]{6}")] | None = None
    office_id: Id | None = None
    override: Reason | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [one for one in (self.pass_, self.appointment_id, self.short_code) if one]
        if len(given) != 1:
            message = "give one of pass, appointment_id and short_code"
            raise ValueError(message)
        if (self.short_code is None) != (self.office_id is None):
            message = "give short_code with office_id"
            raise ValueError(message)
        return self


class CheckInView(BodyModel):
    """How it ended."""

    result: Literal["ok", "refused"]
    reason: Refusal | None
    appointment: DeskAppointment | None


@routes.get(
    "/v1/admin/offices/{office_id}/appointments",
    auth=auth.staff("clerk", "supervisor", "auditor", "admin"),
    body=BoardQuery,
    response=DeskAppointmentList,
    errors=[InvalidCursor],
)
def board(request: Request[BoardQuery], office_id: str) -> DeskAppointmentList:
    """Show a day's appointments of a hall by time; names are in it only where one looks for them.

    Whose name is shown learns that staff looked.
    """
    asked = request.input
    day = asked.date_ or office_time(request.now).date()
    scope = f"board/{request.staff.staff_id}/{office_id}/{day}/{asked.status}/{asked.service_id}"
    if asked.query:
        scope = f"{scope}/{asked.query}"
    board_ = Board(office_id, day, asked.status, asked.service_id)

    def page_from(position: str | None) -> Page[Visit]:
        if asked.query:
            limit = asked.limit
            return search(request.staff, board_, asked.query, position, limit, request.now)
        page = list_day(request.staff, board_, position, asked.limit)
        return page.map(Visit)

    page = dependencies.cursors().page(scope, asked.cursor, page_from)
    items = [desk_appointment(one, request.lang) for one in page.items]
    return DeskAppointmentList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/admin/appointments/{appointment_id}",
    auth=auth.staff("clerk", "supervisor", "admin"),
    response=DeskAppointment,
)
def show(request: Request[QueryModel], appointment_id: str) -> DeskAppointment:
    """Show somebody's appointment with their name; they learn that staff looked."""
    return desk_appointment(
        reception.show(request.staff, appointment_id, request.now), request.lang
    )


@routes.post(
    "/v1/admin/checkins",
    auth=auth.staff_or_device("clerk", "supervisor", "admin"),
    body=Scanned,
    response=CheckInView,
    errors=[NotFound, TooManyRequests],
    idempotent=True,
)
def check_in(request: Request[Scanned]) -> Response:
    """Check somebody in and give a ticket number; a device does so by pass or short code alone."""
    scanned, staff = request.input, request.staff
    author = Author(staff.actor, request.now, request.attempt)
    if staff.is_device:
        return _at_device(request, author)
    override = scanned.override.reason if scanned.override else None
    if scanned.pass_ is not None:
        done = checkin.check_in_by_pass(staff, scanned.pass_, author, override)
    elif scanned.short_code is not None:
        office_id = scanned.office_id or ""
        done = checkin.check_in_by_code(staff, office_id, scanned.short_code, author, override)
    else:
        done = checkin.check_in_by_id(staff, scanned.appointment_id or "", author, override)
    return replayed(_ended(done, request.lang), again=done.replayed)


def _at_device(request: Request[Scanned], author: Author) -> Response:
    """Check in at a device; raises Forbidden for what only staff decide."""
    scanned, device = request.input, request.staff
    if scanned.override or scanned.appointment_id:
        raise Forbidden
    if scanned.pass_ is not None:
        done = kiosk.check_in_by_pass(device, scanned.pass_, author)
    else:
        code = scanned.short_code or ""
        done = kiosk.check_in_by_code(device, scanned.office_id or "", code, author)
    ended = _ended(done, request.lang)
    visit = ended.appointment
    shown = ended.model_copy(update={"appointment": visit and without_person(visit)})
    return replayed(shown, again=done.replayed)


def _ended(done: CheckIn, lang: Lang) -> CheckInView:
    visit = Visit(done.appointment) if done.appointment else None
    return CheckInView(
        result="refused" if done.reason else "ok",
        reason=done.reason,
        appointment=desk_appointment(visit, lang) if visit else None,
    )
