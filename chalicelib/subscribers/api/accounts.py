"""The routes of staff who keep subscribers' accounts, and see the messages to them."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from chalicelib.core import auth
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request, Response
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.subscribers.api.views import (
    SubscriberList,
    SubscriberMade,
    SubscriberMessageList,
    SubscriberMessageView,
    SubscriberView,
    subscriber_made,
    subscriber_message_view,
    subscriber_view,
)
from chalicelib.subscribers.domain import ID_LENGTH, Subscriber
from chalicelib.subscribers.service import accounts
from chalicelib.subscribers.service.accounts import ACCOUNTS, DIRECTORY, Subscription
from chalicelib.webhooks.api.accounts import AccountRoutes, Guard, Models, Shown, author_of

routes: Final = Routes("admin_subscribers")
_READERS: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
# Subscribers are the city's.
_KEEPERS: Final = auth.staff("admin")
_MADE_LENGTH: Final = 12
_ROUTES: Final[AccountRoutes[Subscriber]] = AccountRoutes(
    routes,
    ACCOUNTS,
    DIRECTORY,
    Shown(subscriber_view, subscriber_made, subscriber_message_view),
    Models(SubscriberView, SubscriberMade, SubscriberMessageView, SubscriberMessageList),
)

SubscriberId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", min_length=2, max_length=ID_LENGTH)
]
Name = Annotated[str, text(100)]
Endpoint = Annotated[str, text(500, 8)]
TypeGlob = Annotated[str, StringConstraints(pattern=r"^[a-z_.*]+$", max_length=60)]
TypeGlobs = Annotated[list[TypeGlob], Field(min_length=1, max_length=50)]
OfficeIds = Annotated[list[Id], Field(max_length=100)]
Purpose = Annotated[str, text(200, 0)]


class SubscriberAsked(BodyModel):
    """A subscriber's account; without `office_ids` it hears of all halls.

    Without a `purpose` it is told ids, and nothing else of any person.
    """

    subscriber_id: SubscriberId | None = None
    name: Name
    endpoint: Endpoint
    types: TypeGlobs
    office_ids: OfficeIds | None = None
    purpose: Purpose | None = None


class SubscriberChange(BodyModel):
    """What is to be different; an empty list is all halls, an empty purpose none."""

    name: Name | None = None
    endpoint: Endpoint | None = None
    types: TypeGlobs | None = None
    office_ids: OfficeIds | None = None
    purpose: Purpose | None = None


@routes.get("/v1/admin/subscribers", auth=_READERS, response=SubscriberList)
def list_subscribers(_request: Request[QueryModel]) -> SubscriberList:
    """List all subscribers; no secret is in the list."""
    return SubscriberList(items=[subscriber_view(one) for one in DIRECTORY.everyone()])


@routes.post(
    "/v1/admin/subscribers",
    auth=_KEEPERS,
    body=SubscriberAsked,
    response=SubscriberMade,
    status=201,
    errors=[accounts.SubscriberExists],
    idempotent=True,
)
def create_subscriber(request: Request[SubscriberAsked]) -> Response:
    """Make an account, which hears of what happens from now on; its secret is told this once."""
    body = request.input
    made_id = request.attempt.id_for("subscriber", _MADE_LENGTH).lower()
    created = accounts.create(
        body.subscriber_id or made_id, _subscription(body), author_of(request)
    )
    return _ROUTES.made(created)


@routes.patch(
    "/v1/admin/subscribers/{subscriber_id}",
    auth=_KEEPERS,
    body=SubscriberChange,
    response=SubscriberView,
    idempotent=True,
)
def change_subscriber(request: Request[SubscriberChange], subscriber_id: str) -> Response:
    """Change an account; what happens from now on is told as it says then."""
    asked = _subscription(request.input)
    return _ROUTES.seen(accounts.change(subscriber_id, asked, author_of(request)))


_ROUTES.declare(Guard(_READERS, _KEEPERS))


def _subscription(body: SubscriberAsked | SubscriberChange) -> Subscription:
    return Subscription(body.name, body.endpoint, body.types, body.office_ids, body.purpose)
