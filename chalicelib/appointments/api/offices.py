"""The routes of the catalogue's desk about a hall: where it is, how one gets in, its counters.

Counters are those of the hall's timetable, which has one version for both.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from chalicelib.appointments.api.timetable import ReadOnly
from chalicelib.appointments.api.views import AppointmentView, appointment_view
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.service import lookup, timetable_effects
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES, Office
from chalicelib.catalogue.service import timetable
from chalicelib.core import auth
from chalicelib.core.errors import NotFound, StaleVersion
from chalicelib.core.http_messages import BodyModel, QueryModel, Request
from chalicelib.core.i18n import Text
from chalicelib.core.routes import Routes
from chalicelib.core.text import text

routes: Final = Routes("admin_offices")

_FACTS: Final = {"address", "phone", "arrival", "place", "counters"}
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9-]{2,19}$")]


class OfficeText(BodyModel):
    """A text in both languages."""

    zh: Annotated[str, text(200), Field(alias="zh-CN")]
    en: Annotated[str, text(200)]


class Place(BodyModel):
    """A place on the earth, in degrees (WGS 84)."""

    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Arrival(BodyModel):
    """How one gets into a hall, in both languages."""

    floor: OfficeText
    transit: OfficeText
    parking: OfficeText
    barrier_free: OfficeText


class OfficeFacts(BodyModel):
    """What changes of a hall; what is left out stays as it is.

    `cancel_affected` cancels the bookings that no longer fit the counters; without it they stand,
    and the answer names them. What GET answers can be sent back: the fields that are read only are
    left alone.
    """

    address: OfficeText | None = None
    phone: Phone | None = None
    arrival: Arrival | None = None
    place: Place | None = None
    counters: (
        dict[Literal[tuple(CATEGORIES)], Annotated[int, Field(ge=0, le=200)]] | None  # type: ignore[valid-type]
    ) = None
    version: Annotated[int, Field(ge=0)] | None = None
    cancel_affected: bool = False
    office_id: ReadOnly = None
    name: ReadOnly = None
    division_code: ReadOnly = None
    affected: ReadOnly = None


class OfficeDeskView(BodyModel):
    """A hall as the desk sees it; address, phone and arrival are null until somebody gives them."""

    office_id: str
    name: str
    division_code: str
    address: OfficeText | None
    phone: str | None
    arrival: Arrival | None
    place: Place
    counters: dict[str, int]
    version: int
    affected: list[AppointmentView]


@routes.get(
    "/v1/admin/offices/{office_id}",
    auth=auth.staff("clerk", "supervisor", "auditor", "admin"),
    response=OfficeDeskView,
    errors=[NotFound],
)
def show_office(request: Request[QueryModel], office_id: str) -> OfficeDeskView:
    """Show a hall's address, phone, place, counters, and how one gets in."""
    lookup.check_office(request.staff, office_id)
    return _office(catalogue.office(office_id), (), request)


@routes.put(
    "/v1/admin/offices/{office_id}",
    auth=auth.staff("supervisor", "admin"),
    body=OfficeFacts,
    response=OfficeDeskView,
    errors=[NotFound, StaleVersion],
)
def change_office(request: Request[OfficeFacts], office_id: str) -> OfficeDeskView:
    """Change what is known of a hall, and say which bookings its counters no longer fit."""
    lookup.check_office(request.staff, office_id)
    asked, actor = request.input, request.staff.actor
    facts = asked.model_dump(by_alias=True, include=_FACTS)
    given = {name: value for name, value in facts.items() if value is not None}
    office = timetable.change_facts(office_id, given, asked.version, actor, request.now)
    affected: Sequence[Appointment] = ()
    if asked.counters is not None:
        # Also when nothing changed: an attempt before may have stopped in between.
        affected = timetable_effects.settle(
            actor, office, request.now, cancel=asked.cancel_affected
        )
    return _office(office, affected, request)


def _office(
    office: Office, affected: Sequence[Appointment], request: Request[Any]
) -> OfficeDeskView:
    arrival = office.arrival
    return OfficeDeskView(
        office_id=office.office_id,
        name=office.name.in_language(request.lang),
        division_code=office.division_code,
        address=_both(office.address) if office.address else None,
        phone=office.phone,
        arrival=Arrival(
            floor=_both(arrival.floor),
            transit=_both(arrival.transit),
            parking=_both(arrival.parking),
            barrier_free=_both(arrival.barrier_free),
        )
        if arrival
        else None,
        place=Place(latitude=office.latitude, longitude=office.longitude),
        counters=dict(office.counters),
        version=timetable.version_of(office.office_id),
        affected=[appointment_view(one, request.lang) for one in affected],
    )


def _both(told: Text) -> OfficeText:
    return OfficeText.model_validate({"zh-CN": told.zh, "en": told.en})
