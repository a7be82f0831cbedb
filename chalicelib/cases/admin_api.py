"""The routes of staff: the work list, one case whole, and its steps."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from chalicelib.cases import desk
from chalicelib.cases.desk import Said
from chalicelib.cases.domain import (
    STEPS,
    AlreadyClaimed,
    FeeUnpaid,
    Remark,
    Status,
    StepName,
    receipt_of,
)
from chalicelib.cases.lodging import PAGES
from chalicelib.cases.storage import Listed
from chalicelib.cases.uploads.api import FileView, file_view
from chalicelib.cases.views import CaseState, CaseView, case_parts, case_state
from chalicelib.core import auth, wiring
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import InvalidCursor, NotFound, StaleVersion, WrongStatus
from chalicelib.core.http_messages import (
    BodyModel,
    Day,
    Id,
    QueryModel,
    Request,
    Response,
    replayed,
)
from chalicelib.core.text import text
from chalicelib.core.web import Routes

routes: Final = Routes("admin_cases")

_ALL_STAFF: Final = auth.staff("clerk", "supervisor", "auditor", "admin")


class WorkQuery(QueryModel):
    """Which hall (all of one's own without), which status (those whose limits run without).

    `due` keeps what is promised until then: overdue, today, week, or a date.
    """

    office_id: Id | None = None
    status: Status | None = None
    due: Literal["overdue", "today", "week"] | Day | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class WorkItem(BodyModel):
    """A case in the work list; no personal data."""

    case_id: str
    receipt_number: str
    service_id: str
    office_id: str
    status: Status
    lodged_at: str
    promised_at: str
    due_at: str
    overdue: bool
    claimed_by: str | None


class WorkList(BodyModel):
    """Cases of one page, overdue first."""

    items: list[WorkItem]
    next_cursor: str | None


class PageQuery(QueryModel):
    """Which page of a material that is given in several files, from 1."""

    page: Annotated[int, Field(ge=1, le=PAGES)] = 1


class RemarkGiven(BodyModel):
    """One thing to correct: where, as the one-time notice says it, and what."""

    pointer: Annotated[str, text(200, 0)]
    detail: Annotated[str, text(300, lines=True)]


class StepTaken(BodyModel):
    """The version that was seen, the reason, and for a correction request what is to correct."""

    version: Annotated[int, Field(ge=1)] | None = None
    note: Annotated[str, text(500, 0, lines=True)] | None = None
    items: Annotated[list[RemarkGiven], Field(max_length=50, default_factory=list)]


class ApplicantView(BodyModel):
    """Who applies; null once the citizen was erased."""

    name: str | None
    id_number: str | None


class HandledState(CaseState):
    """A case without what was applied for, and who handles it."""

    claimed_by: str | None


class HandledCase(CaseView):
    """A case whole, for those who handle it."""

    claimed_by: str | None
    applicant: ApplicantView


@routes.get(
    "/v1/admin/cases",
    auth=_ALL_STAFF,
    body=WorkQuery,
    response=WorkList,
    errors=[InvalidCursor, NotFound],
)
def work_list(request: Request[WorkQuery]) -> WorkList:
    """List cases by what is promised, overdue first; no personal data is in them."""
    asked = request.input
    scope = f"work/{request.staff.staff_id}/{asked.office_id}/{asked.status}/{asked.due}"
    page = wiring.cursors().page(
        scope,
        asked.cursor,
        lambda position: desk.work_list(
            request.staff,
            asked.office_id,
            asked.status,
            asked.due,
            position,
            asked.limit,
            request.now,
        ),
    )
    items = [_work_item(listed, request.now) for listed in page.items]
    return WorkList(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/admin/cases/{case_id}", auth=_ALL_STAFF, response=HandledCase)
def show(request: Request[QueryModel], case_id: str) -> HandledCase:
    """Show a case whole; the look is recorded, and the citizen sees it."""
    whole, applicant = desk.show(request.staff, case_id, request.now)
    return HandledCase(
        **case_parts(whole),
        claimed_by=whole.case.claimed_by,
        applicant=ApplicantView(name=applicant.name, id_number=applicant.id_number),
    )


@routes.get(
    "/v1/admin/cases/{case_id}/materials/{material_id}",
    auth=_ALL_STAFF,
    body=PageQuery,
    response=FileView,
)
def show_material(request: Request[PageQuery], case_id: str, material_id: str) -> FileView:
    """Read a page of a material of a case; the look is recorded, and the citizen sees it."""
    found = desk.material(request.staff, case_id, material_id, request.input.page, request.now)
    return file_view(found, request)


def _view_of(name: StepName) -> Callable[[Request[StepTaken], str], Response]:
    def view(request: Request[StepTaken], case_id: str) -> Response:
        given = request.input
        items = tuple(Remark(item.pointer, item.detail) for item in given.items)
        said = Said(given.version, given.note, items)
        applied = desk.step(request.staff, case_id, name, said, request.attempt, request.now)
        state = HandledState(**case_state(applied.new), claimed_by=applied.new.claimed_by)
        return replayed(state, again=applied.replayed)

    view.__name__ = name.replace("-", "_")
    view.__doc__ = f"Take the step `{name}`; one out of order or by the wrong role leaves an alert."
    return view


for _name in STEPS:
    # Every role may knock: who may not take the step leaves a trace.
    routes.post(
        f"/v1/admin/cases/{{case_id}}/{_name}",
        auth=_ALL_STAFF,
        body=StepTaken,
        response=HandledState,
        errors=[WrongStatus, StaleVersion, AlreadyClaimed, FeeUnpaid],
        idempotent=True,
    )(_view_of(_name))


def _work_item(listed: Listed, now: datetime) -> WorkItem:
    case_id = listed.case_id
    return WorkItem(
        case_id=case_id,
        receipt_number=receipt_of(case_id),
        service_id=listed.service_id,
        office_id=listed.office_id,
        status=listed.status,
        lodged_at=rfc3339(listed.lodged_at),
        promised_at=rfc3339(listed.promised_at),
        due_at=rfc3339(listed.due_at),
        overdue=not listed.waits and (listed.decided_at or now) > listed.promised_at,
        claimed_by=listed.claimed_by,
    )
