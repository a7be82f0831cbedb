"""The routes of the guide: services and halls, for everyone."""

import math
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from chalicelib.catalogue import forms, service
from chalicelib.catalogue.calendar import day_kind
from chalicelib.catalogue.domain import CATEGORIES, FeeStep, Hours, Office, Rated, Service
from chalicelib.core import auth, wiring
from chalicelib.core.clock import office_time
from chalicelib.core.errors import FieldError, InvalidCursor, InvalidQuery, NotFound
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.text import text
from chalicelib.core.web import Routes

routes: Final = Routes("catalogue")

_CACHED_SECONDS: Final = 60
_STEPS: Final = {
    "apply": Text("网上提交申请和材料", "Apply and upload the papers online"),
    "book": Text("预约办理时间", "Book a time"),
    "visit": Text("携带材料到大厅窗口办理", "Come to the hall with your papers"),
    "pay": Text("缴纳费用", "Pay the fee"),
    "review": Text("部门审核", "The department decides"),
    "deliver": Text("证件快递到家", "The result is brought to your door"),
}


class ServiceQuery(QueryModel):
    """What to look for."""

    query: Annotated[str, text(100, 0)] = ""
    category: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class OfficeQuery(QueryModel):
    """Where to look; `near` is latitude and longitude in degrees, with a comma between."""

    near: Id | None = None
    service_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class CategoryView(BodyModel):
    """A category with its name."""

    id: str
    name: str


class FeeView(BodyModel):
    """An amount in the smallest unit, and the rule that sets it."""

    cents: int
    currency: str
    basis: str | None


class ServiceView(BodyModel):
    """A service in a list."""

    service_id: str
    name: str
    category: CategoryView
    department: str
    fee: FeeView
    promised_working_days: int
    trips: int
    online_depth: int
    bookable: bool
    payable: bool
    deliverable: bool


class MaterialView(BodyModel):
    """A paper to bring or upload, as 1 to 10 files; most people give `usual_pages`."""

    material_id: str
    name: str
    required: bool
    usual_pages: int


class LimitView(BodyModel):
    """How long the law gives."""

    value: int
    unit: str


class StepView(BodyModel):
    """One step of the way."""

    step: str
    title: str


class RatingView(BodyModel):
    """How people rated: the mean of scores from 1 to 5, null while nobody did, of how many."""

    average: float | None
    count: int


class RequiredLevel(BodyModel):
    """How well a person must be known to book and to lodge."""

    book: auth.Level = "basic"
    lodge: auth.Level = "real_name"


class Guide(ServiceView):
    """All that one must know about a service.

    `fee_before` is the step of a case that waits for the fee, null where none does.
    """

    materials: list[MaterialView]
    legal_time_limit: LimitView
    duration_minutes: int | None
    steps: list[StepView]
    form_schema: dict[str, object]
    required_level: RequiredLevel
    fee_before: FeeStep | None
    rating: RatingView


class ServiceList(BodyModel):
    """Services, best first."""

    items: list[ServiceView]
    next_cursor: str | None


class OpeningHours(BodyModel):
    """Spans of local time, as 09:00 to 12:00."""

    weekdays: list[list[str]]
    saturday: list[list[str]]


class Today(BodyModel):
    """How the hall opens today, by the calendar of public holidays.

    `load` is the share of today's seats that are taken, from 0 to 1; null when there are none.
    """

    state: Literal["open", "closed"]
    hours: list[list[str]]
    load: float | None


class OfficeView(BodyModel):
    """A hall; `distance_m` where `near` was given, `rating` of a service where it was named."""

    office_id: str
    name: str
    division: str
    division_code: str
    latitude: float
    longitude: float
    distance_m: int | None
    opening_hours: OpeningHours
    today: Today
    rating: RatingView


class OfficeList(BodyModel):
    """Halls, nearest first."""

    items: list[OfficeView]
    next_cursor: str | None


@routes.get(
    "/v1/services",
    auth=auth.public,
    body=ServiceQuery,
    response=ServiceList,
    errors=[InvalidCursor],
    cacheable_seconds=_CACHED_SECONDS,
)
def services(request: Request[ServiceQuery]) -> ServiceList:
    """Find services by words and category."""
    asked = request.input
    scope = f"services/{asked.query}/{asked.category}"
    page = wiring.cursors().page(
        scope,
        asked.cursor,
        lambda position: service.find_services(asked.query, asked.category, position, asked.limit),
    )
    items = [_service(found, request.lang) for found in page.items]
    return ServiceList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/services/{service_id}",
    auth=auth.public,
    response=Guide,
    cacheable_seconds=_CACHED_SECONDS,
)
def guide(request: Request[QueryModel], service_id: str) -> Guide:
    """Show all of a service's guide."""
    return _guide(service.service(service_id), request.lang, office_time(request.now).date())


