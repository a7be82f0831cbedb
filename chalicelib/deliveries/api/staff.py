"""The routes of staff for a hall's parcels."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.core import auth, dependencies
from chalicelib.core.errors import InvalidCursor, NotFound, WrongStatus
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    QueryModel,
    Request,
    Response,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.deliveries.api.views import Board, StaffDeliveryView, board_item, staff_view
from chalicelib.deliveries.domain.track import DeliveryStatus
from chalicelib.deliveries.service import requests, staff

routes: Final = Routes("admin_deliveries")

_READERS: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
_CLERKS: Final = auth.staff("clerk", "supervisor", "admin")


class PageQuery(QueryModel):
    """Which page."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class BoardQuery(PageQuery):
    """Which hall's parcels."""

    office_id: Id


class Resolution(BodyModel):
    """An end by hand, if there is one to set."""

    status: DeliveryStatus | None = None


class Assignment(BodyModel):
    """Who should carry it."""

    courier_id: Id


@routes.get(
    "/v1/admin/deliveries",
    auth=_READERS,
    body=BoardQuery,
    response=Board,
    errors=[InvalidCursor, NotFound],
)
def board(request: Request[BoardQuery]) -> Board:
    """List a hall's parcels, exceptions first; no personal data is in them."""
    query = request.input
    scope = f"deliveries/{request.staff.staff_id}/{query.office_id}"
    page = dependencies.cursors().page(
        scope,
        query.cursor,
        lambda position: staff.board(request.staff, query.office_id, position, query.limit),
    )
    items = [board_item(delivery) for delivery in page.items]
    return Board(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/admin/deliveries/{delivery_id}", auth=_READERS, response=StaffDeliveryView)
def show(request: Request[QueryModel], delivery_id: str) -> StaffDeliveryView:
    """Show one parcel whole; the look is recorded."""
    delivery, address = staff.look(request.staff, delivery_id, request.now)
    return staff_view(delivery, address, requests.events_of(delivery))


@routes.post(
    "/v1/admin/deliveries/{delivery_id}/assign",
    auth=_CLERKS,
    body=Assignment,
    response=StaffDeliveryView,
    errors=[WrongStatus],
    idempotent=True,
)
def assign(request: Request[Assignment], delivery_id: str) -> Response:
    """Give a parcel that nobody has taken on to another courier."""
    applied = staff.assign(
        request.staff, delivery_id, request.input.courier_id, request.attempt, request.now
    )
    return replayed(_whole(request, applied.new.delivery_id), again=applied.replayed)


@routes.post(
    "/v1/admin/deliveries/{delivery_id}/resolve",
    auth=_CLERKS,
    body=Resolution,
    response=StaffDeliveryView,
    errors=[WrongStatus],
    idempotent=True,
)
def resolve(request: Request[Resolution], delivery_id: str) -> Response:
    """Clear an exception, and end a parcel by hand where its courier does not."""
    applied = staff.resolve(
        request.staff, delivery_id, request.input.status, request.attempt, request.now
    )
    return replayed(_whole(request, applied.new.delivery_id), again=applied.replayed)


def _whole(
    request: Request[Assignment] | Request[Resolution], delivery_id: str
) -> StaffDeliveryView:
    delivery, address = staff.look(request.staff, delivery_id, request.now)
    return staff_view(delivery, address, requests.events_of(delivery))
