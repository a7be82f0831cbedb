"""People who pay, for tests."""

from typing import Any

from chalicelib.core import auth, dependencies
from chalicelib.core.ids import new_id
from tests.payments import outside
from tests.support.cases import HALL, lodge, verified
from tests.support.client import Answer, ApiClient
from tests.support.people import Citizen

FEE = 12000
WAYS = (
    ("card", "web"),
    ("alipay", "web"),
    ("wechat_pay", "web"),
    ("wechat_pay", "wechat_mini"),
    ("alipay", "alipay_mini"),
)


def yuan(cents: int) -> dict[str, object]:
    """Return an amount as answers have it."""
    return {"cents": cents, "currency": "cny"}


def case_of(client: ApiClient, service: str = "passport-issue") -> tuple[Citizen, str]:
    """Return a citizen and a case of theirs that has a fee."""
    me = verified(client)
    answer = lodge(client, me, service=service)
    assert answer.status == 201, answer.body
    return me, answer.json()["case_id"]


def token(me: Citizen) -> str:
    """Return a fresh token: the clock may have been moved past the one at hand."""
    caller = auth.Citizen(me.citizen_id, me.citizen_id, "real_name")
    return dependencies.tokens().issue(caller, dependencies.clock().now())


def start(
    client: ApiClient,
    me: Citizen,
    case_id: str,
    way: tuple[str, str] = ("card", "web"),
    key: str | None = None,
) -> Answer:
    body = {"case_id": case_id, "method": way[0], "client": way[1]}
    headers = {"Idempotency-Key": key or new_id()}
    return client.post("/v1/payments", body, token=token(me), headers=headers)


def begun(
    client: ApiClient, me: Citizen, case_id: str, way: tuple[str, str] = ("card", "web")
) -> dict[str, Any]:
    """Begin a payment that must begin."""
    answer = start(client, me, case_id, way)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.json()
    return found


def shown(client: ApiClient, me: Citizen, payment_id: str) -> dict[str, Any]:
    answer = client.get(f"/v1/payments/{payment_id}", token=token(me))
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


def paid(
    client: ApiClient, me: Citizen, case_id: str, way: tuple[str, str] = ("card", "web")
) -> dict[str, Any]:
    """Pay a case's fee whole and return the payment."""
    payment = begun(client, me, case_id, way)
    assert outside.act(payment["action"]) == 200
    outside.until(lambda: shown(client, me, payment["payment_id"])["finished"])
    return shown(client, me, payment["payment_id"])


def agree(client: ApiClient, staff: str, refund_id: str) -> Answer:
    return client.post(f"/v1/admin/refunds/{refund_id}/approve", token=staff)


def refund(
    client: ApiClient,
    staff: str,
    payment_id: str,
    amount: int | dict[str, object] | None = None,
    key: str = "",
) -> Answer:
    body = {"reason": "办理有误", **({"amount": amount} if amount is not None else {})}
    headers = {"Idempotency-Key": key or new_id()}
    path = f"/v1/admin/payments/{payment_id}/refunds"
    return client.post(path, body, token=staff, headers=headers)


def waiting(
    client: ApiClient, staff: str, hall: str = HALL, limit: int = 100
) -> list[dict[str, Any]]:
    """Return all refunds of a hall that wait for a second person, page after page."""
    path = f"/v1/admin/refunds?office_id={hall}&limit={limit}"
    page = client.get(path, token=staff).json()
    rows: list[dict[str, Any]] = page["items"]
    while page["next_cursor"]:
        page = client.get(f"{path}&cursor={page['next_cursor']}", token=staff).json()
        rows += page["items"]
    return rows
