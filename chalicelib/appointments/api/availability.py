"""The route of what is free at a hall."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import Field

from chalicelib.appointments.domain.availability import SlotAvailability, SlotState
from chalicelib.appointments.domain.slots import HORIZON_DAYS
from chalicelib.appointments.service.availability import days
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.api.release import ReleaseView, release_view
from chalicelib.catalogue.domain import Service
from chalicelib.core import auth
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.errors import (
    FieldError,
    InvalidQuery,
    NotFound,
)
from chalicelib.core.http_messages import (
    BodyModel,
    Day,
    Id,
    QueryModel,
    Request,
)
from chalicelib.core.i18n import Text
from chalicelib.core.routes import Routes

routes: Final = Routes("appointments")
_BEST_FIRST: Final[tuple[SlotState, ...]] = ("open", "reserved", "not_yet", "full")


_NO_SUCH_SERVICE: Final = Text("没有此事项", "There is no such service")


class AvailabilityQuery(QueryModel):
    """For which service, from which day (today without), and how many days."""

    service_id: Id
    from_: Annotated[Day | None, Field(alias="from")] = None
    days: Annotated[int, Field(ge=1, le=31)] = 7


class SlotView(BodyModel):
    """A slot and what is left of it.

    For a service that is longer than a slot it stands for the row from there on, and is open where
    all of that is. Of one that is `reserved` it says when to look again, of one that is `not_yet`
    out when it is.
    """

    slot_id: str
    start: str
    end: str
    capacity: int
    remaining: int
    state: SlotState
    retry_at: str | None
    opens_at: str | None


class DayView(BodyModel):
    """A day's slots; the day's state is the best of theirs."""

    date: date
    state: SlotState
    retry_at: str | None
    opens_at: str | None
    slots: list[SlotView]


class Availability(BodyModel):
    """Days, the first on which something is free, and the rule by which seats come out."""

    days: list[DayView]
    next_bookable_date: date | None
    release: ReleaseView | None


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
    service = _service(office_id, asked.service_id)
    first = asked.from_ or office_time(request.now).date()
    counters = office_id, service.category
    by_day = days(counters, service.service_id, first, asked.days, request.now)
    return Availability(
        days=[_day(day, slots) for day, slots in by_day.items()],
        next_bookable_date=_next(by_day, office_id, service, request),
        release=release_view(service),
    )


def _service(office_id: str, service_id: str) -> Service:
    catalogue.office(office_id)
    try:
        service = catalogue.service(service_id)
    except NotFound as error:
        fields = [FieldError("/service_id", "unknown", _NO_SUCH_SERVICE)]
        raise InvalidQuery(errors=fields) from error
    catalogue.group(office_id, service.category)
    return service


def _next(
    by_day: Mapping[date, list[SlotAvailability]],
    office_id: str,
    service: Service,
    request: Request[AvailabilityQuery],
) -> date | None:
    first = _first_open(by_day)
    if first:
        return first
    after = max(by_day) + timedelta(days=1)
    last = office_time(request.now).date() + timedelta(days=HORIZON_DAYS)
    if after > last:
        return None
    counters = office_id, service.category
    rest = days(counters, service.service_id, after, (last - after).days + 1, request.now)
    return _first_open(rest)


def _first_open(by_day: Mapping[date, list[SlotAvailability]]) -> date | None:
    return next((d for d, slots in by_day.items() if any(s.state == "open" for s in slots)), None)


def _day(day: date, slots: list[SlotAvailability]) -> DayView:
    states = {slot.state for slot in slots}
    state: SlotState = next((s for s in _BEST_FIRST if s in states), "closed")
    ends = [slot.retry_at for slot in slots if slot.retry_at and state == "reserved"]
    openings = [slot.opens_at for slot in slots if slot.opens_at and state == "not_yet"]
    return DayView(
        date=day,
        state=state,
        retry_at=rfc3339(min(ends)) if ends else None,
        opens_at=rfc3339(min(openings)) if openings else None,
        slots=[_slot(slot) for slot in slots],
    )


def _slot(slot: SlotAvailability) -> SlotView:
    return SlotView(
        slot_id=slot.key.slot_id,
        start=rfc3339(slot.key.start),
        end=rfc3339(slot.end),
        capacity=slot.capacity,
        remaining=slot.remaining,
        state=slot.state,
        retry_at=rfc3339(slot.retry_at) if slot.retry_at else None,
        opens_at=rfc3339(slot.opens_at) if slot.opens_at else None,
    )
