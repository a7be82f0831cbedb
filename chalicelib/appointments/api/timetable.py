"""The routes of a hall's timetable: opening hours, counters and closures."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from chalicelib.appointments.api.views import AppointmentView, appointment_view
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.service import lookup, slot_alignment, timetable_effects
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES, Closure, Hours, Office
from chalicelib.catalogue.service import timetable
from chalicelib.core import auth
from chalicelib.core.errors import StaleVersion
from chalicelib.core.http_messages import BodyModel, Day, QueryModel, Request, Response, replayed
from chalicelib.core.routes import Routes
from chalicelib.core.text import text

routes: Final = Routes("admin_timetable")


def _in_order(spans: list[tuple[str, str]]) -> list[tuple[str, str]]:
    moments = [moment for span in spans for moment in span]
    if moments != sorted(set(moments)):
        message = "spans must be in order and must not overlap"
        raise ValueError(message)
    return spans


_LONGEST: Final = timedelta(days=366)
ReadOnly = Annotated[object, Field(json_schema_extra={"readOnly": True})]
Moment = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Span = Annotated[tuple[Moment, Moment], Field(strict=False)]
Spans = Annotated[list[Span], Field(max_length=6), AfterValidator(_in_order)]


class Timetable(BodyModel):
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


class Preview(QueryModel):
    """Whether only to show what a change would do; nothing is changed then."""

    preview: bool = False


class NewClosure(BodyModel):
    """A time in which the hall, or its counters of one category, stays closed.

    It lasts from `from_time` of the first day until `to_time` of the last; without them from the
    day's beginning, and until its end.
    """

    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="to")]
    from_time: Moment | None = None
    to_time: Moment | None = None
    category: Literal[tuple(CATEGORIES)] | None = None  # type: ignore[valid-type]
    reason: Annotated[str, text(200)]
    cancel_affected: bool = False

    @field_validator("last")
    @classmethod
    def _ends_after(cls, last: date, known: ValidationInfo) -> date:
        first = known.data.get("first", last)
        if last < first:
            raise PydanticCustomError("not_in_order", "to is before from")
        if last - first > _LONGEST:
            raise PydanticCustomError("too_long_a_time", "a closure is no longer than a year")
        return last

    @field_validator("to_time")
    @classmethod
    def _ends_later(cls, to_time: str | None, known: ValidationInfo) -> str | None:
        first, last, from_time = (known.data.get(name) for name in ("first", "last", "from_time"))
        if to_time and first and first == last and to_time <= (from_time or "00:00"):
            raise PydanticCustomError("not_in_order", "to_time is not after from_time")
        return to_time


class ClosureView(BodyModel):
    """A time in which the hall, or its counters of one category, stays closed.

    It lasts from `from_time` of the first day until `to_time` of the last; null is the day's
    beginning, and its end.
    """

    closure_id: str
    first: Annotated[str, Field(alias="from")]
    last: Annotated[str, Field(alias="to")]
    from_time: str | None
    to_time: str | None
    category: str | None
    reason: str


class ScheduleView(BodyModel):
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
    response=ScheduleView,
)
def show_schedule(request: Request[QueryModel], office_id: str) -> ScheduleView:
    """Show a hall's opening hours, counters and closures."""
    lookup.check_office(request.staff, office_id)
    return _schedule(catalogue.office(office_id), (), request)


@routes.put(
    "/v1/admin/offices/{office_id}/schedule",
    auth=auth.staff("supervisor", "admin"),
    body=Timetable,
    query=Preview,
    response=ScheduleView,
    errors=[StaleVersion],
)
def change_schedule(request: Request[Timetable], office_id: str) -> ScheduleView:
    """Change opening hours and counters, and say which bookings no longer fit."""
    lookup.check_office(request.staff, office_id)
    asked = request.input
    weekdays, saturday = ([list(span) for span in day] for day in (asked.weekdays, asked.saturday))
    change = timetable.with_hours(weekdays, saturday, asked.counters)
    if request.asked(Preview).preview:
        return _previewed(office_id, change, request)
    office = timetable.change_hours(
        office_id, change, asked.version, request.staff.actor, request.now
    )
    return _realigned(office, cancel=asked.cancel_affected, request=request)


@routes.post(
    "/v1/admin/offices/{office_id}/closures",
    auth=auth.staff("supervisor", "admin"),
    body=NewClosure,
    query=Preview,
    response=ScheduleView,
    status=201,
    idempotent=True,
)
def close(request: Request[NewClosure], office_id: str) -> Response:
    """Close a hall or one category for a time, and say which bookings that affects."""
    lookup.check_office(request.staff, office_id)
    closure, before = _asked(request), catalogue.office(office_id).closures
    if request.asked(Preview).preview:
        change = timetable.with_closure(closure)
        return Response(_previewed(office_id, change, request), status=200)
    office = timetable.close(office_id, closure, request.staff.actor, request.now)
    view = _realigned(office, cancel=request.input.cancel_affected, request=request)
    again = any(known.closure_id == closure.closure_id for known in before)
    return replayed(view, again=again)


@routes.delete(
    "/v1/admin/offices/{office_id}/closures/{closure_id}",
    auth=auth.staff("supervisor", "admin"),
    response=ScheduleView,
)
def reopen(request: Request[QueryModel], office_id: str, closure_id: str) -> ScheduleView:
    """Take a closure back."""
    lookup.check_office(request.staff, office_id)
    office = timetable.reopen(office_id, closure_id, request.staff.actor, request.now)
    return _realigned(office, cancel=False, request=request)


def _asked(request: Request[NewClosure]) -> Closure:
    asked, closure_id = request.input, timetable.closure_id(request.attempt)
    begin, end = (
        time.fromisoformat(moment) if moment else None
        for moment in (asked.from_time, asked.to_time)
    )
    about = asked.first, asked.last, asked.reason, begin, end, asked.category
    return Closure(closure_id, *about, request.attempt.fingerprint)


def _previewed(office_id: str, change: timetable.Change, request: Request[Any]) -> ScheduleView:
    office = timetable.planned(office_id, change)
    return _schedule(office, slot_alignment.preview(office, request.now), request)


def _realigned(office: Office, *, cancel: bool, request: Request[Any]) -> ScheduleView:
    affected = timetable_effects.settle(request.staff.actor, office, request.now, cancel=cancel)
    return _schedule(office, affected, request)


def _schedule(
    office: Office, affected: Sequence[Appointment], request: Request[Any]
) -> ScheduleView:
    return ScheduleView(
        office_id=office.office_id,
        weekdays=_spans(office.weekdays),
        saturday=_spans(office.saturday),
        counters=dict(office.counters),
        closures=[_closure(closure) for closure in office.closures],
        version=timetable.version_of(office.office_id),
        affected=[appointment_view(one, request.lang) for one in affected],
    )


def _spans(hours: Hours) -> list[list[str]]:
    return [[f"{begin:%H:%M}", f"{end:%H:%M}"] for begin, end in hours]


def _closure(closure: Closure) -> ClosureView:
    return ClosureView.model_validate(
        {
            "closure_id": closure.closure_id,
            "from": str(closure.first),
            "to": str(closure.last),
            "from_time": f"{closure.from_time:%H:%M}" if closure.from_time else None,
            "to_time": f"{closure.to_time:%H:%M}" if closure.to_time else None,
            "category": closure.category,
            "reason": closure.reason,
        }
    )
