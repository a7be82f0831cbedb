"""The routes of staff who keep couriers' accounts."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from chalicelib.core.errors import NotFound, WrongStatus
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
from chalicelib.deliveries.couriers.api.access import KEEPERS, READERS, check_kept
from chalicelib.deliveries.couriers.api.views import (
    CourierList,
    CourierMade,
    CourierView,
    courier_made,
    courier_view,
)
from chalicelib.deliveries.couriers.domain import Courier
from chalicelib.deliveries.couriers.service import accounts, directory
from chalicelib.deliveries.couriers.service.accounts import ACCOUNTS, CourierDetails
from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.webhooks.api.accounts import author_of
from chalicelib.webhooks.service.accounts import AccountChanged

routes: Final = Routes("admin_deliveries")

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


@routes.get("/v1/admin/couriers", auth=READERS, response=CourierList)
def list_couriers(request: Request[QueryModel]) -> CourierList:
    """List the city's couriers and those of one's own halls; no secret is in the list."""
    return CourierList(
        items=[courier_view(courier) for courier in directory.seen_by(request.staff)]
    )


@routes.post(
    "/v1/admin/couriers",
    auth=KEEPERS,
    body=NewCourier,
    response=CourierMade,
    status=201,
    errors=[accounts.CourierExists, NotFound],
    idempotent=True,
)
def create(request: Request[NewCourier]) -> Response:
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
    return _made(accounts.create(courier_id, details, author_of(request)))


@routes.patch(
    "/v1/admin/couriers/{courier_id}",
    auth=KEEPERS,
    body=CourierChange,
    response=CourierView,
    idempotent=True,
)
def change(request: Request[CourierChange], courier_id: str) -> Response:
    """Change an account."""
    check_kept(request.staff, courier_id)
    body = request.input
    details = CourierDetails(
        body.name,
        body.endpoint,
        tuple(body.division_codes) if body.division_codes else None,
        frozenset(body.services) if body.services else None,
    )
    return _seen(accounts.change(courier_id, details, author_of(request)))


@routes.post(
    "/v1/admin/couriers/{courier_id}/rotate-secret",
    auth=KEEPERS,
    body=Nothing,
    response=CourierMade,
    idempotent=True,
)
def rotate_secret(request: Request[Nothing], courier_id: str) -> Response:
    """Make a fresh secret, told this once; the one before holds for another 24 hours."""
    check_kept(request.staff, courier_id)
    return _made(ACCOUNTS.rotate_secret(courier_id, author_of(request)))


@routes.post(
    "/v1/admin/couriers/{courier_id}/ping",
    auth=KEEPERS,
    body=Nothing,
    response=CourierView,
    status=202,
    idempotent=True,
)
def ping(request: Request[Nothing], courier_id: str) -> Response:
    """Send a test message; what came of it stands among the messages."""
    check_kept(request.staff, courier_id)
    return _seen(ACCOUNTS.ping(courier_id, author_of(request)))


@routes.post(
    "/v1/admin/couriers/{courier_id}/pause",
    auth=KEEPERS,
    body=Nothing,
    response=CourierView,
    errors=[WrongStatus],
    idempotent=True,
)
def pause(request: Request[Nothing], courier_id: str) -> Response:
    """Give it nothing new, and hold its messages back."""
    check_kept(request.staff, courier_id)
    return _seen(ACCOUNTS.pause(courier_id, author_of(request)))


@routes.post(
    "/v1/admin/couriers/{courier_id}/resume",
    auth=KEEPERS,
    body=Nothing,
    response=CourierView,
    idempotent=True,
)
def resume(request: Request[Nothing], courier_id: str) -> Response:
    """Let it work again; messages that waited go out."""
    check_kept(request.staff, courier_id)
    return _seen(ACCOUNTS.resume(courier_id, author_of(request)))


def _made(changed: AccountChanged[Courier]) -> Response:
    return replayed(courier_made(changed.account, changed.secret), again=changed.replayed)


def _seen(changed: AccountChanged[Courier]) -> Response:
    return replayed(courier_view(changed.account), again=changed.replayed)
