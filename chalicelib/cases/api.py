"""The routes of citizens: lodge, see, correct, withdraw, rate; and progress for everyone."""

from typing import Annotated, Any, Final

from pydantic import Field, JsonValue, StringConstraints

from chalicelib.cases import domain, lodging, progress, service
from chalicelib.cases.domain import Given, Rating, Status
from chalicelib.cases.lodging import Application
from chalicelib.cases.views import CaseList, CaseView, case_view, event_of
from chalicelib.catalogue import service as catalogue
from chalicelib.core import auth, wiring
from chalicelib.core.address import AddressGiven
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import InvalidCursor, NotFound, TooManyRequests, WrongStatus
from chalicelib.core.http_messages import (
    BodyModel,
    Explanation,
    Id,
    QueryModel,
    Request,
    Response,
    replayed,
)
from chalicelib.core.text import Written, read_code, text
from chalicelib.core.web import Routes

routes: Final = Routes("cases")

Tag = Annotated[str, text(20)]
Form = dict[Annotated[str, StringConstraints(max_length=64)], JsonValue]

# What a case is given is noted with it in one transaction, which holds a hundred items.
_FILES: Final = 80


class MaterialGiven(BodyModel):
    """A material of the guide and a file that is given for it; one entry a file, in order."""

    material_id: Id
    upload_id: Id


class Lodging(BodyModel):
    """An application; `form` follows the guide's form_schema."""

    service_id: Id
    office_id: Id | None = None
    for_member: Id | None = None
    form: Annotated[Form, Field(default_factory=dict)]
    materials: Annotated[list[MaterialGiven], Field(max_length=_FILES, default_factory=list)]
    delivery: AddressGiven | None = None


class Correction(BodyModel):
    """What changes: fields of the form (null removes one), and materials given anew."""

    form: Annotated[Form, Field(default_factory=dict)]
    materials: Annotated[list[MaterialGiven], Field(max_length=_FILES, default_factory=list)]


class RatingGiven(BodyModel):
    """From 1 (bad) to 5 (good)."""

    score: Annotated[int, Field(ge=1, le=5)]
    tags: Annotated[list[Tag], Field(max_length=8, default_factory=list)]
    comment: Annotated[str, text(500, 0, lines=True)] | None = None


class MineQuery(QueryModel):
    """Which page of one's own cases."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class ProgressQuery(QueryModel):
    """The six digits on the receipt."""

    code: Annotated[str, Written(read_code, 0, 4096)] = ""


class ProgressEntry(BodyModel):
    """One change, without who made it."""

    at: str
    event: str


class Progress(BodyModel):
    """How far a case is; no personal data."""

    receipt_number: str
    service: str
    status: Status
    promised_at: str
    timeline: list[ProgressEntry]


@routes.post(
    "/v1/cases",
    auth=auth.citizen,
    body=Lodging,
    response=CaseView,
    status=201,
    errors=[domain.VerificationRequired, domain.Incomplete],
    idempotent=True,
)
def lodge(request: Request[Lodging]) -> Response:
    """Lodge an application; everything missing or wrong is told at once."""
    found, again = lodging.lodge(
        request.citizen, _application(request.input), request.attempt, request.now
    )
    location = {"Location": f"/v1/cases/{found.case.case_id}"}
    return replayed(case_view(found), again=again, headers=location)


@routes.get(
    "/v1/cases",
    auth=auth.citizen,
    body=MineQuery,
    response=CaseList,
    errors=[InvalidCursor],
)
def list_mine(request: Request[MineQuery]) -> CaseList:
    """List one's own cases, newest first."""
    citizen_id = request.citizen.citizen_id
    scope = f"cases/{citizen_id}"
    page = wiring.cursors().page(
        scope,
        request.input.cursor,
        lambda position: service.list_mine(citizen_id, position, request.input.limit),
    )
    return CaseList(items=[case_view(found) for found in page.items], next_cursor=page.next_cursor)


@routes.get("/v1/cases/{case_id}", auth=auth.citizen, response=CaseView)
def show(request: Request[QueryModel], case_id: str) -> CaseView:
    """Show one of one's own cases."""
    return case_view(service.show(request.citizen.citizen_id, case_id))


@routes.post(
    "/v1/cases/{case_id}/corrections",
    auth=auth.citizen,
    body=Correction,
    response=CaseView,
    errors=[domain.Incomplete, WrongStatus],
    idempotent=True,
)
def correct(request: Request[Correction], case_id: str) -> Response:
    """Answer a correction request; only what changes is given."""
    given = request.input
    applied = service.correct(
        request.citizen, case_id, given.form, _given(given.materials), request.attempt, request.now
    )
    return replayed(case_view(applied.new), again=applied.replayed)


@routes.post(
    "/v1/cases/{case_id}/withdraw",
    auth=auth.citizen,
    body=Explanation,
    response=CaseView,
    errors=[WrongStatus],
    idempotent=True,
)
def withdraw(request: Request[Explanation], case_id: str) -> Response:
    """Take a case back before it is decided; a second time answers the same."""
    reason = request.input.reason
    applied = service.withdraw(request.citizen, case_id, reason, request.attempt, request.now)
    return replayed(case_view(applied.new), again=applied.replayed)


@routes.post(
    "/v1/cases/{case_id}/rating",
    auth=auth.citizen,
    body=RatingGiven,
    response=CaseView,
    errors=[WrongStatus, domain.AlreadyRated],
    idempotent=True,
)
def rate(request: Request[RatingGiven], case_id: str) -> Response:
    """Rate a service once, after the end."""
    given = request.input
    rating = Rating(given.score, tuple(given.tags), given.comment)
    applied = service.rate(request.citizen, case_id, rating, request.attempt, request.now)
    return replayed(case_view(applied.new), again=applied.replayed)


@routes.get(
    "/v1/progress/{receipt_number}",
    auth=auth.public,
    body=ProgressQuery,
    response=Progress,
    errors=[TooManyRequests],
)
def look_up(request: Request[ProgressQuery], receipt_number: str) -> Progress:
    """Show how far a case is, by its receipt number and code."""
    case, entries = progress.look_up(
        receipt_number, request.input.code, request.source, request.now
    )
    return Progress(
        receipt_number=case.receipt_number,
        service=_service_name(request, case.service_id),
        status=case.status,
        promised_at=rfc3339(case.promised_at),
        timeline=[ProgressEntry(at=entry.at, event=event_of(entry)) for entry in entries],
    )


def _application(given: Lodging) -> Application:
    delivery = given.delivery
    return Application(
        given.service_id,
        given.form,
        _given(given.materials),
        given.office_id,
        given.for_member,
        domain.Address(**delivery.model_dump()) if delivery else None,
    )


def _given(materials: list[MaterialGiven]) -> tuple[Given, ...]:
    return tuple(Given(one.material_id, one.upload_id) for one in materials)


def _service_name(request: Request[Any], service_id: str) -> str:
    try:
        return catalogue.service(service_id).name.in_language(request.lang)
    except NotFound:
        # A service may have left the guide since.
        return service_id
