"""The routes of a hall's timetable: opening hours, counters and closures."""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from chalicelib.appointments import hall, realign
from chalicelib.appointments.realign import Realigned
from chalicelib.appointments.views import AppointmentView, appointment_view
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue import timetable
from chalicelib.catalogue.domain import CATEGORIES, Closure, Hours, Office
from chalicelib.core import auth
from chalicelib.core.calls import Call, Day, Model, Query, Reply, replayed
from chalicelib.core.errors import StaleVersion
from chalicelib.core.text import text
from chalicelib.core.web import Routes

routes: Final = Routes("admin_timetable")


def _in_order(spans: list[tuple[str, str]]) -> list[tuple[str, str]]:
    moments = [moment for span in spans for moment in span]
    if moments != sorted(set(moments)):
        message = "spans must be in order and must not overlap"
        raise ValueError(message)
    return spans


ReadOnly = Annotated[object, Field(json_schema_extra={"readOnly": True})]
Moment = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Span = Annotated[tuple[Moment, Moment], Field(strict=False)]
Spans = Annotated[list[Span], Field(max_length=6), AfterValidator(_in_order)]


class Timetable(Model):
    """Opening hours, one span after another, and how many counters serve each category.

    Categories left out keep their counters. `cancel_affected` cancels the bookings that no longer
    fit; without it they stand, and the answer names them. What GET answers can be sent back: the
    fields that are read only are left alone.
    """

    weekdays: Spans
    saturday: Spans
    counters: dict[Literal[tuple(CATEGORIES)], Annotated[int, Field(ge=0, le=200)]]  # type: ignore[valid-type]
    version: Annotated[int, Field(ge=0)] | None = None
    cancel_affected: bool = False
    office_id: ReadOnly = None
    closures: ReadOnly = None
    affected: ReadOnly = None


class NewClosure(Model):
    """Days on which the hall stays closed; both ends count."""

    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="to")]
    reason: Annotated[str, text(200)]
    cancel_affected: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not timedelta(0) <= self.last - self.first <= timedelta(days=366):
            message = "from must not be after to, and a closure is no longer than a year"
            raise ValueError(message)
        return self


class ClosureView(Model):
    """Days on which the hall stays closed."""

    closure_id: str
    first: Annotated[str, Field(alias="from")]
    last: Annotated[str, Field(alias="to")]
    reason: str


class ScheduleView(Model):
    """A hall's timetable; `affected` are bookings that no longer fit it."""

    office_id: str
    weekdays: list[list[str]]
    saturday: list[list[str]]
    counters: dict[str, int]
    closures: list[ClosureView]
    version: int
    affected: list[AppointmentView]


@routes.get(
    "/v1/admin/offices/{office_id}/schedule",
    auth=auth.staff("clerk", "supervisor", "auditor", "admin"),
    answers=ScheduleView,
)
def show_schedule(call: Call[Query], office_id: str) -> ScheduleView:
    """Show a hall's opening hours, counters and closures."""
    hall.check_office(call.staff, office_id)
    return _schedule(catalogue.office(office_id), None, call)


@routes.put(
    "/v1/admin/offices/{office_id}/schedule",
    auth=auth.staff("supervisor", "admin"),
    takes=Timetable,
    answers=ScheduleView,
    problems=[StaleVersion],
)
def change_schedule(call: Call[Timetable], office_id: str) -> ScheduleView:
    """Change opening hours and counters, and say which bookings no longer fit."""
    hall.check_office(call.staff, office_id)
    asked = call.input
    office = timetable.change_hours(
        office_id,
        [list(span) for span in asked.weekdays],
        [list(span) for span in asked.saturday],
        asked.counters,
        asked.version,
        call.staff.actor,
        call.now,
    )
    return _realigned(office, cancel=asked.cancel_affected, call=call)


@routes.post(
    "/v1/admin/offices/{office_id}/closures",
    auth=auth.staff("supervisor", "admin"),
    takes=NewClosure,
    answers=ScheduleView,
    status=201,
    creates=True,
)
def close(call: Call[NewClosure], office_id: str) -> Reply:
    """Close a hall for some days, and say which bookings that hits."""
    hall.check_office(call.staff, office_id)
    asked, before = call.input, catalogue.office(office_id).closures
    office, closure_id = timetable.close(
        office_id, asked.first, asked.last, asked.reason, call.attempt, call.staff.actor, call.now
    )
    view = _realigned(office, cancel=asked.cancel_affected, call=call)
    again = any(closure.closure_id == closure_id for closure in before)
    location = f"/v1/admin/offices/{office_id}/closures/{closure_id}"
    return replayed(view, again=again, headers={"Location": location})


@routes.delete(
    "/v1/admin/offices/{office_id}/closures/{closure_id}",
    auth=auth.staff("supervisor", "admin"),
    answers=ScheduleView,
)
def reopen(call: Call[Query], office_id: str, closure_id: str) -> ScheduleView:
    """Take a closure back."""
    hall.check_office(call.staff, office_id)
    office = timetable.reopen(office_id, closure_id, call.staff.actor, call.now)
    return _realigned(office, cancel=False, call=call)


def _realigned(office: Office, *, cancel: bool, call: Call[Any]) -> ScheduleView:
    done = realign.realign(office.office_id, call.now)
    if cancel:
        realign.cancel_hit(call.staff.actor, done.hit, office.closures, call.now)
        # What was booked at times that are closed now is in nobody's way any more.
        realign.realign(office.office_id, call.now)
    return _schedule(office, done, call)


def _schedule(office: Office, done: Realigned | None, call: Call[Any]) -> ScheduleView:
    return ScheduleView(
        office_id=office.office_id,
        weekdays=_spans(office.weekdays),
        saturday=_spans(office.saturday),
        counters=dict(office.counters),
        closures=[_closure(closure) for closure in office.closures],
        version=timetable.version_of(office.office_id),
        affected=[appointment_view(hit, call.lang) for hit in done.hit] if done else [],
    )


def _spans(hours: Hours) -> list[list[str]]:
    return [[f"{begin:%H:%M}", f"{end:%H:%M}"] for begin, end in hours]


def _closure(closure: Closure) -> ClosureView:
    return ClosureView.model_validate(
        {
            "closure_id": closure.closure_id,
            "from": str(closure.first),
            "to": str(closure.last),
            "reason": closure.reason,
        }
    )
