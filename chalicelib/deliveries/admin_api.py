"""The routes of staff: couriers' accounts and messages, and a hall's parcels."""

from typing import Annotated, Final

from pydantic import AwareDatetime, Field, StringConstraints

from chalicelib.core import auth, wiring
from chalicelib.core.errors import InvalidCursor, NotFound, StaleVersion, WrongStatus
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    Nothing,
    QueryModel,
    Request,
    Response,
    replayed,
)
from chalicelib.core.text import text
from chalicelib.core.web import Routes
from chalicelib.deliveries import couriers, hall, recovery, reports, service
from chalicelib.deliveries.couriers import Made, Wanted
from chalicelib.deliveries.domain import Direction, Status
from chalicelib.deliveries.views import (
    Board,
    CourierList,
    CourierMade,
    CourierView,
    MessageList,
    MessageView,
    Recovered,
    StaffDeliveryView,
    board_item,
    courier_made,
    courier_view,
    message_view,
    staff_view,
)

routes: Final = Routes("admin_deliveries")
reports.enter()

_READERS: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
_KEEPERS: Final = auth.staff("supervisor", "admin")
_CLERKS: Final = auth.staff("clerk", "supervisor", "admin")
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


class Since(BodyModel):
    """From when on failed messages are sent again."""

    since: AwareDatetime


class PageQuery(QueryModel):
    """Which page."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class BoardQuery(PageQuery):
    """Which hall's parcels."""

    office_id: Id


class Resolution(BodyModel):
    """An end by hand, if there is one to set."""

    status: Status | None = None


class Assignment(BodyModel):
    """Who should carry it."""

    courier_id: Id


@routes.get("/v1/admin/couriers", auth=_READERS, response=CourierList)
def list_couriers(request: Request[QueryModel]) -> CourierList:
    """List the city's couriers and those of one's own halls; no secret is in the list."""
    return CourierList(items=[courier_view(found) for found in couriers.seen_by(request.staff)])


@routes.post(
    "/v1/admin/couriers",
    auth=_KEEPERS,
    body=NewCourier,
    response=CourierMade,
    status=201,
    errors=[couriers.CourierExists, NotFound],
    idempotent=True,
)
def create(request: Request[NewCourier]) -> Response:
    """Make an account; its secret is told this once."""
    given = request.input
    couriers.check_keeps(request.staff, given.office_id)
    courier_id = given.courier_id or request.attempt.id_for("courier", 12).lower()
    wanted = Wanted(
        given.name,
        given.endpoint,
        tuple(given.division_codes),
        frozenset(given.services),
        given.office_id,
    )
    made = couriers.create(courier_id, wanted, request.staff.actor, request.attempt, request.now)
    return _made(made)


@routes.patch(
    "/v1/admin/couriers/{courier_id}",
    auth=_KEEPERS,
    body=CourierChange,
    response=CourierView,
    idempotent=True,
)
def change(request: Request[CourierChange], courier_id: str) -> Response:
    """Change an account."""
    _check_kept(request.staff, courier_id)
    given = request.input
    wanted = Wanted(
        given.name,
        given.endpoint,
        tuple(given.division_codes) if given.division_codes else None,
        frozenset(given.services) if given.services else None,
    )
    return _seen(
        couriers.change(courier_id, wanted, request.staff.actor, request.attempt, request.now)
    )


@routes.post(
    "/v1/admin/couriers/{courier_id}/rotate-secret",
    auth=_KEEPERS,
    body=Nothing,
    response=CourierMade,
    idempotent=True,
)
def rotate_secret(request: Request[Nothing], courier_id: str) -> Response:
    """Make a fresh secret, told this once; the one before holds for another 24 hours."""
    _check_kept(request.staff, courier_id)
    return _made(
        couriers.rotate_secret(courier_id, request.staff.actor, request.attempt, request.now)
    )


@routes.post(
    "/v1/admin/couriers/{courier_id}/ping",
    auth=_KEEPERS,
    body=Nothing,
    response=CourierView,
    status=202,
    idempotent=True,
)
def ping(request: Request[Nothing], courier_id: str) -> Response:
    """Send a test message; what came of it stands among the messages."""
    _check_kept(request.staff, courier_id)
    return _seen(couriers.ping(courier_id, request.staff.actor, request.attempt, request.now))


