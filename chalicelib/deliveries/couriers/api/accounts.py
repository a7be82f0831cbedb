"""The routes of staff who keep couriers' accounts."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from chalicelib.core import auth
from chalicelib.core.errors import NotFound
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request, Response
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.deliveries.couriers.api.views import (
    CourierList,
    CourierMade,
    CourierView,
    MessageList,
    MessageView,
    courier_made,
    courier_view,
    message_view,
)
from chalicelib.deliveries.couriers.domain import Courier
from chalicelib.deliveries.couriers.service import accounts, directory
from chalicelib.deliveries.couriers.service.accounts import ACCOUNTS, CourierDetails
from chalicelib.deliveries.couriers.service.directory import DIRECTORY
from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.webhooks.api.accounts import AccountRoutes, Guard, Models, Shown, author_of

routes: Final = Routes("admin_deliveries")
_READERS: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
_KEEPERS: Final = auth.staff("supervisor", "admin")
_ROUTES: Final[AccountRoutes[Courier]] = AccountRoutes(
    routes,
    ACCOUNTS,
    DIRECTORY,
    Shown(courier_view, courier_made, message_view),
    Models(CourierView, CourierMade, MessageView, MessageList),
)

# Never as long as a delivery's id, so that a message's subject is never taken for the other.
CourierId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", min_length=2, max_length=19)
]
Name = Annotated[str, text(100)]
Endpoint = Annotated[str, text(500, 8)]
Code = Annotated[str, StringConstraints(pattern=r"^[1-8][0-9]{1,11}$")]
Codes = Annotated[list[Code], Field(min_length=1, max_length=100)]
Services = Annotated[list[Direction], Field(min_length=1, max_length=2)]


class NewCourier(BodyModel):
    """A courier's account; `division_codes` are GB/T 2260 codes or their beginnings.

    Without `office_id` it is the city's, which only `admin` may make and change.
    """

    courier_id: CourierId | None = None
    name: Name
    endpoint: Endpoint
    division_codes: Codes
    services: Services
    office_id: Id | None = None


class CourierChange(BodyModel):
    """What is to be different."""

    name: Name | None = None
    endpoint: Endpoint | None = None
    division_codes: Codes | None = None
    services: Services | None = None


@routes.get("/v1/admin/couriers", auth=_READERS, response=CourierList)
def list_couriers(request: Request[QueryModel]) -> CourierList:
    """List the city's couriers and those of one's own halls; no secret is in the list."""
    return CourierList(
        items=[courier_view(courier) for courier in directory.seen_by(request.staff)]
    )


@routes.post(
    "/v1/admin/couriers",
    auth=_KEEPERS,
    body=NewCourier,
    response=CourierMade,
    status=201,
    errors=[accounts.CourierExists, NotFound],
    idempotent=True,
)
def create_courier(request: Request[NewCourier]) -> Response:
    """Make an account; its secret is told this once."""
    body = request.input
    directory.check_keeps(request.staff, body.office_id)
    courier_id = body.courier_id or request.attempt.id_for("courier", 12).lower()
    details = CourierDetails(
        body.name,
        body.endpoint,
        tuple(body.division_codes),
        frozenset(body.services),
        body.office_id,
    )
    return _ROUTES.made(accounts.create(courier_id, details, author_of(request)))


@routes.patch(
    "/v1/admin/couriers/{courier_id}",
    auth=_KEEPERS,
    body=CourierChange,
    response=CourierView,
    idempotent=True,
)
def change_courier(request: Request[CourierChange], courier_id: str) -> Response:
    """Change an account."""
    directory.check_kept(request.staff, courier_id)
    body = request.input
    details = CourierDetails(
        body.name,
        body.endpoint,
        tuple(body.division_codes) if body.division_codes else None,
        frozenset(body.services) if body.services else None,
    )
    return _ROUTES.seen(accounts.change(courier_id, details, author_of(request)))


_ROUTES.declare(Guard(_READERS, _KEEPERS, directory.check_seen, directory.check_kept))
