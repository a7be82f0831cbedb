"""Who may call what in this room, and the things that the paths name."""

from datetime import UTC, datetime
from typing import Final

from chalicelib.core.changes import Author
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.deliveries.couriers.service import accounts
from chalicelib.deliveries.couriers.service.accounts import CourierDetails
from tests.deliveries.world import ADDRESS, new_area, new_case
from tests.support.access import CITIZEN_ONLY, CITIZEN_WRITES, OWNER_ONLY, Answers, Table
from tests.support.client import ApiClient
from tests.support.people import Citizen

_READ: Final[Answers] = (401, 403, 403, 200, 200, 200, 200, 200)
# The city's courier: a supervisor's own hall has its own.
_KEEP: Final[Answers] = (401, 403, 403, 403, 403, 403, 403, 200)
_KEEP_LATER: Final[Answers] = (401, 403, 403, 403, 403, 403, 403, 202)
_KEEP_BODY: Final[Answers] = (401, 403, 403, 403, 403, 422, 403, 422)
_ASSIGN: Final[Answers] = (401, 403, 403, 422, 422, 422, 403, 422)
_RESOLVE: Final[Answers] = (401, 403, 403, 200, 404, 200, 403, 200)
_OWN_HALL: Final[Answers] = (401, 403, 403, 200, 404, 200, 200, 200)

ROUTES: Table = {
    ("POST", "/v1/deliveries"): CITIZEN_WRITES,
    ("GET", "/v1/deliveries"): CITIZEN_ONLY,
    ("GET", "/v1/deliveries/{delivery_id}"): OWNER_ONLY,
    ("POST", "/v1/deliveries/{delivery_id}/cancel"): OWNER_ONLY,
    ("PATCH", "/v1/deliveries/{delivery_id}/address"): CITIZEN_WRITES,
    ("POST", "/v1/webhooks/couriers/{courier_id}"): (401,) * 8,
    ("GET", "/v1/admin/couriers"): _READ,
    ("POST", "/v1/admin/couriers"): _KEEP_BODY,
    ("PATCH", "/v1/admin/couriers/{courier_id}"): _KEEP,
    ("POST", "/v1/admin/couriers/{courier_id}/rotate-secret"): _KEEP,
    ("POST", "/v1/admin/couriers/{courier_id}/ping"): _KEEP_LATER,
    ("POST", "/v1/admin/couriers/{courier_id}/pause"): _KEEP,
    ("POST", "/v1/admin/couriers/{courier_id}/resume"): _KEEP,
    ("GET", "/v1/admin/couriers/{courier_id}/messages"): _READ,
    ("POST", "/v1/admin/couriers/{courier_id}/messages/{message_id}/replay"): _KEEP_LATER,
    ("POST", "/v1/admin/couriers/{courier_id}/recover"): _KEEP_BODY,
    ("GET", "/v1/admin/deliveries"): (401, 403, 403, 400, 400, 400, 400, 400),
    ("GET", "/v1/admin/deliveries/{delivery_id}"): _OWN_HALL,
    ("POST", "/v1/admin/deliveries/{delivery_id}/assign"): _ASSIGN,
    ("POST", "/v1/admin/deliveries/{delivery_id}/resolve"): (
        401,
        403,
        403,
        200,
        404,
        200,
        403,
        200,
    ),
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    courier_id, area = f"c{new_id(10).lower()}", new_area()
    [origin] = SETTINGS.courier_trusted_origins
    wanted = CourierDetails("快递", f"{origin}/x", (area,), frozenset({"to_citizen"}))
    author = Author("staff:test", datetime.now(UTC), Attempt(new_id(16), new_id(8)))
    accounts.create(courier_id, wanted, author)
    body = {
        "case_id": new_case(owner),
        "direction": "to_citizen",
        "address": {**ADDRESS, "division_code": area},
    }
    made = client.post("/v1/deliveries", body, token=owner.token).json()
    return {
        "delivery_id": made["delivery_id"],
        "courier_id": courier_id,
        "message_id": f"msg_{made['delivery_id']}_1",
    }
