"""The routes of the catalogue's desk: services are drafted, submitted, approved and published."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from chalicelib.catalogue.api.draft_views import (
    DeskServiceList,
    DraftBody,
    ServiceDraftView,
    desk_service_view,
    draft_view,
    sections_given,
)
from chalicelib.catalogue.domain.desk import Desk
from chalicelib.catalogue.service import drafts
from chalicelib.catalogue.service.drafts import Applied, Edit, Step
from chalicelib.core import auth, dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.errors import Forbidden, InvalidCursor, NotFound, StaleVersion, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response, replayed
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.core.routes import Routes
from chalicelib.core.text import text

routes: Final = Routes("admin_catalogue")

_ALL_STAFF: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
_DESK: Final = auth.staff("supervisor", "admin")
_REFUSED: Final = (NotFound, Forbidden, StaleVersion, WrongStatus)
_Use = Callable[[Staff, str, Step, Attempt, datetime], Applied]


class DeskQuery(QueryModel):
    """How many services of the desk's list."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class DraftStep(BodyModel):
    """Why, and the version of the draft that was looked at: another is not meant."""

    reason: Annotated[str, text(200, 0, lines=True)] = ""
    version: Annotated[int, Field(ge=0)] | None = None


@routes.get(
    "/v1/admin/services",
    auth=_ALL_STAFF,
    body=DeskQuery,
    response=DeskServiceList,
    errors=[InvalidCursor],
)
def list_services(request: Request[DeskQuery]) -> DeskServiceList:
    """List the services of the catalogue with the state of their drafts."""
    asked = request.input

    def page_at(position: str | None) -> Page[Desk]:
        begin, desks = int(position or 0), drafts.desks()
        end = begin + asked.limit
        return Page(tuple(desks[begin:end]), str(end) if end < len(desks) else None)

    page = dependencies.cursors().page(f"desk/{request.staff.staff_id}", asked.cursor, page_at)
    items = [desk_service_view(one, request.lang, request.now) for one in page.items]
    return DeskServiceList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/admin/services/{service_id}/draft",
    auth=_ALL_STAFF,
    response=ServiceDraftView,
    errors=[NotFound],
)
def show(request: Request[QueryModel], service_id: str) -> ServiceDraftView:
    """Show a service as it is drafted, what that changes, and the versions before."""
    return _view(drafts.desk(service_id), request)


@routes.put(
    "/v1/admin/services/{service_id}/draft",
    auth=_DESK,
    body=DraftBody,
    response=ServiceDraftView,
    errors=[NotFound, Forbidden, StaleVersion],
)
def edit(request: Request[DraftBody], service_id: str) -> ServiceDraftView:
    """Write a draft, or be told all that is wrong with it; nothing is published by it."""
    asked = request.input
    wanted = Edit(sections_given(asked), asked.effective_from, asked.version)
    return _view(drafts.edit(request.staff, service_id, wanted, request.now), request)


@routes.post(
    "/v1/admin/services/{service_id}/draft/submit",
    auth=_DESK,
    body=DraftStep,
    response=ServiceDraftView,
    errors=_REFUSED,
    idempotent=True,
    two_persons=True,
)
def submit(request: Request[DraftStep], service_id: str) -> Response:
    """Submit a draft to a second person; where words alone are changed it is published."""
    return _step(drafts.submit, request, service_id)


@routes.post(
    "/v1/admin/services/{service_id}/draft/approve",
    auth=_DESK,
    body=DraftStep,
    response=ServiceDraftView,
    errors=[*_REFUSED, SecondPersonNeeded],
    idempotent=True,
)
def approve(request: Request[DraftStep], service_id: str) -> Response:
    """Publish what another has written and submitted, from its moment on."""
    return _step(drafts.approve, request, service_id)


@routes.post(
    "/v1/admin/services/{service_id}/draft/discard",
    auth=_DESK,
    body=DraftStep,
    response=ServiceDraftView,
    errors=_REFUSED,
    idempotent=True,
)
def discard(request: Request[DraftStep], service_id: str) -> Response:
    """Throw a draft away, also a submitted one."""
    return _step(drafts.discard, request, service_id)


def _step(use: _Use, request: Request[DraftStep], service_id: str) -> Response:
    step = Step(request.input.reason, request.input.version)
    applied = use(request.staff, service_id, step, request.attempt, request.now)
    answer = replayed(_view(applied.new, request), again=applied.replayed)
    status = 202 if applied.new.draft.status == "submitted" else 200
    return Response(answer.body, status, answer.headers)


def _view(desk: Desk, request: Request[BodyModel] | Request[QueryModel]) -> ServiceDraftView:
    versions = drafts.versions(desk.draft.service_id)
    return draft_view(desk, versions, request.lang, request.now)
