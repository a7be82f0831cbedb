"""The routes of staff: the day's board and check-in."""

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from chalicelib.appointments import hall
from chalicelib.appointments.domain import Refusal, Status
from chalicelib.appointments.views import AppointmentList, AppointmentView, appointment_view
from chalicelib.core import auth, wiring
from chalicelib.core.calls import Call, Model, Query
from chalicelib.core.clock import office_time
from chalicelib.core.errors import InvalidCursor, NotFound
from chalicelib.core.web import Routes

routes: Final = Routes(__name__, "admin_appointments")


class BoardQuery(Query):
    """Which day (today without), and which of its appointments."""

    date_: Annotated[date | None, Field(alias="date")] = None
    status: Status | None = None
    service_id: Annotated[str, StringConstraints(max_length=64)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class Scanned(Model):
    """A pass, or an appointment's id; exactly one of them."""

    pass_: Annotated[str | None, Field(alias="pass", max_length=1000)] = None
    appointment_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.pass_ is None) == (self.appointment_id is None):
            message = "give either pass or appointment_id"
            raise ValueError(message)
        return self


class CheckInView(Model):
    """How it ended."""

    result: Literal["ok", "refused"]
    reason: Refusal | None
    appointment: AppointmentView | None


@routes.get(
    "/v1/admin/offices/{office_id}/appointments",
    auth=auth.staff("clerk", "supervisor", "auditor", "admin"),
    takes=BoardQuery,
    answers=AppointmentList,
    problems=[InvalidCursor],
)
def board(call: Call[BoardQuery], office_id: str) -> AppointmentList:
    """Show a day's appointments of a hall by time; no personal data is in them."""
    asked, cursors = call.input, wiring.cursors()
    day = asked.date_ or office_time(call.now).date()
    scope = f"board/{call.staff.staff_id}/{office_id}/{day}/{asked.status}/{asked.service_id}"
    position = cursors.open(scope, asked.cursor)
    page = hall.board(
        call.staff, office_id, day, asked.status, asked.service_id, position, asked.limit
    )
    items = [appointment_view(found, call.lang) for found in page.items]
    return AppointmentList(items=items, next_cursor=cursors.seal(scope, page.next_position))


@routes.post(
    "/v1/admin/checkins",
    auth=auth.staff("clerk", "supervisor", "admin"),
    takes=Scanned,
    answers=CheckInView,
    problems=[NotFound],
)
def check_in(call: Call[Scanned]) -> CheckInView:
    """Check somebody in and give a ticket number."""
    given = call.input
    if given.pass_ is not None:
        done = hall.check_in_by_pass(call.staff, given.pass_, call.now)
    else:
        done = hall.check_in_by_id(call.staff, given.appointment_id or "", call.now)
    return CheckInView(
        result="refused" if done.reason else "ok",
        reason=done.reason,
        appointment=appointment_view(done.appointment, call.lang) if done.appointment else None,
    )
