"""The routes of the counter: enter a case, find one, print its receipt, pass it on."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from chalicelib.cases import domain
from chalicelib.cases.api.citizen import GivenContent, content_of
from chalicelib.cases.api.staff import ALL_STAFF
from chalicelib.cases.api.steps import HandledState, handled_state
from chalicelib.cases.domain import Application, Case, CaseStatus
from chalicelib.cases.service import intake, receipt
from chalicelib.cases.service.intake import AtCounter
from chalicelib.core import auth, dependencies, negotiation
from chalicelib.core.address import AddressGiven
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.errors import (
    FieldError,
    InvalidCursor,
    InvalidRequest,
    NotAcceptable,
    NotFound,
    TooManyRequests,
    WrongStatus,
)
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    QueryModel,
    Request,
    Response,
    Transfer,
    replayed,
)
from chalicelib.core.i18n import Text
from chalicelib.core.id_documents import Document, DocumentType, read_document
from chalicelib.core.routes import Routes
from chalicelib.core.text import Name, Phone, text
from chalicelib.identity.service.person_corrections import Details

routes: Final = Routes("admin_cases")

_DESK: Final = auth.staff("clerk", "supervisor", "admin")
_RECEIPT_MEDIA: Final = ("application/pdf", "application/json")
_ONE_OF: Final = Text(
    "请填写回执编号，或者证件号码和查询理由",
    "Give a receipt number, or a document number and why it is looked for",
)
Number = Annotated[str, text(40)]


class PersonGiven(BodyModel):
    """Who stands at the counter, as their document says; a type that is left out is recognised."""

    name: Name
    id_number: Number
    document_type: DocumentType | None = None
    phone: Phone | None = None


class CounterLodging(GivenContent):
    """An application that a clerk enters: the same form and papers, scanned."""

    person: PersonGiven
    service_id: Id
    office_id: Id
    delivery: AddressGiven | None = None
    appointment_id: Id | None = None


class CaseSought(BodyModel):
    """A receipt's number, or a document's and why it is looked for."""

    receipt_number: Number | None = None
    id_number: Number | None = None
    reason: Annotated[str, text(200, lines=True)] | None = None


class FoundCase(BodyModel):
    """A case that was found, of whatever hall; no personal data."""

    case_id: str
    receipt_number: str
    service_id: str
    office_id: str
    status: CaseStatus
    lodged_at: str
    promised_at: str


class FoundCases(BodyModel):
    """What was found, newest first; nothing for nobody."""

    items: list[FoundCase]
    next_cursor: None = None


class CaseReceiptView(BodyModel):
    """What a receipt leads to; it names no person."""

    receipt_number: str
    progress_code: str
    progress_url: str


class HandoverQuery(QueryModel):
    """Which page of a hall's originals on their way."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class HandoverView(BodyModel):
    """Originals between halls: of which case, to which hall, which papers."""

    case_id: str
    receipt_number: str
    to_office_id: str
    materials: list[str]


class HandoverList(BodyModel):
    """Originals of one page, latest first."""

    items: list[HandoverView]
    next_cursor: str | None


@routes.post(
    "/v1/admin/cases",
    auth=_DESK,
    body=CounterLodging,
    response=HandledState,
    status=201,
    errors=[NotFound, domain.Incomplete, domain.LodgedMeanwhile],
    idempotent=True,
)
def lodge(request: Request[CounterLodging]) -> Response:
    """Enter a case for who stands at the counter; their account shows it, once they have one."""
    body = request.input
    person = body.person
    document = _document(person.id_number, person.document_type, request.now, "/person/id_number")
    delivery = domain.Address(**body.delivery.model_dump()) if body.delivery else None
    application = Application(
        body.service_id,
        content_of(body),
        body.office_id,
        delivery=delivery,
        appointment_id=body.appointment_id,
    )
    shown = AtCounter(Details(person.name, document), person.phone)
    file, again = intake.lodge(request.staff, shown, application, request.attempt, request.now)
    location = {"Location": f"/v1/admin/cases/{file.case.case_id}"}
    return replayed(handled_state(file.case, request), again=again, headers=location)


