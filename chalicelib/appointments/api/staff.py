"""The routes of staff: the day's board, check-in and the queue."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from chalicelib.appointments.api.views import AppointmentList, AppointmentView, appointment_view
from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus, Refusal
from chalicelib.appointments.domain.booking_limits import AlreadyBooked
from chalicelib.appointments.domain.queue import Counter, QueueEmpty, Step, StepRequest
from chalicelib.appointments.service import checkin, queue
from chalicelib.appointments.service.board import Board, list_day
from chalicelib.core import auth, dependencies
from chalicelib.core.changes import Applied
from chalicelib.core.clock import office_time
from chalicelib.core.errors import InvalidCursor, NotFound, StaleVersion, WrongStatus
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
from chalicelib.core.routes import Routes
from chalicelib.core.text import text

routes: Final = Routes("admin_appointments")


class BoardQuery(QueryModel):
    """Which day (today without), and which of its appointments."""

    date_: Annotated[Day | None, Field(alias="date")] = None
    status: AppointmentStatus | None = None
    service_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class Scanned(BodyModel):
    """A pass, or an appointment's id; exactly one of them.

    `override` lets somebody in who is early or late, and says why.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"appointment_id": "a7Kq2mX9bT4c"}]})

    pass_: Annotated[Token | None, Field(alias="pass", max_length=1000)] = None
    appointment_id: Id | None = None

    override: Reason | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.pass_ is None) == (self.appointment_id is None):
            message = "give either pass or appointment_id"
            raise ValueError(message)
        return self


class CheckInView(BodyModel):
    """How it ended."""

    result: Literal["ok", "refused"]
    reason: Refusal | None
    appointment: AppointmentView | None


class WalkIn(BodyModel):
    """What somebody without a booking came for."""

    service_id: Id


class FreeCounter(BodyModel):
    """Which counter is free; with `service_id` only for those whom its counters serve."""

    counter: Annotated[str, text(20)]
    service_id: Id | None = None


class Seen(BodyModel):
    """The version that the member of staff saw, if it matters to them."""

    version: Annotated[int, Field(ge=1)] | None = None


@routes.get(
    "/v1/admin/offices/{office_id}/appointments",
    auth=auth.staff("clerk", "supervisor", "auditor", "admin"),
    body=BoardQuery,
    response=AppointmentList,
    errors=[InvalidCursor],
)
def board(request: Request[BoardQuery], office_id: str) -> AppointmentList:
    """Show a day's appointments of a hall by time; no personal data is in them."""
    asked = request.input
    day = asked.date_ or office_time(request.now).date()
    scope = f"board/{request.staff.staff_id}/{office_id}/{day}/{asked.status}/{asked.service_id}"
    board_ = Board(office_id, day, asked.status, asked.service_id)
    page = dependencies.cursors().page(
        scope,
        asked.cursor,
        lambda position: list_day(request.staff, board_, position, asked.limit),
    )
    items = [appointment_view(one, request.lang) for one in page.items]
    return AppointmentList(items=items, next_cursor=page.next_cursor)


@routes.post(
    "/v1/admin/checkins",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=Scanned,
    response=CheckInView,
    errors=[NotFound],
)
def check_in(request: Request[Scanned]) -> CheckInView:
    """Check somebody in and give a ticket number."""
    scanned = request.input
    override = scanned.override.reason if scanned.override else None
    if scanned.pass_ is not None:
        done = checkin.check_in_by_pass(request.staff, scanned.pass_, request.now, override)
    else:
        done = checkin.check_in_by_id(
            request.staff, scanned.appointment_id or "", request.now, override
        )
    return CheckInView(
        result="refused" if done.reason else "ok",
        reason=done.reason,
        appointment=appointment_view(done.appointment, request.lang) if done.appointment else None,
    )


@routes.get(
    "/v1/admin/offices/{office_id}/queue",
    auth=auth.staff("clerk", "supervisor", "auditor", "admin"),
    response=AppointmentList,
)
def waiting(request: Request[QueryModel], office_id: str) -> AppointmentList:
    """Show who is in the hall now: called, being served, and waiting in order."""
    present = queue.waiting(request.staff, office_id, request.now)
    items = [appointment_view(one, request.lang) for one in present]
    return AppointmentList(items=items, next_cursor=None)


@routes.post(
    "/v1/admin/offices/{office_id}/tickets",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=WalkIn,
    response=AppointmentView,
    status=201,
    idempotent=True,
)
def join(request: Request[WalkIn], office_id: str) -> Response:
    """Let a walk-in join the queue."""
    joined = queue.join(
        request.staff, office_id, request.input.service_id, request.attempt, request.now
    )
    return _answer(joined, request)


@routes.post(
    "/v1/admin/offices/{office_id}/queue/next",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=FreeCounter,
    response=AppointmentView,
    errors=[QueueEmpty],
    idempotent=True,
)
def call_next(request: Request[FreeCounter], office_id: str) -> Response:
    """Call the next one to a counter, never the same to two."""
    counter = Counter(office_id, request.input.counter, request.input.service_id)
    called = queue.call_next(request.staff, counter, request.attempt, request.now)
    return _answer(called, request)


def _add_step(step: Step) -> None:
    """Declare the route of one step of the queue."""

    def view(request: Request[Seen], appointment_id: str) -> Response:
        """Do one step with somebody in the hall."""
        asked = StepRequest(step, request.input.version)
        return _done(request, appointment_id, asked)

    view.__name__ = step.replace("-", "_")
    view.__doc__ = f"{_STEP_SUMMARIES[step]}."
    routes.post(
        f"/v1/admin/appointments/{{appointment_id}}/{step}",
        auth=auth.staff("clerk", "supervisor", "admin"),
        body=Seen,
        response=AppointmentView,
        errors=[WrongStatus, StaleVersion, AlreadyBooked],
        idempotent=True,
    )(view)


@routes.post(
    "/v1/admin/appointments/{appointment_id}/void",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=Reason,
    response=AppointmentView,
    errors=[WrongStatus],
    idempotent=True,
)
def void(request: Request[Reason], appointment_id: str) -> Response:
    """Take back a walk-in's ticket that was issued by mistake."""
    return _done(request, appointment_id, StepRequest("void", reason=request.input.reason))


@routes.post(
    "/v1/admin/appointments/{appointment_id}/excuse",
    auth=auth.staff("supervisor", "admin"),
    body=Reason,
    response=AppointmentView,
    errors=[WrongStatus],
    idempotent=True,
)
def excuse(request: Request[Reason], appointment_id: str) -> Response:
    """Take back the strike of somebody who did not come."""
    excused = queue.excuse(
        request.staff, appointment_id, request.input.reason, request.attempt, request.now
    )
    return _answer(excused, request)


def _done(request: Request[Any], appointment_id: str, asked: StepRequest) -> Response:
    stepped = queue.step(request.staff, appointment_id, asked, request.attempt, request.now)
    return _answer(stepped, request)


def _answer(applied: Applied[Appointment], request: Request[Any]) -> Response:
    return replayed(appointment_view(applied.new, request.lang), again=applied.replayed)


_STEP_SUMMARIES: Final[Mapping[Step, str]] = {
    "recall": "Call somebody again",
    "start": "Begin to serve somebody",
    "fulfil": "Note that somebody was served",
    "no-show": "Note that somebody did not come",
    "undo": "Take the last step back",
}
for _step in _STEP_SUMMARIES:
    _add_step(_step)
