"""The routes of booking: what is free, book, move, cancel, pass, calendar."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import Field

from chalicelib.appointments import domain, feed, own, passes, queue, schedule, service
from chalicelib.appointments.domain import HORIZON_DAYS, Appointment, Status
from chalicelib.appointments.schedule import Free
from chalicelib.appointments.service import Wanted
from chalicelib.appointments.views import AppointmentList, AppointmentView, appointment_view
from chalicelib.catalogue import service as catalogue
from chalicelib.core import auth, negotiation, qr, wiring
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.errors import (
    FieldError,
    InvalidCursor,
    InvalidQuery,
    NotAcceptable,
    NotFound,
    Problem,
    WrongStatus,
)
from chalicelib.core.http_messages import (
    BodyModel,
    Day,
    Explanation,
    Id,
    QueryModel,
    Request,
    Response,
    replayed,
)
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.web import Routes

routes: Final = Routes("appointments")

_BEST_FIRST: Final[tuple[schedule.SlotState, ...]] = ("open", "reserved", "full")
_PASS_MEDIA: Final = ("application/json", *qr.MEDIA)
_NO_SUCH_SERVICE: Final = Text("没有此事项", "There is no such service")
_CHANGE_PROBLEMS: Final[tuple[type[Problem], ...]] = (domain.TooLate, WrongStatus)
_BOOK_PROBLEMS: Final[tuple[type[Problem], ...]] = (
    domain.SlotFull,
    domain.SlotClosed,
    domain.AlreadyBooked,
    domain.TooManyActive,
    domain.TooManyChanges,
    domain.BookingSuspended,
    domain.TimeConflict,
)


class AvailabilityQuery(QueryModel):
    """For which service, from which day (today without), and how many days."""

    service_id: Id
    from_: Annotated[Day | None, Field(alias="from")] = None
    days: Annotated[int, Field(ge=1, le=31)] = 7


class SlotView(BodyModel):
    """A slot and what is left of it; of one that is `reserved`, when to look again."""

    slot_id: str
    start: str
    end: str
    capacity: int
    remaining: int
    state: schedule.SlotState
    retry_at: str | None


class DayView(BodyModel):
    """A day's slots; the day's state is the best of theirs."""

    date: date
    state: schedule.SlotState
    retry_at: str | None
    slots: list[SlotView]


class Availability(BodyModel):
    """Days, and the first on which something is free."""

    days: list[DayView]
    next_bookable_date: date | None


class Booking(BodyModel):
    """What to book."""

    service_id: Id
    office_id: Id
    slot_id: Id
    for_member: Id | None = None


class Rescheduling(BodyModel):
    """Where to move."""

    slot_id: Id


class MineQuery(QueryModel):
    """Which of one's own appointments."""

    status: Status | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class PositionView(BodyModel):
    """Where one stands in the hall; the numbers are null before check-in and after the end."""

    status: domain.Status
    ahead: int | None
    estimated_wait_minutes: int | None
    counter: str | None


class PassView(BodyModel):
    """A signed pass, until when it opens the door, and the name of the family whom it is for."""

    pass_: Annotated[str, Field(serialization_alias="pass")]
    valid_until: str
    for_name: str | None = None


@routes.get(
    "/v1/offices/{office_id}/availability",
    auth=auth.public,
    body=AvailabilityQuery,
    response=Availability,
    cacheable_seconds=2,
)
def availability(request: Request[AvailabilityQuery], office_id: str) -> Availability:
    """Show what is free at a hall for a service."""
    asked = request.input
    category = _category(office_id, asked.service_id)
    first = asked.from_ or office_time(request.now).date()
    found = schedule.days(office_id, category, first, asked.days, request.now)
    return Availability(
        days=[_day(day, slots) for day, slots in found.items()],
        next_bookable_date=_next(found, office_id, category, request),
    )


@routes.post(
    "/v1/appointments",
    auth=auth.citizen,
    body=Booking,
    response=AppointmentView,
    status=201,
    errors=_BOOK_PROBLEMS,
    idempotent=True,
)
def book(request: Request[Booking]) -> Response:
    """Book a seat."""
    wanted = Wanted(**request.input.model_dump())
    found, again = service.book(request.citizen, wanted, request.attempt, request.now)
    location = {"Location": f"/v1/appointments/{found.appointment_id}"}
    return replayed(_named(found, request.lang), again=again, headers=location)


