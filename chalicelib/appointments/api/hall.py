"""The routes of a hall's queue: tickets, calls, and each step of a visit."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from chalicelib.appointments.api.views import (
    DeskAppointment,
    DeskAppointmentList,
    desk_appointment,
)
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.booking_limits import AlreadyBooked
from chalicelib.appointments.domain.queue import Counter, QueueEmpty, Step, StepRequest
from chalicelib.appointments.service import queue
from chalicelib.core import auth
from chalicelib.core.changes import Applied
from chalicelib.core.errors import StaleVersion, WrongStatus
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    QueryModel,
    Reason,
    Request,
    Response,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.text import text

routes: Final = Routes("admin_queue")


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
    "/v1/admin/offices/{office_id}/queue",
    auth=auth.staff("clerk", "supervisor", "auditor", "admin"),
    response=DeskAppointmentList,
)
def waiting(request: Request[QueryModel], office_id: str) -> DeskAppointmentList:
    """Show who is in the hall now: called, being served, and waiting in order."""
    present = queue.waiting(request.staff, office_id, request.now)
    items = [desk_appointment(one, request.lang) for one in present]
    return DeskAppointmentList(items=items, next_cursor=None)


@routes.post(
    "/v1/admin/offices/{office_id}/tickets",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=WalkIn,
    response=DeskAppointment,
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
    response=DeskAppointment,
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
        response=DeskAppointment,
        errors=[WrongStatus, StaleVersion, AlreadyBooked],
        idempotent=True,
    )(view)


@routes.post(
    "/v1/admin/appointments/{appointment_id}/void",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=Reason,
    response=DeskAppointment,
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
    response=DeskAppointment,
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
    return replayed(desk_appointment(applied.new, request.lang), again=applied.replayed)


_STEP_SUMMARIES: Final[Mapping[Step, str]] = {
    "recall": "Call somebody again",
    "start": "Begin to serve somebody",
    "fulfil": "Note that somebody was served",
    "no-show": "Note that somebody did not come",
    "undo": "Take the last step back",
}
for _step in _STEP_SUMMARIES:
    _add_step(_step)
