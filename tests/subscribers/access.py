"""Who may call what in this room, and the things that the paths name."""

from datetime import UTC, datetime
from typing import Final

from chalicelib.core.changes import Author
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.subscribers.service import accounts
from chalicelib.subscribers.service.accounts import Subscription
from chalicelib.webhooks.domain.message import message_id
from tests.support.access import Answers, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

# Subscribers are the city's.
_READ: Final[Answers] = (401, 403, 403, 200, 200, 200, 200, 200)
_KEEP: Final[Answers] = (401, 403, 403, 403, 403, 403, 403, 200)
_KEEP_LATER: Final[Answers] = (401, 403, 403, 403, 403, 403, 403, 202)
_KEEP_BODY: Final[Answers] = (401, 403, 403, 403, 403, 403, 403, 422)
_ONE: Final = "/v1/admin/subscribers/{subscriber_id}"

ROUTES: Table = {
    ("GET", "/v1/admin/subscribers"): _READ,
    ("POST", "/v1/admin/subscribers"): _KEEP_BODY,
    ("PATCH", _ONE): _KEEP,
    ("POST", f"{_ONE}/rotate-secret"): _KEEP,
    ("POST", f"{_ONE}/ping"): _KEEP_LATER,
    ("POST", f"{_ONE}/pause"): _KEEP,
    ("POST", f"{_ONE}/resume"): _KEEP,
    ("GET", f"{_ONE}/messages"): _READ,
    ("POST", f"{_ONE}/messages/{{message_id}}/replay"): _KEEP_LATER,
    ("POST", f"{_ONE}/recover"): _KEEP_BODY,
}


def things(_client: ApiClient, _owner: Citizen) -> dict[str, str]:
    """Return a subscriber with a message; it hears of what no test does."""
    subscriber_id, [origin] = f"s{new_id(10).lower()}", SETTINGS.courier_trusted_origins
    asked = Subscription("指挥中心", f"{origin}/x", ["office.reopened"], ["hall-330203"])
    accounts.create(subscriber_id, asked, _author())
    accounts.ACCOUNTS.ping(subscriber_id, _author())
    return {"subscriber_id": subscriber_id, "message_id": message_id(subscriber_id, 1)}


def _author() -> Author:
    return Author("staff:test", datetime.now(UTC), Attempt(new_id(16), new_id(8)))