@routes.get(
    "/v1/appointments",
    auth=auth.citizen,
    body=MineQuery,
    response=AppointmentList,
    errors=[InvalidCursor],
)
def list_mine(request: Request[MineQuery]) -> AppointmentList:
    """List one's own appointments: the coming by time, then the ended, latest first."""
    asked, citizen_id = request.input, request.citizen.citizen_id
    scope = f"appointments/{citizen_id}/{asked.status}"
    page = wiring.cursors().page(
        scope,
        asked.cursor,
        lambda position: own.page_of(citizen_id, asked.status, position, asked.limit),
    )
    names = own.names_of(citizen_id, page.items)
    items = [appointment_view(found, request.lang, names) for found in page.items]
    return AppointmentList(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/appointments/{appointment_id}", auth=auth.citizen, response=AppointmentView)
def show(request: Request[QueryModel], appointment_id: str) -> AppointmentView:
    """Show one of one's own appointments."""
    return _named(service.mine(request.citizen.citizen_id, appointment_id), request.lang)


@routes.post(
    "/v1/appointments/{appointment_id}/reschedule",
    auth=auth.citizen,
    body=Rescheduling,
    response=AppointmentView,
    errors=(
        *_CHANGE_PROBLEMS,
        domain.SlotFull,
        domain.SlotClosed,
        domain.TimeConflict,
        domain.TooManyChanges,
    ),
    idempotent=True,
)
def reschedule(request: Request[Rescheduling], appointment_id: str) -> Response:
    """Move to another slot; on any failure the old one stands."""
    slot_id = request.input.slot_id
    found, again = service.reschedule(
        request.citizen, appointment_id, slot_id, request.attempt, request.now
    )
    return replayed(_named(found, request.lang), again=again)


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
    found, again = service.cancel(request.citizen, appointment_id, request.attempt, request.now)
    return replayed(_named(found, request.lang), again=again)


@routes.get(
    "/v1/appointments/{appointment_id}/pass",
    auth=auth.citizen,
    response=PassView,
    media=_PASS_MEDIA,
    errors=[NotAcceptable, WrongStatus],
)
def show_pass(request: Request[QueryModel], appointment_id: str) -> Response:
    """Show the pass, as JSON, PNG or SVG by Accept."""
    found = service.mine(request.citizen.citizen_id, appointment_id)
    if not found.active:
        raise WrongStatus(current=found.status)
    text = passes.sign(found, wiring.pass_keys())
    view = PassView.model_construct(
        pass_=text, valid_until=rfc3339(found.valid_until), for_name=_name(found)
    )
    return _drawn(text, view, request.headers.get("accept"))


@routes.get(
    "/v1/appointments/{appointment_id}/calendar.ics", auth=auth.citizen, media=("text/calendar",)
)
def calendar(request: Request[QueryModel], appointment_id: str) -> Response:
    """Return the appointment for a calendar (RFC 5545)."""
    found = service.mine(request.citizen.citizen_id, appointment_id)
    text = feed.calendar(found, _name(found), request.lang, request.now)
    return Response(text, content_type="text/calendar; charset=utf-8")


@routes.get("/v1/appointments/{appointment_id}/queue", auth=auth.citizen, response=PositionView)
def show_queue(request: Request[QueryModel], appointment_id: str) -> PositionView:
    """Show how many are ahead and about how long that takes."""
    found = queue.position(service.mine(request.citizen.citizen_id, appointment_id))
    return PositionView(
        status=found.status,
        ahead=found.ahead,
        estimated_wait_minutes=found.wait_minutes,
        counter=found.counter,
    )


def _name(found: Appointment) -> str | None:
    return own.names_of(found.citizen_id, [found]).get(found.for_member or "")


def _named(found: Appointment, lang: Lang) -> AppointmentView:
    return appointment_view(found, lang, own.names_of(found.citizen_id, [found]))


def _drawn(text: str, view: PassView, accept: str | None) -> Response:
    media_type = negotiation.media_type(accept, _PASS_MEDIA)
    return Response(view) if media_type == "application/json" else qr.drawn(text, media_type)


def _category(office_id: str, service_id: str) -> str:
    catalogue.office(office_id)
    try:
        category = catalogue.service(service_id).category
    except NotFound as error:
        fields = [FieldError("/service_id", "unknown", _NO_SUCH_SERVICE)]
        raise InvalidQuery(errors=fields) from error
    catalogue.group(office_id, category)
    return category


def _next(
    found: Mapping[date, list[Free]],
    office_id: str,
    category: str,
    request: Request[AvailabilityQuery],
) -> date | None:
    first = _first_open(found)
    if first:
        return first
    after = max(found) + timedelta(days=1)
    last = office_time(request.now).date() + timedelta(days=HORIZON_DAYS)
    if after > last:
        return None
    rest = schedule.days(office_id, category, after, (last - after).days + 1, request.now)
    return _first_open(rest)


def _first_open(found: Mapping[date, list[Free]]) -> date | None:
    return next((d for d, slots in found.items() if any(s.state == "open" for s in slots)), None)


def _day(day: date, slots: list[Free]) -> DayView:
    states = {slot.state for slot in slots}
    state: schedule.SlotState = next((s for s in _BEST_FIRST if s in states), "closed")
    ends = [slot.retry_at for slot in slots if slot.retry_at and state == "reserved"]
    return DayView(
        date=day,
        state=state,
        retry_at=rfc3339(min(ends)) if ends else None,
        slots=[_slot(slot) for slot in slots],
    )


def _slot(slot: Free) -> SlotView:
    return SlotView(
        slot_id=slot.key.slot_id,
        start=rfc3339(slot.key.start),
        end=rfc3339(slot.end),
        capacity=slot.capacity,
        remaining=slot.remaining,
        state=slot.state,
        retry_at=rfc3339(slot.retry_at) if slot.retry_at else None,
    )
