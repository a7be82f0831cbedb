"""The routes of citizens: lodge, see, correct, withdraw and rate."""

from dataclasses import replace
from typing import Annotated, Any, Final

from pydantic import Field, JsonValue, StringConstraints

from chalicelib.cases import domain
from chalicelib.cases.api.views import CaseList, CaseView, case_view
from chalicelib.cases.domain import (
    Application,
    Attachment,
    CaseFile,
    Content,
    GivenCertificate,
    GivenLookup,
)
from chalicelib.cases.domain.originals import Handover
from chalicelib.cases.service import citizen_steps, lodging, queries
from chalicelib.core import auth, dependencies
from chalicelib.core.address import AddressGiven
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import FieldError, InvalidCursor, InvalidRequest, WrongStatus
from chalicelib.core.http_messages import (
    BodyModel,
    Explanation,
    Id,
    Opaque,
    QueryModel,
    Request,
    Response,
    Token,
    replayed,
)
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.on_behalf import OnBehalfOf
from chalicelib.core.rating_given import RatingGiven
from chalicelib.core.ratings import AlreadyRated
from chalicelib.core.routes import Routes
from chalicelib.identity.domain import ConsentRequired
from chalicelib.identity.signing.domain import SignatureInvalid, SignatureRequired
from chalicelib.mandates import service as mandates
from chalicelib.mandates.domain import Action, Kind, MandateMissing

routes: Final = Routes("cases")

_ONE_OF: Final = Text(
    "请提供文件、证照或核验结果中的一项", "Give a file, a certificate or a look-up"
)
Form = dict[Annotated[str, StringConstraints(max_length=64)], JsonValue]

# What a case is given is noted with it in one transaction, which holds a hundred items.
FILES: Final = 80


class MaterialGiven(BodyModel):
    """A material of the guide, and what is given: a file, one's own certificate or look-up.

    There is one entry a file, in order. One that the guide does not know is told with all else that
    is wrong.
    """

    material_id: Annotated[str, StringConstraints(min_length=1, max_length=64), Opaque()]
    upload_id: Id | None = None
    certificate_id: Id | None = None
    lookup_id: Id | None = None


class GivenContent(BodyModel):
    """What is filled in, by the guide's form_schema, and the papers that are given."""

    form: Annotated[Form, Field(default_factory=dict)]
    materials: Annotated[list[MaterialGiven], Field(max_length=FILES, default_factory=list)]


class Lodging(GivenContent):
    """An application; `form` follows the guide's form_schema.

    Where the guide's `signatures` name `lodge`, it needs a `signature`.
    """

    service_id: Id
    office_id: Id | None = None
    for_member: Id | None = None
    on_behalf_of: OnBehalfOf | None = None
    delivery: AddressGiven | None = None
    handover: Handover | None = None
    pickup_address: AddressGiven | None = None
    signature: Token | None = None


class Correction(GivenContent):
    """What changes: fields of the form (null removes one), and materials given anew."""


class MineQuery(QueryModel):
    """Which page of one's own cases, or of those that a right made (its id)."""

    on_behalf_of: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


@routes.post(
    "/v1/cases",
    counted="lodging",
    auth=auth.citizen,
    body=Lodging,
    response=CaseView,
    status=201,
    errors=[
        domain.VerificationRequired,
        ConsentRequired,
        MandateMissing,
        domain.Incomplete,
        domain.LodgedMeanwhile,
        SignatureRequired,
        SignatureInvalid,
    ],
    idempotent=True,
)
def lodge(request: Request[Lodging]) -> Response:
    """Lodge an application; everything missing or wrong is told at once."""
    body, now = request.input, request.now
    of, member = mandates.member_of(request.citizen, body.on_behalf_of, body.for_member)
    caller = mandates.on_behalf(request.citizen, of, "lodge", body.service_id, now)
    application = replace(_application(body), for_member=member)
    file, again = lodging.lodge(caller, application, request.attempt, now)
    location = {"Location": f"/v1/cases/{file.case.case_id}"}
    return replayed(owned_view(caller, file, request.lang), again=again, headers=location)


