"""The routes of drafts, for their citizen."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.cases.api.citizen import FILES, Form, MaterialGiven
from chalicelib.cases.domain.drafts import Draft
from chalicelib.cases.service import drafts
from chalicelib.core import auth
from chalicelib.core.address import AddressGiven
from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request, Response, WholeList
from chalicelib.core.routes import Routes

routes: Final = Routes("cases")


class DraftGiven(BodyModel):
    """What an application has so far; it is checked when it is lodged."""

    office_id: Id | None = None
    for_member: Id | None = None
    form: Annotated[Form, Field(default_factory=dict)]
    materials: Annotated[list[MaterialGiven], Field(max_length=FILES, default_factory=list)]
    delivery: AddressGiven | None = None


class DraftView(DraftGiven):
    """A draft as it was saved last."""

    service_id: str
    saved_at: str
    expires_at: str


class DraftSummary(BodyModel):
    """That there is a draft for a service."""

    service_id: str
    saved_at: str
    expires_at: str


class DraftList(WholeList):
    """One for a service at most; so few that they are all in one answer."""

    items: list[DraftSummary]


@routes.get("/v1/me/drafts", auth=auth.citizen, response=DraftList)
def list_drafts(request: Request[QueryModel]) -> DraftList:
    """List for which services one has drafts, the last saved first."""
    found = drafts.list_mine(request.citizen.citizen_id, request.now)
    return DraftList(items=[DraftSummary(**_about(draft)) for draft in found])


@routes.get("/v1/me/drafts/{service_id}", auth=auth.citizen, response=DraftView)
def show_draft(request: Request[QueryModel], service_id: str) -> DraftView:
    """Show one's draft for a service."""
    return _view(drafts.show(request.citizen.citizen_id, service_id, request.now))


@routes.put("/v1/me/drafts/{service_id}", auth=auth.citizen, body=DraftGiven, response=DraftView)
def save_draft(request: Request[DraftGiven], service_id: str) -> DraftView:
    """Save what an application has so far, for 90 days, in the place of the last draft."""
    content = request.input.model_dump(mode="json", exclude_unset=True)
    return _view(drafts.save(request.citizen.citizen_id, service_id, content, request.now))


@routes.delete("/v1/me/drafts/{service_id}", auth=auth.citizen, status=204)
def discard_draft(request: Request[QueryModel], service_id: str) -> Response:
    """Drop one's draft for a service; doing it twice answers the same."""
    drafts.discard(request.citizen.citizen_id, service_id)
    return Response(None)


def _view(draft: Draft) -> DraftView:
    return DraftView.model_validate({**draft.content, **_about(draft)})


def _about(draft: Draft) -> dict[str, str]:
    return {
        "service_id": draft.service_id,
        "saved_at": rfc3339(draft.saved_at),
        "expires_at": rfc3339(draft.expires_at),
    }
