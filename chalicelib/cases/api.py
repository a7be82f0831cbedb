"""The routes of citizens: lodge, see, correct, withdraw, rate; and progress for everyone."""

from typing import Annotated, Any, Final

from pydantic import Field, JsonValue, StringConstraints

from chalicelib.cases import domain, lodging, progress, service
from chalicelib.cases.domain import Given, Rating, Status
from chalicelib.cases.lodging import Application
from chalicelib.cases.views import CaseList, CaseView, case_view, event_of
from chalicelib.catalogue import service as catalogue
from chalicelib.core import auth, wiring
from chalicelib.core.addresses import AddressGiven
from chalicelib.core.calls import Call, Explanation, Id, Model, Query, Reply, replayed
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import InvalidCursor, NotFound, TooManyRequests, WrongStatus
from chalicelib.core.text import Written, read_code, text
from chalicelib.core.web import Routes

routes: Final = Routes("cases")

Tag = Annotated[str, text(20)]
Form = dict[Annotated[str, StringConstraints(max_length=64)], JsonValue]

# What a case is given is noted with it in one transaction, which holds a hundred items.
_FILES: Final = 80


class MaterialGiven(Model):
    """A material of the guide and a file that is given for it; one entry a file, in order."""

    material_id: Id
    upload_id: Id


class Lodging(Model):
    """An application; `form` follows the guide's form_schema."""

    service_id: Id
    office_id: Id | None = None
    for_member: Id | None = None
    form: Annotated[Form, Field(default_factory=dict)]
    materials: Annotated[list[MaterialGiven], Field(max_length=_FILES, default_factory=list)]
    delivery: AddressGiven | None = None


class Correction(Model):
    """What changes: fields of the form (null removes one), and materials given anew."""

    form: Annotated[Form, Field(default_factory=dict)]
    materials: Annotated[list[MaterialGiven], Field(max_length=_FILES, default_factory=list)]


class RatingGiven(Model):
    """From 1 (bad) to 5 (good)."""

    score: Annotated[int, Field(ge=1, le=5)]
    tags: Annotated[list[Tag], Field(max_length=8, default_factory=list)]
    comment: Annotated[str, text(500, 0, lines=True)] | None = None


class MineQuery(Query):
    """Which page of one's own cases."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class ProgressQuery(Query):
    """The six digits on the receipt."""

    code: Annotated[str, Written(read_code, 0, 4096)] = ""


class ProgressEntry(Model):
    """One change, without who made it."""

    at: str
    event: str


class Progress(Model):
    """How far a case is; no personal data."""

    receipt_number: str
    service: str
    status: Status
    promised_at: str
    timeline: list[ProgressEntry]


@routes.post(
    "/v1/cases",
    auth=auth.citizen,
    takes=Lodging,
    answers=CaseView,
    status=201,
    problems=[domain.VerificationRequired, domain.Incomplete],
    creates=True,
)
def lodge(call: Call[Lodging]) -> Reply:
    """Lodge an application; everything missing or wrong is told at once."""
    found, again = lodging.lodge(call.citizen, _application(call.input), call.attempt, call.now)
    location = {"Location": f"/v1/cases/{found.case.case_id}"}
    return replayed(case_view(found), again=again, headers=location)


@routes.get(
    "/v1/cases",
    auth=auth.citizen,
    takes=MineQuery,
    answers=CaseList,
    problems=[InvalidCursor],
)
def list_mine(call: Call[MineQuery]) -> CaseList:
    """List one's own cases, newest first."""
    cursors, citizen_id = wiring.cursors(), call.citizen.citizen_id
    scope = f"cases/{citizen_id}"
    position = cursors.open(scope, call.input.cursor)
    page = service.list_mine(citizen_id, position, call.input.limit)
    next_cursor = cursors.seal(scope, page.next_position)
    return CaseList(items=[case_view(found) for found in page.items], next_cursor=next_cursor)


@routes.get("/v1/cases/{case_id}", auth=auth.citizen, answers=CaseView)
def show(call: Call[Query], case_id: str) -> CaseView:
    """Show one of one's own cases."""
    return case_view(service.show(call.citizen.citizen_id, case_id))


@routes.post(
    "/v1/cases/{case_id}/corrections",
    auth=auth.citizen,
    takes=Correction,
    answers=CaseView,
    problems=[domain.Incomplete, WrongStatus],
    creates=True,
)
def correct(call: Call[Correction], case_id: str) -> Reply:
    """Answer a correction request; only what changes is given."""
    given = call.input
    found, again = service.correct(
        call.citizen, case_id, given.form, _given(given.materials), call.attempt, call.now
    )
    return replayed(case_view(found), again=again)


@routes.post(
    "/v1/cases/{case_id}/withdraw",
    auth=auth.citizen,
    takes=Explanation,
    answers=CaseView,
    problems=[WrongStatus],
    creates=True,
)
def withdraw(call: Call[Explanation], case_id: str) -> Reply:
    """Take a case back before it is decided; a second time answers the same."""
    reason = call.input.reason
    found, again = service.withdraw(call.citizen, case_id, reason, call.attempt, call.now)
    return replayed(case_view(found), again=again)


@routes.post(
    "/v1/cases/{case_id}/rating",
    auth=auth.citizen,
    takes=RatingGiven,
    answers=CaseView,
    problems=[WrongStatus, domain.AlreadyRated],
    creates=True,
)
def rate(call: Call[RatingGiven], case_id: str) -> Reply:
    """Rate a service once, after the end."""
    given = call.input
    rating = Rating(given.score, tuple(given.tags), given.comment)
    found, again = service.rate(call.citizen, case_id, rating, call.attempt, call.now)
    return replayed(case_view(found), again=again)


@routes.get(
    "/v1/progress/{receipt_number}",
    auth=auth.public,
    takes=ProgressQuery,
    answers=Progress,
    problems=[TooManyRequests],
)
def look_up(call: Call[ProgressQuery], receipt_number: str) -> Progress:
    """Show how far a case is, by its receipt number and code."""
    case, entries = progress.look_up(receipt_number, call.input.code, call.source, call.now)
    return Progress(
        receipt_number=case.receipt_number,
        service=_service_name(call, case.service_id),
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


def _service_name(call: Call[Any], service_id: str) -> str:
    try:
        return catalogue.service(service_id).name.in_language(call.lang)
    except NotFound:
        # A service may have left the guide since.
        return service_id