@routes.post(
    "/v1/admin/couriers/{courier_id}/pause",
    auth=_KEEPERS,
    body=Nothing,
    response=CourierView,
    errors=[WrongStatus],
    idempotent=True,
)
def pause(request: Request[Nothing], courier_id: str) -> Response:
    """Give it nothing new, and hold its messages back."""
    _check_kept(request.staff, courier_id)
    return _seen(couriers.pause(courier_id, request.staff.actor, request.attempt, request.now))


@routes.post(
    "/v1/admin/couriers/{courier_id}/resume",
    auth=_KEEPERS,
    body=Nothing,
    response=CourierView,
    idempotent=True,
)
def resume(request: Request[Nothing], courier_id: str) -> Response:
    """Let it work again; messages that waited go out."""
    _check_kept(request.staff, courier_id)
    return _seen(couriers.resume(courier_id, request.staff.actor, request.attempt, request.now))


@routes.get(
    "/v1/admin/couriers/{courier_id}/messages",
    auth=_READERS,
    body=PageQuery,
    response=MessageList,
    errors=[InvalidCursor],
)
def messages(request: Request[PageQuery], courier_id: str) -> MessageList:
    """List messages with their attempts: those that wait, that failed, that were sent."""
    asked = request.input
    couriers.check_seen(request.staff, courier_id)
    scope = f"messages/{request.staff.staff_id}/{courier_id}"
    page = wiring.cursors().page(
        scope,
        asked.cursor,
        lambda position: recovery.list_messages(courier_id, position, asked.limit),
    )
    items = [message_view(found) for found in page.items]
    return MessageList(items=items, next_cursor=page.next_cursor)


@routes.post(
    "/v1/admin/couriers/{courier_id}/messages/{message_id}/replay",
    auth=_KEEPERS,
    body=Nothing,
    response=MessageView,
    status=202,
    errors=[StaleVersion],
    idempotent=True,
)
def replay(request: Request[Nothing], courier_id: str, message_id: str) -> Response:
    """Send one message again, under the same id."""
    _check_kept(request.staff, courier_id)
    found, again = recovery.replay(
        courier_id, message_id, request.staff.actor, request.attempt, request.now
    )
    return replayed(message_view(found), again=again)


@routes.post(
    "/v1/admin/couriers/{courier_id}/recover",
    auth=_KEEPERS,
    body=Since,
    response=Recovered,
    status=202,
)
def recover(request: Request[Since], courier_id: str) -> Recovered:
    """Send again all that failed since a time; doing it twice is the same."""
    _check_kept(request.staff, courier_id)
    done = recovery.recover(courier_id, request.input.since, request.now)
    return Recovered(recovered=done.recovered, more=done.more)


@routes.get(
    "/v1/admin/deliveries",
    auth=_READERS,
    body=BoardQuery,
    response=Board,
    errors=[InvalidCursor, NotFound],
)
def board(request: Request[BoardQuery]) -> Board:
    """List a hall's parcels, exceptions first; no personal data is in them."""
    asked = request.input
    scope = f"deliveries/{request.staff.staff_id}/{asked.office_id}"
    page = wiring.cursors().page(
        scope,
        asked.cursor,
        lambda position: hall.board(request.staff, asked.office_id, position, asked.limit),
    )
    items = [board_item(found) for found in page.items]
    return Board(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/admin/deliveries/{delivery_id}", auth=_READERS, response=StaffDeliveryView)
def show(request: Request[QueryModel], delivery_id: str) -> StaffDeliveryView:
    """Show one parcel whole; the look is recorded."""
    found, address = hall.look(request.staff, delivery_id, request.now)
    return staff_view(found, address, service.reports_of(found))


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
    found, again = hall.assign(
        request.staff, delivery_id, request.input.courier_id, request.attempt, request.now
    )
    return replayed(_whole(request, found.delivery_id), again=again)


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
    found, again = hall.resolve(
        request.staff, delivery_id, request.input.status, request.attempt, request.now
    )
    return replayed(_whole(request, found.delivery_id), again=again)


def _check_kept(staff: auth.Staff, courier_id: str) -> None:
    couriers.check_keeps(staff, couriers.find(courier_id).office_id)


def _whole(
    request: Request[Assignment] | Request[Resolution], delivery_id: str
) -> StaffDeliveryView:
    found, address = hall.look(request.staff, delivery_id, request.now)
    return staff_view(found, address, service.reports_of(found))


def _made(made: Made) -> Response:
    return replayed(courier_made(made.courier, made.secret), again=made.again)


def _seen(made: Made) -> Response:
    return replayed(courier_view(made.courier), again=made.again)
