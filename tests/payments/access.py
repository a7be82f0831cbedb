"""Who may call what in this room, and the things that the paths name."""

from datetime import UTC, datetime
from typing import Final

from chalicelib.core.changes import Author
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.payments.bills.service import issuers
from chalicelib.webhooks.domain.message import message_id
from tests.payments import outside
from tests.payments.paying import begun
from tests.support.access import CITIZEN_ONLY, CITIZEN_WRITES, OWNER_ONLY, READABLE, Answers, Table
from tests.support.cases import lodge
from tests.support.client import ApiClient
from tests.support.people import Citizen

_OWN_HALL: Final[Answers] = (401, 403, 403, 200, 404, 200, 200, 200)
_NEEDS_QUERY: Final[Answers] = (401, 403, 403, 400, 400, 400, 400, 400)
_ASK: Final[Answers] = (401, 403, 403, 422, 422, 422, 403, 422)
_DECIDE: Final[Answers] = (401, 403, 403, 403, 403, 404, 403, 404)
# It is a picture, and JSON was asked for.
_DRAWN: Final[Answers] = (401, 406, 404, 403, 403, 403, 403, 403)

# Issuers are the city's.
_READ: Final[Answers] = (401, 403, 403, 200, 200, 200, 200, 200)
_KEEP: Final[Answers] = (401, 403, 403, 403, 403, 403, 403, 200)
_KEEP_LATER: Final[Answers] = (401, 403, 403, 403, 403, 403, 403, 202)
_KEEP_BODY: Final[Answers] = (401, 403, 403, 403, 403, 403, 403, 422)

ROUTES: Table = {
    ("POST", "/v1/webhooks/issuers/{issuer_id}"): (401,) * 8,
    ("GET", "/v1/me/bills"): CITIZEN_ONLY,
    ("GET", "/v1/bills/{bill_number}"): READABLE,
    ("GET", "/v1/admin/bills"): _READ,
    ("POST", "/v1/admin/bills/{bill_id}/cancel"): (401, 403, 403, 403, 403, 422, 403, 422),
    ("GET", "/v1/admin/issuers"): _READ,
    ("POST", "/v1/admin/issuers"): _KEEP_BODY,
    ("PATCH", "/v1/admin/issuers/{issuer_id}"): _KEEP,
    ("POST", "/v1/admin/issuers/{issuer_id}/rotate-secret"): _KEEP,
    ("POST", "/v1/admin/issuers/{issuer_id}/ping"): _KEEP_LATER,
    ("POST", "/v1/admin/issuers/{issuer_id}/pause"): _KEEP,
    ("POST", "/v1/admin/issuers/{issuer_id}/resume"): _KEEP,
    ("GET", "/v1/admin/issuers/{issuer_id}/messages"): _READ,
    ("POST", "/v1/admin/issuers/{issuer_id}/messages/{message_id}/replay"): _KEEP_LATER,
    ("POST", "/v1/admin/issuers/{issuer_id}/recover"): _KEEP_BODY,
    ("POST", "/v1/payments"): CITIZEN_WRITES,
    ("GET", "/v1/payments"): CITIZEN_ONLY,
    ("GET", "/v1/payments/{payment_id}"): OWNER_ONLY,
    ("POST", "/v1/payments/{payment_id}/cancel"): OWNER_ONLY,
    ("GET", "/v1/payments/{payment_id}/qr"): _DRAWN,
    ("GET", "/v1/payments/{payment_id}/receipt"): (401, 404, 404, 403, 403, 403, 403, 403),
    ("GET", "/v1/receipts/{code}"): (404,) * 8,
    ("GET", "/v1/admin/reconciliation"): (401, 403, 403, 403, 403, 200, 200, 200),
    ("POST", "/v1/webhooks/payments/{provider}"): (401,) * 8,
    ("GET", "/v1/admin/payments"): _NEEDS_QUERY,
    ("GET", "/v1/admin/payments/{payment_id}"): _OWN_HALL,
    ("POST", "/v1/admin/payments/{payment_id}/refunds"): _ASK,
    ("POST", "/v1/admin/payments/{payment_id}/held/accept"): _ASK,
    ("POST", "/v1/admin/payments/{payment_id}/held/return"): _ASK,
    ("GET", "/v1/admin/refunds"): (401, 403, 403, 403, 403, 400, 400, 400),
    ("POST", "/v1/admin/refunds/{refund_id}/approve"): _DECIDE,
    ("POST", "/v1/admin/refunds/{refund_id}/decline"): _DECIDE,
}


def things(client: ApiClient, owner: Citizen) -> dict[str, str]:
    outside.world()
    case_id = lodge(client, owner, service="passport-issue").json()["case_id"]
    payment_id = begun(client, owner, case_id, ("wechat_pay", "web"))["payment_id"]
    return {
        **_issuer(),
        "payment_id": payment_id,
        "refund_id": f"{payment_id}12345678",
        "provider": "stripe",
        "code": "made-up",
    }


def _issuer() -> dict[str, str]:
    """Return an issuer with a message, and what is no bill's number."""
    issuer_id, [origin] = f"i{new_id(10).lower()}", SETTINGS.courier_trusted_origins
    by = Author("staff:test", datetime.now(UTC), Attempt(new_id(16), new_id(8)))
    asked = issuers.NewIssuer(issuer_id, "交警", "public-security", f"{origin}/x")
    issuers.create(asked, by)
    ping = Author("staff:test", datetime.now(UTC), Attempt(new_id(16), new_id(8)))
    issuers.ACCOUNTS.ping(issuer_id, ping)
    numbers = {"bill_number": "1", "bill_id": "made-up"}
    return {"issuer_id": issuer_id, "message_id": message_id(issuer_id, 1), **numbers}
