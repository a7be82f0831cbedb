"""The routes of citizens' deliveries."""

from typing import Annotated, Any, Final

from pydantic import Field

from chalicelib.cases.domain import Address
from chalicelib.core import auth, dependencies
from chalicelib.core.address import AddressGiven
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import InvalidCursor, NotFound, WrongStatus
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    Nothing,
    QueryModel,
    Request,
    Response,
    replayed,
)
from chalicelib.core.on_behalf import OnBehalfOf
from chalicelib.core.routes import Routes
from chalicelib.deliveries.api.views import DeliveryList, DeliveryView, delivery_view
from chalicelib.deliveries.domain import delivery as domain
from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.deliveries.service import requests
from chalicelib.deliveries.service.requests import DeliveryRequest
from chalicelib.mandates import service as mandates
from chalicelib.mandates.domain import Action, Kind, MandateMissing

routes: Final = Routes("deliveries")


class DeliveryAsked(BodyModel):
    """Which case's papers go where, and by whom if one likes to choose."""

    case_id: Id
    direction: Direction
    address: AddressGiven
    courier_id: Id | None = None
    on_behalf_of: OnBehalfOf | None = None


class MineQuery(QueryModel):
    """Which of one's own deliveries, or of those that a right made (its id)."""

    on_behalf_of: Id | None = None
    case_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


@routes.post(
    "/v1/deliveries",
    auth=auth.citizen,
    body=DeliveryAsked,
    response=DeliveryView,
    status=201,
    errors=(
        domain.NotDeliverable,
        domain.NoCourier,
        domain.DeliveryInProgress,
        WrongStatus,
        NotFound,
        MandateMissing,
    ),
    idempotent=True,
)
def request(request: Request[DeliveryAsked]) -> Response:
    """Ask for papers to be fetched, or for a result to be brought."""
    body = request.input
    wanted = DeliveryRequest(body.case_id, body.direction, _address(body.address), body.courier_id)
    of, _ = mandates.member_of(request.citizen, body.on_behalf_of, None)
    caller = mandates.on_behalf(request.citizen, of, "collect", None, request.now)
    delivery, again = requests.request(caller, wanted, request.attempt, request.now)
    location = {"Location": f"/v1/deliveries/{delivery.delivery_id}"}
    return replayed(_view(delivery), again=again, headers=location)


@routes.get(
    "/v1/deliveries",
    auth=auth.citizen,
    body=MineQuery,
    response=DeliveryList,
    errors=[InvalidCursor, MandateMissing],
)
def list_mine(request: Request[MineQuery]) -> DeliveryList:
    """List one's own deliveries."""
    query, caller = request.input, request.citizen
    scope = mandates.scope_of(caller, query.on_behalf_of, "delivery", request.now)
    page = dependencies.cursors().page(
        f"deliveries/{scope.key}/{query.case_id}",
        query.cursor,
        lambda position: requests.list_covered(scope, query.case_id, position, query.limit),
    )
    items = [_view(delivery) for delivery in page.items]
    return DeliveryList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/deliveries/{delivery_id}",
    auth=auth.citizen,
    response=DeliveryView,
    errors=[MandateMissing],
)
def show(request: Request[QueryModel], delivery_id: str) -> DeliveryView:
    """Follow one of one's own parcels."""
    caller = _owner(request, delivery_id, "read")
    return _view(requests.mine(caller.citizen_id, delivery_id))


@routes.post(
    "/v1/deliveries/{delivery_id}/cancel",
    auth=auth.citizen,
    body=Nothing,
    response=DeliveryView,
    errors=[WrongStatus, MandateMissing],
    idempotent=True,
)
def cancel(request: Request[Nothing], delivery_id: str) -> Response:
    """Cancel before pick-up; a second time answers the same."""
    caller = _owner(request, delivery_id, "collect")
    applied = requests.cancel(caller, delivery_id, request.attempt, request.now)
    return replayed(_view(applied.new), again=applied.replayed)


@routes.patch(
    "/v1/deliveries/{delivery_id}/address",
    auth=auth.citizen,
    body=AddressGiven,
    response=DeliveryView,
    errors=(WrongStatus, domain.NoCourier, MandateMissing),
    idempotent=True,
)
def change_address(request: Request[AddressGiven], delivery_id: str) -> Response:
    """Send elsewhere before pick-up."""
    caller = _owner(request, delivery_id, "collect")
    applied = requests.change_address(
        caller, delivery_id, _address(request.input), request.attempt, request.now
    )
    return replayed(_view(applied.new), again=applied.replayed)


def _owner(request: Request[Any], delivery_id: str, action: Action) -> Citizen:
    made: tuple[Kind, str] = ("delivery", delivery_id)
    return mandates.owner_of(request.citizen, made, action, request.now)


def _view(delivery: domain.Delivery) -> DeliveryView:
    return delivery_view(delivery, requests.events_of(delivery))


def _address(address: AddressGiven) -> Address:
    return Address(**address.model_dump())
