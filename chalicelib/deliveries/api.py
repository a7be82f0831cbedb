"""The routes of citizens' deliveries, and the one where couriers report."""

from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from chalicelib.cases.domain import Address
from chalicelib.core import auth, wiring
from chalicelib.core.address import AddressGiven
from chalicelib.core.errors import (
    InvalidCursor,
    InvalidJson,
    InvalidRequest,
    InvalidSignature,
    NotFound,
    TooManyRequests,
    WrongStatus,
)
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    Nothing,
    QueryModel,
    Request,
    Response,
    Token,
    replayed,
)
from chalicelib.core.parsing import read_body
from chalicelib.core.text import text, typed
from chalicelib.core.web import Routes
from chalicelib.deliveries import domain, service, tracking
from chalicelib.deliveries.domain import Direction, Report, Status
from chalicelib.deliveries.service import Wanted
from chalicelib.deliveries.views import DeliveryList, DeliveryView, Taken, delivery_view

routes: Final = Routes("deliveries")

Words = Annotated[str, text(200, 0, lines=True)]
_UPDATED: Final = "delivery.updated"


class Asked(BodyModel):
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


class ReportData(BodyModel):
    """What a courier says of a parcel; `proof_code` is what the citizen told at the door."""

    delivery_id: Id
    tracking_number: Annotated[str, text(64)] | None = None
    status: Status
    occurred_at: AwareDatetime
    location: Words | None = None
    note: Words | None = None
    proof_code: Annotated[str, typed(".{0,16}")] | None = None


class Envelope(BodyModel):
    """What every message of Standard Webhooks has."""

    type: Annotated[Token, StringConstraints(max_length=100)]
    timestamp: AwareDatetime
    data: dict[str, Any]


class Updated(BodyModel):
    """A message `delivery.updated`, as a courier sends it."""

    type: Literal["delivery.updated"]
    timestamp: AwareDatetime
    data: ReportData


@routes.post(
    "/v1/deliveries",
    auth=auth.citizen,
    body=Asked,
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
def request(request: Request[Asked]) -> Response:
    """Ask for papers to be fetched, or for a result to be brought."""
    asked = request.input
    wanted = Wanted(asked.case_id, asked.direction, _address(asked.address), asked.courier_id)
    found, again = service.request(request.citizen, wanted, request.attempt, request.now)
    location = {"Location": f"/v1/deliveries/{found.delivery_id}"}
    return replayed(_view(found), again=again, headers=location)


@routes.get(
    "/v1/deliveries",
    auth=auth.citizen,
    body=MineQuery,
    response=DeliveryList,
    errors=[InvalidCursor],
)
def list_mine(request: Request[MineQuery]) -> DeliveryList:
    """List one's own deliveries."""
    asked, citizen_id = request.input, request.citizen.citizen_id
    scope = f"deliveries/{citizen_id}/{asked.case_id}"
    page = wiring.cursors().page(
        scope,
        asked.cursor,
        lambda position: service.list_mine(citizen_id, asked.case_id, position, asked.limit),
    )
    items = [_view(found) for found in page.items]
    return DeliveryList(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/deliveries/{delivery_id}", auth=auth.citizen, response=DeliveryView)
def show(request: Request[QueryModel], delivery_id: str) -> DeliveryView:
    """Follow one of one's own parcels."""
    return _view(service.mine(request.citizen.citizen_id, delivery_id))


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
    found, again = service.cancel(request.citizen, delivery_id, request.attempt, request.now)
    return replayed(_view(found), again=again)


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
    found, again = service.change_address(
        request.citizen, delivery_id, _address(request.input), request.attempt, request.now
    )
    return replayed(_view(found), again=again)


@routes.post(
    "/v1/webhooks/couriers/{courier_id}",
    auth=auth.signature,
    body=Updated,
    response=Taken,
    errors=(
        InvalidSignature,
        NotFound,
        InvalidJson,
        InvalidRequest,
        TooManyRequests,
    ),
)
def report(request: Request[None], courier_id: str) -> Taken:
    """Take a courier's report, signed by Standard Webhooks; other types are acknowledged only."""
    sender = tracking.verify(courier_id, request.headers, request.raw_body, request.now)
    if read_body(Envelope, request.raw_body).type != _UPDATED:
        return Taken(result="ignored")
    given = read_body(Updated, request.raw_body).data
    result = tracking.report(sender, given.delivery_id, _report(given), request.now)
    return Taken(result=result)


def _view(found: domain.Delivery) -> DeliveryView:
    return delivery_view(found, service.reports_of(found))


def _address(given: AddressGiven) -> Address:
    return Address(**given.model_dump())


def _report(given: ReportData) -> Report:
    return Report(
        given.status,
        given.occurred_at,
        given.tracking_number,
        given.location,
        given.note,
        given.proof_code,
    )