@routes.get(
    "/v1/offices",
    auth=auth.public,
    body=OfficeQuery,
    response=OfficeList,
    errors=[InvalidCursor, NotFound],
    cacheable_seconds=_CACHED_SECONDS,
)
def offices(request: Request[OfficeQuery]) -> OfficeList:
    """Find halls, nearest first."""
    asked, near = request.input, _near(request.input.near)
    scope = f"offices/{asked.near}/{asked.service_id}"
    page = wiring.cursors().page(
        scope,
        asked.cursor,
        lambda position: service.find_offices(near, asked.service_id, position, asked.limit),
    )
    category = service.service(asked.service_id).category if asked.service_id else None
    items = [_office(found, near, request, category, asked.service_id) for found in page.items]
    return OfficeList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/offices/{office_id}",
    auth=auth.public,
    response=OfficeView,
    cacheable_seconds=_CACHED_SECONDS,
)
def office(request: Request[QueryModel], office_id: str) -> OfficeView:
    """Show a hall."""
    return _office(service.office(office_id), None, request)


def _service(found: Service, lang: Lang) -> ServiceView:
    return ServiceView(**_facts(found, lang))


def _facts(found: Service, lang: Lang) -> dict[str, Any]:
    fee = found.fee
    category = CATEGORIES[found.category].in_language(lang)
    return {
        "service_id": found.service_id,
        "name": found.name.in_language(lang),
        "category": CategoryView(id=found.category, name=category),
        "department": found.department.in_language(lang),
        "fee": FeeView(cents=fee.amount.cents, currency=fee.amount.currency, basis=fee.basis),
        "promised_working_days": found.promised_working_days,
        "trips": found.trips,
        "online_depth": found.online_depth,
        "bookable": found.bookable,
        "payable": fee.amount.cents > 0,
        "deliverable": found.deliverable,
    }


def _guide(found: Service, lang: Lang, today: date) -> Guide:
    return Guide(
        **_facts(found, lang),
        materials=[
            MaterialView(
                material_id=m.material_id,
                name=m.name.in_language(lang),
                required=m.required,
                usual_pages=m.usual_pages,
            )
            for m in found.materials
        ],
        legal_time_limit=LimitView(value=found.legal_limit.value, unit=found.legal_limit.unit),
        duration_minutes=found.minutes,
        steps=[StepView(step=s, title=_STEPS[s].in_language(lang)) for s in _steps(found)],
        form_schema=forms.schema(found, lang, today),
        required_level=RequiredLevel(),
        fee_before=found.fee_before,
        rating=_rating(service.rated(found.service_id)),
    )


def _rating(found: Rated) -> RatingView:
    return RatingView(average=found.average, count=found.count)


def _steps(found: Service) -> list[str]:
    wanted = {
        "apply": True,
        "book": found.bookable and found.trips > 0,
        "visit": found.trips > 0,
        "pay": found.fee.amount.cents > 0,
        "review": True,
        "deliver": found.deliverable,
    }
    return [step for step, needed in wanted.items() if needed]


def _office(
    found: Office,
    near: tuple[float, float] | None,
    request: Request[Any],
    category: str | None = None,
    service_id: str | None = None,
) -> OfficeView:
    today = office_time(request.now).date()
    hours = found.hours(today, day_kind(today))
    load = service.load_today(found.office_id, category, request.now) if hours else None
    return OfficeView(
        office_id=found.office_id,
        name=found.name.in_language(request.lang),
        division=found.division.in_language(request.lang),
        division_code=found.division_code,
        latitude=found.latitude,
        longitude=found.longitude,
        distance_m=found.distance_m(*near) if near else None,
        opening_hours=OpeningHours(
            weekdays=_spans(found.weekdays), saturday=_spans(found.saturday)
        ),
        today=Today(state="open" if hours else "closed", hours=_spans(hours), load=load),
        rating=_rating(service.rated(service_id, found.office_id)),
    )


def _spans(hours: Hours) -> list[list[str]]:
    return [[f"{begin:%H:%M}", f"{end:%H:%M}"] for begin, end in hours]


def _near(given: str | None) -> tuple[float, float] | None:
    if given is None:
        return None
    try:
        latitude, longitude = (float(part) for part in given.split(","))
    except ValueError as error:
        raise _bad_near() from error
    if not (math.isfinite(latitude) and abs(latitude) <= 90 and abs(longitude) <= 180):  # noqa: PLR2004 - degrees.
        raise _bad_near()
    return latitude, longitude


def _bad_near() -> InvalidQuery:
    detail = Text("应为“纬度,经度”", "Give latitude,longitude in degrees")
    return InvalidQuery(errors=[FieldError("/near", "invalid", detail)])
