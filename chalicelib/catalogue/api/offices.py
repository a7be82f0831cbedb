"""The routes of halls, for everyone."""

import math
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.api.views import (
    CACHED_SECONDS,
    OpeningHours,
    RatingView,
    opening_hours,
    rating_view,
    spans,
)
from chalicelib.catalogue.domain import Arrival, Office
from chalicelib.catalogue.domain.calendar import day_kind
from chalicelib.core import auth, dependencies
from chalicelib.core.clock import office_time
from chalicelib.core.errors import FieldError, InvalidCursor, InvalidQuery, NotFound
from chalicelib.core.http_messages import BodyModel, Id, Opaque, QueryModel, Request
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.routes import Routes

_WEEK: Final = 7

routes: Final = Routes("catalogue")


class OfficeQuery(QueryModel):
    """Where to look; `near` is latitude and longitude in degrees, with a comma between."""

    near: Annotated[str, StringConstraints(min_length=1, max_length=64), Opaque()] | None = None
    service_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class Today(BodyModel):
    """How the hall opens today, by the calendar of public holidays.

    `load` is the share of today's seats that are taken, from 0 to 1; null when there are none.
    """

    state: Literal["open", "closed"]
    hours: list[list[str]]
    load: float | None


class OfficeView(BodyModel):
    """A hall; `distance_m` where `near` was given, `rating` of a service where it was named.

    `address` and `phone` are null until the desk has given them.
    """

    office_id: str
    name: str
    division: str
    division_code: str
    latitude: float
    longitude: float
    address: str | None
    phone: str | None
    distance_m: int | None
    opening_hours: OpeningHours
    today: Today
    rating: RatingView


class DayHours(BodyModel):
    """When the hall is open on a day; `reason` where it is closed against its hours."""

    date: date
    state: Literal["open", "closed"]
    hours: list[list[str]]
    reason: str | None


class ArrivalView(BodyModel):
    """How one gets into a hall, in the reader's language."""

    floor: str
    transit: str
    parking: str
    barrier_free: str


class OneOfficeView(OfficeView):
    """A hall with how one gets there, null where nobody said so, and its next seven days."""

    arrival: ArrivalView | None
    week: list[DayHours]


class OfficeList(BodyModel):
    """Halls, nearest first."""

    items: list[OfficeView]
    next_cursor: str | None


@routes.get(
    "/v1/offices",
    auth=auth.public,
    body=OfficeQuery,
    response=OfficeList,
    errors=[InvalidCursor, NotFound],
    cacheable_seconds=CACHED_SECONDS,
)
def offices(request: Request[OfficeQuery]) -> OfficeList:
    """Find halls, nearest first."""
    asked, near = request.input, _near(request.input.near)
    scope = f"offices/{asked.near}/{asked.service_id}"
    page = dependencies.cursors().page(
        scope,
        asked.cursor,
        lambda position: catalogue.find_offices(near, asked.service_id, position, asked.limit),
    )
    category = catalogue.service(asked.service_id).category if asked.service_id else None
    items = [
        _office_view(office, near, request, category, asked.service_id) for office in page.items
    ]
    return OfficeList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/offices/{office_id}",
    auth=auth.public,
    response=OneOfficeView,
    cacheable_seconds=CACHED_SECONDS,
)
def office(request: Request[QueryModel], office_id: str) -> OneOfficeView:
    """Show a hall, with the way to it and its coming week."""
    found = catalogue.office(office_id)
    today = office_time(request.now).date()
    return OneOfficeView(
        **dict(_office_view(found, None, request)),
        arrival=_arrival(found.arrival, request.lang) if found.arrival else None,
        week=[_day(found, today + timedelta(days=n)) for n in range(_WEEK)],
    )


def _arrival(told: Arrival, lang: Lang) -> ArrivalView:
    return ArrivalView(
        floor=told.floor.in_language(lang),
        transit=told.transit.in_language(lang),
        parking=told.parking.in_language(lang),
        barrier_free=told.barrier_free.in_language(lang),
    )


def _day(office: Office, day: date) -> DayHours:
    hours = office.hours(day, day_kind(day))
    return DayHours(
        date=day,
        state="open" if hours else "closed",
        hours=spans(hours),
        reason=office.closed_because(day),
    )


def _office_view(
    office: Office,
    near: tuple[float, float] | None,
    request: Request[Any],
    category: str | None = None,
    service_id: str | None = None,
) -> OfficeView:
    today = office_time(request.now).date()
    hours = office.hours(today, day_kind(today))
    load = catalogue.load_today(office.office_id, category, request.now) if hours else None
    return OfficeView(
        office_id=office.office_id,
        name=office.name.in_language(request.lang),
        division=office.division.in_language(request.lang),
        division_code=office.division_code,
        latitude=office.latitude,
        longitude=office.longitude,
        address=office.address.in_language(request.lang) if office.address else None,
        phone=office.phone,
        distance_m=office.distance_m(*near) if near else None,
        opening_hours=opening_hours(office),
        today=Today(state="open" if hours else "closed", hours=spans(hours), load=load),
        rating=rating_view(catalogue.rated(service_id, office.office_id)),
    )


def _near(value: str | None) -> tuple[float, float] | None:
    if value is None:
        return None
    try:
        latitude, longitude = (float(part) for part in value.split(","))
    except ValueError as error:
        raise _bad_near() from error
    if not (math.isfinite(latitude) and abs(latitude) <= 90 and abs(longitude) <= 180):  # noqa: PLR2004 - degrees.
        raise _bad_near()
    return latitude, longitude


def _bad_near() -> InvalidQuery:
    detail = Text("应为“纬度，经度”", "Give latitude,longitude in degrees")
    return InvalidQuery(errors=[FieldError("/near", "invalid", detail)])