@routes.post(
    "/v1/admin/cases/find",
    auth=_DESK,
    body=CaseSought,
    response=FoundCases,
    errors=[TooManyRequests],
)
def find(request: Request[CaseSought]) -> FoundCases:
    """Find a case by its receipt, or a person's by their document; the person sees the look."""
    sought, staff = request.input, request.staff
    if sought.receipt_number and not sought.id_number:
        found = intake.find_by_receipt(staff, sought.receipt_number)
    elif sought.id_number and sought.reason and not sought.receipt_number:
        document = _document(sought.id_number, None, request.now, "/id_number")
        found = intake.find_by_person(staff, document, sought.reason, request.now)
    else:
        at = "/reason" if sought.id_number and not sought.receipt_number else "/receipt_number"
        raise InvalidRequest(errors=[FieldError(at, "missing", _ONE_OF)])
    return FoundCases(items=[_found(case) for case in found])


@routes.get(
    "/v1/admin/cases/{case_id}/receipt",
    auth=ALL_STAFF,
    response=CaseReceiptView,
    media=_RECEIPT_MEDIA,
    errors=[NotAcceptable, NotFound],
)
def print_receipt(request: Request[QueryModel], case_id: str) -> Response:
    """Print a case's receipt, with a code that shows its progress, or show what it says."""
    found = receipt.of(request.staff, case_id, request.lang)
    media = negotiation.media_type(request.headers.get("accept"), _RECEIPT_MEDIA)
    if media == "application/json":
        return Response(
            CaseReceiptView(
                receipt_number=found.number, progress_code=found.code, progress_url=found.url
            )
        )
    headers = {"Content-Disposition": f'attachment; filename="{found.number}.pdf"'}
    body = receipt.pdf(found, request.lang)
    return Response(body, content_type="application/pdf", headers=headers)


@routes.post(
    "/v1/admin/cases/{case_id}/transfer",
    auth=ALL_STAFF,
    body=Transfer,
    response=HandledState,
    errors=[WrongStatus],
    idempotent=True,
)
def transfer(request: Request[Transfer], case_id: str) -> Response:
    """Pass a case to another hall; its limits stay."""
    asked = intake.TransferRequest(case_id, request.input.office_id, request.input.note)
    applied = intake.transfer(request.staff, asked, request.attempt, request.now)
    return replayed(handled_state(applied.new, request), again=applied.replayed)


@routes.get(
    "/v1/admin/offices/{office_id}/handovers",
    auth=ALL_STAFF,
    body=HandoverQuery,
    response=HandoverList,
    errors=[InvalidCursor],
)
def handovers(request: Request[HandoverQuery], office_id: str) -> HandoverList:
    """List originals that left a hall for another, or are to come, until they are received."""
    page = dependencies.cursors().page(
        f"handovers/{request.staff.staff_id}/{office_id}",
        request.input.cursor,
        lambda position: intake.handovers(request.staff, office_id, position, request.input.limit),
    )
    items = [
        HandoverView(
            case_id=one.case.case_id,
            receipt_number=one.case.receipt_number,
            to_office_id=one.case.office_id,
            materials=list(one.materials),
        )
        for one in page.items
    ]
    return HandoverList(items=items, next_cursor=page.next_cursor)


def _document(number: str, kind: DocumentType | None, now: datetime, pointer: str) -> Document:
    """Return a document, what is wrong told at its place in the body; raises InvalidRequest."""
    try:
        return read_document(number, office_time(now).date(), kind, None)
    except InvalidRequest as error:
        errors = [FieldError(pointer, one.code, one.detail) for one in error.errors]
        raise InvalidRequest(errors=errors) from error


def _found(case: Case) -> FoundCase:
    return FoundCase(
        case_id=case.case_id,
        receipt_number=case.receipt_number,
        service_id=case.service_id,
        office_id=case.office_id,
        status=case.status,
        lodged_at=rfc3339(case.lodged_at),
        promised_at=rfc3339(case.promised_at),
    )
