"""The routes of staff for couriers' messages."""

from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.errors import InvalidCursor, StaleVersion
from chalicelib.core.http_messages import (
    Nothing,
    Request,
    Response,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.deliveries.couriers.api.access import KEEPERS, READERS, check_kept
from chalicelib.deliveries.couriers.api.views import (
    MessageList,
    MessageView,
    message_view,
)
from chalicelib.deliveries.couriers.service import directory, messages
from chalicelib.deliveries.couriers.service.accounts import ACCOUNTS
from chalicelib.webhooks.api.accounts import author_of
from chalicelib.webhooks.api.views import MessagesQuery, Recovered, Since

routes: Final = Routes("admin_deliveries")


@routes.get(
    "/v1/admin/couriers/{courier_id}/messages",
    auth=READERS,
    body=MessagesQuery,
    response=MessageList,
    errors=[InvalidCursor],
)
def list_messages(request: Request[MessagesQuery], courier_id: str) -> MessageList:
    """List messages with their attempts: those that wait, that failed, that were sent."""
    query = request.input
    directory.check_seen(request.staff, courier_id)
    scope = f"messages/{request.staff.staff_id}/{courier_id}"
    page = dependencies.cursors().page(
        scope,
        query.cursor,
        lambda position: messages.list_messages(courier_id, position, query.limit),
    )
    items = [message_view(message) for message in page.items]
    return MessageList(items=items, next_cursor=page.next_cursor)


@routes.post(
    "/v1/admin/couriers/{courier_id}/messages/{message_id}/replay",
    auth=KEEPERS,
    body=Nothing,
    response=MessageView,
    status=202,
    errors=[StaleVersion],
    idempotent=True,
)
def replay(request: Request[Nothing], courier_id: str, message_id: str) -> Response:
    """Send one message again, under the same id."""
    check_kept(request.staff, courier_id)
    message, again = ACCOUNTS.replay(courier_id, message_id, author_of(request))
    return replayed(message_view(message), again=again)


@routes.post(
    "/v1/admin/couriers/{courier_id}/recover",
    auth=KEEPERS,
    body=Since,
    response=Recovered,
    status=202,
)
def recover(request: Request[Since], courier_id: str) -> Recovered:
    """Send again all that failed since a time; doing it twice is the same."""
    check_kept(request.staff, courier_id)
    requeued = messages.recover(courier_id, request.input.since, request.now)
    return Recovered(recovered=requeued.recovered, more=requeued.more)
