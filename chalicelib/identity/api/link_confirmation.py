"""The routes of clerks who confirm at the counter that an account is a person's."""

from dataclasses import replace
from typing import Final, Literal

from chalicelib.core import auth
from chalicelib.core.errors import NotFound
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import (
    BodyModel,
    PendingView,
    QueryModel,
    Reason,
    Request,
    Response,
    replayed,
)
from chalicelib.core.id_documents import document_of
from chalicelib.core.routes import Routes
from chalicelib.identity.domain import ThingsOpen, masked_name
from chalicelib.identity.service import link_confirmation
from chalicelib.identity.service.link_confirmation import Confirmation

routes: Final = Routes("admin_people")
_COUNTER: Final = auth.staff("clerk", "supervisor", "admin")


class LinkView(BodyModel):
    """Whose account another one asks to be joined to, masked, and what was said of it."""

    link_id: str
    name: str
    document_type: str
    id_number: str
    status: Literal["requested", "joined"]
    pending: PendingView | None


@routes.get("/v1/admin/links/{link_id}", auth=_COUNTER, response=LinkView, errors=[NotFound])
def show(request: Request[QueryModel], link_id: str) -> LinkView:
    """Show a clerk with whose document to compare; the citizen sees the look."""
    return _view(link_confirmation.look(request.staff, link_id, request.now))


@routes.post(
    "/v1/admin/links/{link_id}/confirm",
    auth=_COUNTER,
    body=Reason,
    response=LinkView,
    errors=[NotFound, SecondPersonNeeded, ThingsOpen],
    idempotent=True,
    two_persons=True,
)
def confirm(request: Request[Reason], link_id: str) -> Response:
    """Confirm that the person was seen; with another person's word the account is of record."""
    said = link_confirmation.confirm(
        request.staff, link_id, request.input.reason, request.attempt, request.now
    )
    response = replayed(_view(said), again=said.replayed)
    return response if said.joined else replace(response, status=202)


def _view(said: Confirmation) -> LinkView:
    document = document_of(said.clear)
    return LinkView(
        link_id=said.link_id,
        name=masked_name(said.clear["name"]),
        document_type=document.document_type,
        id_number=document.masked,
        status="joined" if said.joined else "requested",
        pending=PendingView.of(said.asked),
    )
