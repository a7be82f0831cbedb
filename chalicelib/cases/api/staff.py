"""The routes of staff: the work list, and one case whole."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from chalicelib.cases.api.part_views import HandledPart, handled_parts
from chalicelib.cases.api.views import CaseView, RemarkView, case_fields
from chalicelib.cases.domain import CaseStatus, CaseSummary, PartStatus, WorkFilter
from chalicelib.cases.domain.application import PAGES
from chalicelib.cases.domain.parts import Sight
from chalicelib.cases.service import business, correction_rounds, evidence, lookups, processing
from chalicelib.cases.service.correction_rounds import Round
from chalicelib.cases.service.results import certificate_of
from chalicelib.cases.service.work_list import work_list as list_work
from chalicelib.cases.uploads.api import FileView, file_view
from chalicelib.certificates.api.views import CertificateView, certificate_view
from chalicelib.core import auth, dependencies
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.errors import InvalidCursor, NotFound
from chalicelib.core.http_messages import BodyModel, Day, Id, QueryModel, Request
from chalicelib.core.id_documents import DocumentType
from chalicelib.core.on_behalf import ActedBy
from chalicelib.core.routes import Routes
from chalicelib.mandates import service as mandates
from chalicelib.mandates.service.register import Registration
from chalicelib.registers.api.views import LookupView, lookup_view

routes: Final = Routes("admin_cases")

ALL_STAFF: Final = auth.staff("clerk", "supervisor", "auditor", "admin")


class WorkQuery(QueryModel):
    """Which hall (all of one's own without), which status (those whose limits run without).

    `due` keeps what is promised until then: overdue, today, week, or a date. With a department its
    open parts are listed, whatever the status of their cases.
    """

    office_id: Id | None = None
    status: CaseStatus | None = None
    due: Literal["overdue", "today", "week"] | Day | None = None
    department_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class WorkItem(BodyModel):
    """A case in the work list, or an open part of a department; no personal data."""

    case_id: str
    receipt_number: str
    service_id: str
    office_id: str
    status: CaseStatus | PartStatus
    lodged_at: str
    promised_at: str
    due_at: str
    overdue: bool
    claimed_by: str | None
    part_id: str | None
    department_id: str | None


class WorkList(BodyModel):
    """Cases of one page, overdue first."""

    items: list[WorkItem]
    next_cursor: str | None


class PageQuery(QueryModel):
    """Which page of a material that is given in several files, from 1."""

    page: Annotated[int, Field(ge=1, le=PAGES)] = 1


class ApplicantView(BodyModel):
    """Who applies, the number masked; null once the citizen was erased."""

    name: str | None
    document_type: DocumentType | None
    id_number: str | None


class RegistrationView(BodyModel):
    """Whether the business register names the applicant as who represents a business."""

    credit_code: str
    outcome: Literal["confirmed", "denied", "not_found", "unavailable"]
    name: str | None
    asked_at: str


class FieldChange(BodyModel):
    """A field or a paper that was given anew; `before` is what the field said until then."""

    pointer: str
    before: Any | None


class CorrectionRound(BodyModel):
    """What was asked to be corrected, and what the answer changed; `answered_at` null before."""

    asked_at: str
    asked_by: str
    items: list[RemarkView]
    answered_at: str | None
    changes: list[FieldChange]


class HandledCase(CaseView):
    """A case whole, for those who handle it; `registration` is of the business that it names.

    `acted_by` is who lodged it for another; null for what was lodged for oneself.
    """

    claimed_by: str | None
    handled_parts: list[HandledPart]
    applicant: ApplicantView
    certificates: list[CertificateView]
    ended_with: str | None
    lookups: list[LookupView]
    registration: RegistrationView | None
    acted_by: ActedBy | None
    rounds: list[CorrectionRound]


@routes.get(
    "/v1/admin/cases",
    auth=ALL_STAFF,
    body=WorkQuery,
    response=WorkList,
    errors=[InvalidCursor, NotFound],
)
def work_list(request: Request[WorkQuery]) -> WorkList:
    """List cases by what is promised, overdue first; no personal data is in them."""
    query = request.input
    wanted = WorkFilter(query.office_id, query.status, query.due, query.department_id)
    asked = f"{query.office_id}/{query.status}/{query.due}/{query.department_id}"
    scope = f"work/{request.staff.staff_id}/{asked}"
    page = dependencies.cursors().page(
        scope,
        query.cursor,
        lambda position: list_work(request.staff, wanted, position, query.limit, request.now),
    )
    items = [_work_item(case, request.now) for case in page.items]
    return WorkList(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/admin/cases/{case_id}", auth=ALL_STAFF, response=HandledCase)
def show(request: Request[QueryModel], case_id: str) -> HandledCase:
    """Show a case, to a department what it decides by; the citizen sees who looked."""
    file, applicant, sight = processing.show(request.staff, case_id, request.now)
    given = evidence.shown(file, sight)
    today = office_time(request.now).date()
    acted_by = mandates.acted_by(file.case.citizen_id, file.case, request.now)
    name = applicant.name if acted_by else None
    fields = case_fields(file, (name, None), request.lang, sight)
    found = business.registered(request.staff, file.case, fields["form"], request.now)
    return HandledCase(
        **fields,
        handled_parts=handled_parts(file.case, request.lang, request.now),
        claimed_by=file.case.claimed_by,
        applicant=ApplicantView(**asdict(applicant)),
        certificates=[certificate_view(one, request.lang, today) for one in given],
        ended_with=certificate_of(file.case),
        lookups=[lookup_view(one, request.lang) for one in lookups.shown(file, sight)],
        registration=_registration(found) if found else None,
        acted_by=acted_by,
        rounds=[_round(one, sight) for one in correction_rounds.of_file(file)],
    )


def _round(found: Round, sight: Sight | None) -> CorrectionRound:
    """Present a round as far as the reader's department sees what it is about."""

    def seen(pointer: str) -> bool:
        return sight is None or sight.shows(pointer)

    return CorrectionRound(
        asked_at=found.asked_at,
        asked_by=found.asked_by,
        items=[
            RemarkView(pointer=one.pointer, detail=one.detail)
            for one in found.remarks
            if seen(one.pointer)
        ],
        answered_at=found.answered_at,
        changes=[
            FieldChange(pointer=one.pointer, before=one.before)
            for one in found.changes
            if seen(one.pointer)
        ],
    )


def _registration(found: Registration) -> RegistrationView:
    return RegistrationView(
        credit_code=found.credit_code,
        outcome=found.outcome,
        name=found.name,
        asked_at=rfc3339(found.asked_at),
    )


@routes.get(
    "/v1/admin/cases/{case_id}/materials/{material_id}",
    auth=ALL_STAFF,
    body=PageQuery,
    response=FileView,
)
def show_material(request: Request[PageQuery], case_id: str, material_id: str) -> FileView:
    """Read a page of a material of a case; the look is recorded, and the citizen sees it."""
    page = request.input.page
    upload = processing.material(request.staff, case_id, material_id, page, request.now)
    return file_view(upload, request)


def _work_item(case: CaseSummary, now: datetime) -> WorkItem:
    return WorkItem(
        case_id=case.case_id,
        receipt_number=case.receipt_number,
        service_id=case.service_id,
        office_id=case.office_id,
        status=case.status,
        lodged_at=rfc3339(case.lodged_at),
        promised_at=rfc3339(case.promised_at),
        due_at=rfc3339(case.due_at),
        overdue=case.overdue(now),
        claimed_by=case.claimed_by,
        part_id=case.part_id,
        department_id=case.department_id,
    )
