"""The routes of citizens' deliveries."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.cases.domain import Address
from chalicelib.core import auth, dependencies
from chalicelib.core.address import AddressGiven
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
from chalicelib.core.routes import Routes
from chalicelib.deliveries.api.views import DeliveryList, DeliveryView, delivery_view
from chalicelib.deliveries.domain import delivery as domain
from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.deliveries.service import requests
from chalicelib.deliveries.service.requests import DeliveryRequest

routes: Final = Routes("deliveries")


class DeliveryAsked(BodyModel):
    """Which case's papers go where, and by whom if one likes to choose."""

    case_id: Id
    direction: Direction
    address: AddressGiven
    courier_id: Id | None = None


class MineQuery(QueryModel):
    """Which of one's own deliveries."""

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
    ),
    idempotent=True,
)
def request(request: Request[DeliveryAsked]) -> Response:
    """Ask for papers to be fetched, or for a result to be brought."""
    body = request.input
    wanted = DeliveryRequest(body.case_id, body.direction, _address(body.address), body.courier_id)
    delivery, again = requests.request(request.citizen, wanted, request.attempt, request.now)
    location = {"Location": f"/v1/deliveries/{delivery.delivery_id}"}
    return replayed(_view(delivery), again=again, headers=location)


@routes.get(
    "/v1/deliveries",
    auth=auth.citizen,
    body=MineQuery,
    response=DeliveryList,
    errors=[InvalidCursor],
)
def list_mine(request: Request[MineQuery]) -> DeliveryList:
    """List one's own deliveries."""
    query, citizen_id = request.input, request.citizen.citizen_id
    scope = f"deliveries/{citizen_id}/{query.case_id}"
    page = dependencies.cursors().page(
        scope,
        query.cursor,
        lambda position: requests.list_mine(citizen_id, query.case_id, position, query.limit),
    )
    items = [_view(delivery) for delivery in page.items]
    return DeliveryList(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/deliveries/{delivery_id}", auth=auth.citizen, response=DeliveryView)
def show(request: Request[QueryModel], delivery_id: str) -> DeliveryView:
    """Follow one of one's own parcels."""
    return _view(requests.mine(request.citizen.citizen_id, delivery_id))


@routes.post(
    "/v1/deliveries/{delivery_id}/cancel",
    auth=auth.citizen,
    body=Nothing,
    response=DeliveryView,
    errors=[WrongStatus],
    idempotent=True,
)
def cancel(request: Request[Nothing], delivery_id: str) -> Response:
    """Cancel before pick-up; a second time answers the same."""
    applied = requests.cancel(request.citizen, delivery_id, request.attempt, request.now)
    return replayed(_view(applied.new), again=applied.replayed)


@routes.patch(
    "/v1/deliveries/{delivery_id}/address",
    auth=auth.citizen,
    body=AddressGiven,
    response=DeliveryView,
    errors=(WrongStatus, domain.NoCourier),
    idempotent=True,
)
def change_address(request: Request[AddressGiven], delivery_id: str) -> Response:
    """Send elsewhere before pick-up."""
    applied = requests.change_address(
        request.citizen, delivery_id, _address(request.input), request.attempt, request.now
    )
    return replayed(_view(applied.new), again=applied.replayed)


def _view(delivery: domain.Delivery) -> DeliveryView:
    return delivery_view(delivery, requests.events_of(delivery))


def _address(address: AddressGiven) -> Address:
    return Address(**address.model_dump())
