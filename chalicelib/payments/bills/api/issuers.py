"""The routes of staff who keep issuers' accounts, and see the messages to them."""

from dataclasses import replace
from typing import Annotated, Final

from pydantic import StringConstraints

from chalicelib.core import auth, dependencies
from chalicelib.core.changes import Author
from chalicelib.core.errors import InvalidCursor, StaleVersion, WrongStatus
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    Nothing,
    QueryModel,
    Request,
    Response,
    replayed,
)
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
from chalicelib.payments.bills.service.outbox import OUTBOX
from chalicelib.webhooks.api.views import MessagesQuery, Recovered, Since
from chalicelib.webhooks.service import replay as webhooks_replay
from chalicelib.webhooks.service.accounts import AccountChanged

routes: Final = Routes("admin_bills")
_READERS: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
# Issuers are the city's.
_KEEPERS: Final = auth.staff("admin")

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
    return _made(issuers.create(asked, _author(request)))


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

    return _seen(ACCOUNTS.change(issuer_id, decide, _author(request)))


@routes.post(
    "/v1/admin/issuers/{issuer_id}/rotate-secret",
    auth=_KEEPERS,
    body=Nothing,
    response=IssuerMade,
    idempotent=True,
)
def rotate_issuer_secret(request: Request[Nothing], issuer_id: str) -> Response:
    """Make a fresh secret, told this once; the one before holds for another 24 hours."""
    return _made(ACCOUNTS.rotate_secret(issuer_id, _author(request)))


@routes.post(
    "/v1/admin/issuers/{issuer_id}/ping",
    auth=_KEEPERS,
    body=Nothing,
    response=IssuerView,
    status=202,
    idempotent=True,
)
def ping_issuer(request: Request[Nothing], issuer_id: str) -> Response:
    """Send a test message; what came of it stands among the messages."""
    return _seen(ACCOUNTS.ping(issuer_id, _author(request)))


@routes.post(
    "/v1/admin/issuers/{issuer_id}/pause",
    auth=_KEEPERS,
    body=Nothing,
    response=IssuerView,
    errors=[WrongStatus],
    idempotent=True,
)
def pause_issuer(request: Request[Nothing], issuer_id: str) -> Response:
    """Hold its messages back; what it says is taken all the same."""
    return _seen(ACCOUNTS.pause(issuer_id, _author(request)))


@routes.post(
    "/v1/admin/issuers/{issuer_id}/resume",
    auth=_KEEPERS,
    body=Nothing,
    response=IssuerView,
    idempotent=True,
)
def resume_issuer(request: Request[Nothing], issuer_id: str) -> Response:
    """Let messages go to it again; those that waited go out."""
    return _seen(ACCOUNTS.resume(issuer_id, _author(request)))


@routes.get(
    "/v1/admin/issuers/{issuer_id}/messages",
    auth=_READERS,
    body=MessagesQuery,
    response=IssuerMessageList,
    errors=[InvalidCursor],
)
def list_issuer_messages(request: Request[MessagesQuery], issuer_id: str) -> IssuerMessageList:
    """List messages with their attempts: those that wait, that failed, that were sent."""
    query = request.input
    DIRECTORY.find(issuer_id)
    page = dependencies.cursors().page(
        f"issuer-messages/{request.staff.staff_id}/{issuer_id}",
        query.cursor,
        lambda position: OUTBOX.list_page(issuer_id, position, query.limit),
    )
    items = [issuer_message_view(message) for message in page.items]
    return IssuerMessageList(items=items, next_cursor=page.next_cursor)


@routes.post(
    "/v1/admin/issuers/{issuer_id}/messages/{message_id}/replay",
    auth=_KEEPERS,
    body=Nothing,
    response=IssuerMessageView,
    status=202,
    errors=[StaleVersion],
    idempotent=True,
)
def replay_issuer_message(request: Request[Nothing], issuer_id: str, message_id: str) -> Response:
    """Send one message again, under the same id."""
    message, again = ACCOUNTS.replay(issuer_id, message_id, _author(request))
    return replayed(issuer_message_view(message), again=again)


@routes.post(
    "/v1/admin/issuers/{issuer_id}/recover",
    auth=_KEEPERS,
    body=Since,
    response=Recovered,
    status=202,
)
def recover_issuer(request: Request[Since], issuer_id: str) -> Recovered:
    """Send again all that failed since a time; doing it twice is the same."""
    DIRECTORY.find(issuer_id)
    requeued = webhooks_replay.recover(OUTBOX, issuer_id, request.input.since, request.now)
    return Recovered(recovered=requeued.recovered, more=requeued.more)


def _author(request: Request[BodyModel]) -> Author:
    return Author(request.staff.actor, request.now, request.attempt)


def _made(changed: AccountChanged[Issuer]) -> Response:
    return replayed(issuer_made(changed.account, changed.secret), again=changed.replayed)


def _seen(changed: AccountChanged[Issuer]) -> Response:
    return replayed(issuer_view(changed.account), again=changed.replayed)
