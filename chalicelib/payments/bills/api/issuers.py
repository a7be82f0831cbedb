"""The routes of staff who keep issuers' accounts, and see the messages to them."""

from dataclasses import replace
from typing import Annotated, Final

from pydantic import StringConstraints

from chalicelib.core import auth
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request, Response
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.payments.bills.api.views import (
    IssuerList,
    IssuerMade,
    IssuerMessageList,
    IssuerMessageView,
    IssuerView,
    issuer_made,
    issuer_message_view,
    issuer_view,
)
from chalicelib.payments.bills.domain.issuer import Issuer
from chalicelib.payments.bills.service import issuers
from chalicelib.payments.bills.service.issuers import ACCOUNTS, DIRECTORY
from chalicelib.webhooks.api.accounts import AccountRoutes, Guard, Models, Shown, author_of

routes: Final = Routes("admin_bills")
_READERS: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
# Issuers are the city's.
_KEEPERS: Final = auth.staff("admin")
_ROUTES: Final[AccountRoutes[Issuer]] = AccountRoutes(
    routes,
    ACCOUNTS,
    DIRECTORY,
    Shown(issuer_view, issuer_made, issuer_message_view),
    Models(IssuerView, IssuerMade, IssuerMessageView, IssuerMessageList),
)

# Never as long as a bill's id, so that a message's subject is never taken for the other.
IssuerId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", min_length=2, max_length=19)
]
Name = Annotated[str, text(100)]
Endpoint = Annotated[str, text(500, 8)]


class IssuerAsked(BodyModel):
    """An issuer's account; without `office_id` the city's first hall looks after its money."""

    issuer_id: IssuerId | None = None
    name: Name
    department_id: Id
    endpoint: Endpoint
    office_id: Id | None = None


class IssuerChange(BodyModel):
    """What is to be different."""

    name: Name | None = None
    department_id: Id | None = None
    endpoint: Endpoint | None = None


@routes.get("/v1/admin/issuers", auth=_READERS, response=IssuerList)
def list_issuers(_request: Request[QueryModel]) -> IssuerList:
    """List all issuers; no secret is in the list."""
    return IssuerList(items=[issuer_view(issuer) for issuer in DIRECTORY.everyone()])


@routes.post(
    "/v1/admin/issuers",
    auth=_KEEPERS,
    body=IssuerAsked,
    response=IssuerMade,
    status=201,
    errors=[issuers.IssuerExists],
    idempotent=True,
)
def create_issuer(request: Request[IssuerAsked]) -> Response:
    """Make an account; its secret is told this once."""
    body = request.input
    issuer_id = body.issuer_id or request.attempt.id_for("issuer", 12).lower()
    asked = issuers.NewIssuer(
        issuer_id, body.name, body.department_id, body.endpoint, body.office_id
    )
    return _ROUTES.made(issuers.create(asked, author_of(request)))


@routes.patch(
    "/v1/admin/issuers/{issuer_id}",
    auth=_KEEPERS,
    body=IssuerChange,
    response=IssuerView,
    idempotent=True,
)
def change_issuer(request: Request[IssuerChange], issuer_id: str) -> Response:
    """Change an account."""
    body = request.input
    if body.department_id:
        issuers.check_department(body.department_id)

    def decide(old: Issuer) -> Issuer:
        return replace(
            old,
            name=body.name or old.name,
            department_id=body.department_id or old.department_id,
            endpoint=body.endpoint or old.endpoint,
        )

    return _ROUTES.seen(ACCOUNTS.change(issuer_id, decide, author_of(request)))


_ROUTES.declare(Guard(_READERS, _KEEPERS))