@routes.get(
    "/v1/cases",
    auth=auth.citizen,
    body=MineQuery,
    response=CaseList,
    errors=[InvalidCursor, MandateMissing],
)
def list_mine(request: Request[MineQuery]) -> CaseList:
    """List one's own cases, newest first."""
    asked, caller = request.input, request.citizen
    scope = mandates.scope_of(caller, asked.on_behalf_of, "case", request.now)
    page = dependencies.cursors().page(
        f"cases/{scope.key}",
        asked.cursor,
        lambda position: queries.list_covered(scope, position, asked.limit),
    )
    cases = [file.case for file in page.items]
    names = mandates.names_of(scope.owner, cases, acting=scope.acting)
    items = [case_view(file, names, request.lang) for file in page.items]
    return CaseList(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/cases/{case_id}", auth=auth.citizen, response=CaseView, errors=[MandateMissing])
def show(request: Request[QueryModel], case_id: str) -> CaseView:
    """Show one of one's own cases."""
    caller = owner_of(request, case_id, "read")
    return owned_view(caller, queries.show(caller.citizen_id, case_id), request.lang)


@routes.post(
    "/v1/cases/{case_id}/corrections",
    auth=auth.citizen,
    body=Correction,
    response=CaseView,
    errors=[domain.Incomplete, WrongStatus, MandateMissing],
    idempotent=True,
)
def correct(request: Request[Correction], case_id: str) -> Response:
    """Answer a correction request; only what changes is given."""
    change, caller = content_of(request.input), owner_of(request, case_id, "lodge")
    applied = citizen_steps.correct(caller, case_id, change, request.attempt, request.now)
    return replayed(owned_view(caller, applied.new, request.lang), again=applied.replayed)


@routes.post(
    "/v1/cases/{case_id}/withdraw",
    auth=auth.citizen,
    body=Explanation,
    response=CaseView,
    errors=[WrongStatus, MandateMissing],
    idempotent=True,
)
def withdraw(request: Request[Explanation], case_id: str) -> Response:
    """Take a case back before it is decided. Idempotent."""
    reason, caller = request.input.reason, owner_of(request, case_id, "lodge")
    applied = citizen_steps.withdraw(caller, case_id, reason, request.attempt, request.now)
    return replayed(owned_view(caller, applied.new, request.lang), again=applied.replayed)


@routes.post(
    "/v1/cases/{case_id}/rating",
    auth=auth.citizen,
    body=RatingGiven,
    response=CaseView,
    errors=[WrongStatus, AlreadyRated, MandateMissing],
    idempotent=True,
)
def rate(request: Request[RatingGiven], case_id: str) -> Response:
    """Rate a service once, after the end."""
    rating, caller = request.input.rating, owner_of(request, case_id, "lodge")
    applied = citizen_steps.rate(caller, case_id, rating, request.attempt, request.now)
    return replayed(owned_view(caller, applied.new, request.lang), again=applied.replayed)


def owner_of(request: Request[Any], case_id: str, action: Action) -> Citizen:
    """Return whose case it is, in whose stead one may act so; raises MandateMissing."""
    made: tuple[Kind, str] = ("case", case_id)
    return mandates.owner_of(request.citizen, made, action, request.now)


def owned_view(caller: Citizen, file: CaseFile, lang: Lang) -> CaseView:
    """Present a case to its owner, or who acts for them."""
    acting = caller.standing is not None
    names = mandates.names_of(caller.citizen_id, [file.case], acting=acting)
    return case_view(file, names, lang)


def _application(body: Lodging) -> Application:
    delivery, pickup = body.delivery, body.pickup_address
    return Application(
        body.service_id,
        content_of(body),
        body.office_id,
        body.for_member,
        domain.Address(**delivery.model_dump()) if delivery else None,
        body.handover,
        domain.Address(**pickup.model_dump()) if pickup else None,
        signature=body.signature,
    )


def content_of(body: GivenContent) -> Content:
    """Return what is given; raises InvalidRequest where an entry gives nothing, or two things."""
    errors: list[FieldError] = []
    files: list[Attachment] = []
    certificates: list[GivenCertificate] = []
    lookups: list[GivenLookup] = []
    for at, one in enumerate(body.materials):
        given = [id_ for id_ in (one.upload_id, one.certificate_id, one.lookup_id) if id_]
        if len(given) != 1:
            code = "one_of" if given else "missing"
            errors.append(FieldError(f"/materials/{at}/upload_id", code, _ONE_OF))
        elif one.upload_id:
            files.append(Attachment(one.material_id, one.upload_id))
        elif one.certificate_id:
            certificates.append(GivenCertificate(one.material_id, one.certificate_id))
        elif one.lookup_id:
            lookups.append(GivenLookup(one.material_id, one.lookup_id))
    if errors:
        raise InvalidRequest(errors=errors)
    return Content(body.form, tuple(files), tuple(certificates), tuple(lookups))
