"""The routes of citizens' deliveries, and the one where couriers report."""

from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from chalicelib.cases.domain import Address
from chalicelib.core import auth, wiring
from chalicelib.core.addresses import AddressGiven
from chalicelib.core.calls import Call, Id, Model, Nothing, Query, Reply, Token, replayed
from chalicelib.core.decoding import read_body
from chalicelib.core.errors import (
    InvalidCursor,
    InvalidJson,
    InvalidRequest,
    InvalidSignature,
    NotFound,
    TooManyRequests,
    WrongStatus,
)
from chalicelib.core.text import text, typed
from chalicelib.core.web import Routes
from chalicelib.deliveries import domain, service, tracking
from chalicelib.deliveries.domain import Direction, Report, Status
from chalicelib.deliveries.service import Wanted
from chalicelib.deliveries.views import DeliveryList, DeliveryView, Taken, delivery_view

routes: Final = Routes("deliveries")

Words = Annotated[str, text(200, 0, lines=True)]
_UPDATED: Final = "delivery.updated"


class Asked(Model):
    """Which case's papers go where, and by whom if one likes to choose."""

    case_id: Id
    direction: Direction
    address: AddressGiven
    courier_id: Id | None = None


class MineQuery(Query):
    """Which of one's own deliveries."""

    case_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class ReportData(Model):
    """What a courier says of a parcel; `proof_code` is what the citizen told at the door."""

    delivery_id: Id
    tracking_number: Annotated[str, text(64)] | None = None
    status: Status
    occurred_at: AwareDatetime
    location: Words | None = None
    note: Words | None = None
    proof_code: Annotated[str, typed(".{0,16}")] | None = None


class Envelope(Model):
    """What every message of Standard Webhooks has."""

    type: Annotated[Token, StringConstraints(max_length=100)]
    timestamp: AwareDatetime
    data: dict[str, Any]


class Updated(Model):
    """A message `delivery.updated`, as a courier sends it."""

    type: Literal["delivery.updated"]
    timestamp: AwareDatetime
    data: ReportData


@routes.post(
    "/v1/deliveries",
    auth=auth.citizen,
    takes=Asked,
    answers=DeliveryView,
    status=201,
    problems=(
        domain.NotDeliverable,
        domain.NoCourier,
        domain.DeliveryInProgress,
        WrongStatus,
        NotFound,
    ),
    creates=True,
)
def request(call: Call[Asked]) -> Reply:
    """Ask for papers to be fetched, or for a result to be brought."""
    asked = call.input
    wanted = Wanted(asked.case_id, asked.direction, _address(asked.address), asked.courier_id)
    found, again = service.request(call.citizen, wanted, call.attempt, call.now)
    location = {"Location": f"/v1/deliveries/{found.delivery_id}"}
    return replayed(_view(found), again=again, headers=location)


@routes.get(
    "/v1/deliveries",
    auth=auth.citizen,
    takes=MineQuery,
    answers=DeliveryList,
    problems=[InvalidCursor],
)
def list_mine(call: Call[MineQuery]) -> DeliveryList:
    """List one's own deliveries."""
    asked, cursors, citizen_id = call.input, wiring.cursors(), call.citizen.citizen_id
    scope = f"deliveries/{citizen_id}/{asked.case_id}"
    position = cursors.open(scope, asked.cursor)
    page = service.list_mine(citizen_id, asked.case_id, position, asked.limit)
    items = [_view(found) for found in page.items]
    return DeliveryList(items=items, next_cursor=cursors.seal(scope, page.next_position))


@routes.get("/v1/deliveries/{delivery_id}", auth=auth.citizen, answers=DeliveryView)
def show(call: Call[Query], delivery_id: str) -> DeliveryView:
    """Follow one of one's own parcels."""
    return _view(service.mine(call.citizen.citizen_id, delivery_id))


@routes.post(
    "/v1/deliveries/{delivery_id}/cancel",
    auth=auth.citizen,
    takes=Nothing,
    answers=DeliveryView,
    problems=[WrongStatus],
    creates=True,
)
def cancel(call: Call[Nothing], delivery_id: str) -> Reply:
    """Cancel before pick-up; a second time answers the same."""
    found, again = service.cancel(call.citizen, delivery_id, call.attempt, call.now)
    return replayed(_view(found), again=again)


@routes.patch(
    "/v1/deliveries/{delivery_id}/address",
    auth=auth.citizen,
    takes=AddressGiven,
    answers=DeliveryView,
    problems=(WrongStatus, domain.NoCourier),
    creates=True,
)
def change_address(call: Call[AddressGiven], delivery_id: str) -> Reply:
    """Send elsewhere before pick-up."""
    found, again = service.change_address(
        call.citizen, delivery_id, _address(call.input), call.attempt, call.now
    )
    return replayed(_view(found), again=again)


@routes.post(
    "/v1/webhooks/couriers/{courier_id}",
    auth=auth.signature,
    takes=Updated,
    answers=Taken,
    problems=(
        InvalidSignature,
        NotFound,
        InvalidJson,
        InvalidRequest,
        TooManyRequests,
    ),
)
def report(call: Call[None], courier_id: str) -> Taken:
    """Take a courier's report, signed by Standard Webhooks; other types are acknowledged only."""
    sender = tracking.verify(courier_id, call.headers, call.raw_body, call.now)
    if read_body(Envelope, call.raw_body).type != _UPDATED:
        return Taken(result="ignored")
    given = read_body(Updated, call.raw_body).data
    result = tracking.report(sender, given.delivery_id, _report(given), call.now)
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
