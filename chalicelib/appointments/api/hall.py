"""The routes of a hall's queue: tickets, calls, and each step of a visit."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self
from urllib.parse import unquote

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from chalicelib.appointments.api.staff_views import (
    DeskAppointment,
    DeskAppointmentList,
    desk_appointment,
)
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.booking_limits import AlreadyBooked
from chalicelib.appointments.domain.calling_order import (
    Counter,
    CounterBusy,
    CounterClosed,
    Priority,
)
from chalicelib.appointments.domain.queue_steps import CallRequest, QueueEmpty, Step, StepRequest
from chalicelib.appointments.service import calls, lookup, queue
from chalicelib.appointments.service.queue import TicketRequest
from chalicelib.appointments.service.reception import Visit
from chalicelib.core import auth
from chalicelib.core.changes import Applied
from chalicelib.core.errors import StaleVersion, WrongStatus, unknown
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    QueryModel,
    Reason,
    Request,
    Response,
    WholeList,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.text import Written, read_label

routes: Final = Routes("admin_queue")

CounterName = Annotated[str, Written(read_label, 1, 20)]


class WalkIn(BodyModel):
    """What somebody without a booking came for, and why they are called before others."""

    service_id: Id
    # JSON has no enums: its words are read as one.
    priority: Annotated[Priority, Field(strict=False)] = Priority.NONE


class FreeCounter(BodyModel):
    """Which counter calls; with `service_id` only those whom that service's counters serve.

    With `fulfil` whoever is at the counter has been served.
    """

    counter: CounterName
    service_id: Id | None = None
    fulfil: bool = False


class CounterChange(BodyModel):
    """Whether a counter is open today, and which categories it serves: all, when none is named."""

    open: bool
    categories: Annotated[list[Id], Field(min_length=1, max_length=50)] | None = None


class CounterView(BodyModel):
    """A counter of today; `appointment_id` is of who was called there last."""

    counter: str
    open: bool
    categories: list[str] | None
    appointment_id: str | None
    ticket_number: str | None


class CounterList(WholeList):
    """The counters that were set today, or have called somebody."""

    items: list[CounterView]


class Destination(BodyModel):
    """Where somebody is sent: to a category's counters, or to one counter."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"counter": "3"}]})

    category: Id | None = None
    counter: CounterName | None = None
    version: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.category is None) == (self.counter is None):
            message = "give either category or counter"
            raise ValueError(message)
        return self


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
    items = [desk_appointment(Visit(one), request.lang) for one in present]
    return DeskAppointmentList(items=items, next_cursor=None)


@routes.post(
    "/v1/admin/offices/{office_id}/tickets",
    auth=auth.staff_or_device("clerk", "supervisor", "admin"),
    body=WalkIn,
    response=DeskAppointment,
    status=201,
    idempotent=True,
)
def join(request: Request[WalkIn], office_id: str) -> Response:
    """Let a walk-in join the queue."""
    lookup.check_office(request.staff, office_id)
    asked = TicketRequest(office_id, request.input.service_id, request.input.priority)
    return _answer(queue.join(request.staff.actor, asked, request.attempt, request.now), request)


@routes.post(
    "/v1/admin/offices/{office_id}/queue/next",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=FreeCounter,
    response=DeskAppointment,
    errors=[QueueEmpty, CounterBusy, CounterClosed],
    idempotent=True,
)
def call_next(request: Request[FreeCounter], office_id: str) -> Response:
    """Call the next one to a counter, never the same to two."""
    asked = request.input
    call = CallRequest(office_id, asked.counter, asked.service_id, asked.fulfil)
    return _answer(calls.call_next(request.staff, call, request.attempt, request.now), request)


@routes.get(
    "/v1/admin/offices/{office_id}/counters",
    auth=auth.staff("clerk", "supervisor", "auditor", "admin"),
    response=CounterList,
)
def list_counters(request: Request[QueryModel], office_id: str) -> CounterList:
    """Show the counters that were set today, or have called somebody."""
    known = calls.counters_of(request.staff, office_id, request.now)
    items = [_counter(known[name]) for name in sorted(known)]
    return CounterList(items=items, next_cursor=None)


@routes.put(
    "/v1/admin/offices/{office_id}/counters/{counter}",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=CounterChange,
    response=CounterView,
)
def set_counter(request: Request[CounterChange], office_id: str, counter: str) -> CounterView:
    """Open or close a counter for today, and say what it serves; who is there stays there."""
    asked = request.input
    categories = frozenset(asked.categories) if asked.categories else None
    wanted = Counter(_name(counter), asked.open, categories)
    return _counter(calls.set_counter(request.staff, office_id, wanted, request.now))


@routes.post(
    "/v1/admin/appointments/{appointment_id}/park",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=Seen,
    response=DeskAppointment,
    errors=[WrongStatus, StaleVersion],
    idempotent=True,
)
def park(request: Request[Seen], appointment_id: str) -> Response:
    """Let somebody wait until three others of the category were called."""
    version = request.input.version
    parked = queue.park(request.staff, appointment_id, version, request.attempt, request.now)
    return _answer(parked, request)


@routes.post(
    "/v1/admin/appointments/{appointment_id}/transfer",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=Destination,
    response=DeskAppointment,
    errors=[WrongStatus, StaleVersion],
    idempotent=True,
)
def transfer(request: Request[Destination], appointment_id: str) -> Response:
    """Send somebody to other counters, where the place by arrival is kept."""
    to = request.input
    asked = StepRequest("transfer", to.version, category=to.category, counter=to.counter)
    sent = queue.transfer(request.staff, appointment_id, asked, request.attempt, request.now)
    return _answer(sent, request)


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


def _name(counter: str) -> str:
    """Return a counter's name as bodies have it; raises InvalidRequest."""
    try:
        return TypeAdapter[str](CounterName).validate_python(unquote(counter))
    except ValidationError as error:
        raise unknown("/counter") from error


def _counter(counter: Counter) -> CounterView:
    return CounterView(
        counter=counter.name,
        open=counter.open,
        categories=sorted(counter.categories) if counter.categories else None,
        appointment_id=counter.appointment_id,
        ticket_number=counter.ticket,
    )


def _done(request: Request[Any], appointment_id: str, asked: StepRequest) -> Response:
    stepped = queue.step(request.staff, appointment_id, asked, request.attempt, request.now)
    return _answer(stepped, request)


def _answer(applied: Applied[Appointment], request: Request[Any]) -> Response:
    return replayed(desk_appointment(Visit(applied.new), request.lang), again=applied.replayed)


_STEP_SUMMARIES: Final[Mapping[Step, str]] = {
    "recall": "Call somebody again",
    "start": "Begin to serve somebody",
    "fulfil": "Note that somebody was served",
    "no-show": "Note that somebody did not come",
    "undo": "Take the last step back",
}
for _step in _STEP_SUMMARIES:
    _add_step(_step)
