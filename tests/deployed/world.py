"""What citizens do with a deployed system, by HTTP only."""

import time
from collections.abc import Callable
from typing import Any

from chalicelib.core.ids import new_id
from tests.deployed import outside
from tests.deployed.conftest import told
from tests.deployed.http_client import HttpClient
from tests.support.people import id_number

HALL = "hall-330200"
BOOKED = "id-card-renewal"
# A machine that is busy with other things takes long over a queue.
_WITHIN_SECONDS = 300.0


def key() -> dict[str, str]:
    return {"Idempotency-Key": new_id()}


def citizen(api: HttpClient) -> str:
    """Return the token of a citizen whose identity is verified."""
    openid = new_id(12)
    first = log_in(api, openid)
    told(api.put("/v1/me/identity", who(), token=first), 200)
    return log_in(api, openid)


def log_in(api: HttpClient, openid: str) -> str:
    """Return the token of somebody with WeChat on their phone."""
    body = {"platform": "wechat", "code": outside.wechat_code(openid)}
    return str(told(api.post("/v1/login", body), 200)["access_token"])


def who() -> dict[str, str]:
    return {"name": "王小明", "id_number": id_number()}


def until(found: Callable[[], Any]) -> Any:
    """Wait for what streams and queues bring about."""
    deadline = time.monotonic() + _WITHIN_SECONDS
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.5)
    raise AssertionError("it did not come")


def book(api: HttpClient, token: str) -> dict[str, Any]:
    path = f"/v1/offices/{HALL}/availability?service_id={BOOKED}&days=31"
    days = told(api.get(path), 200)["days"]
    slot = next(s for day in days for s in day["slots"] if s["state"] == "open")
    body = {"service_id": BOOKED, "office_id": HALL, "slot_id": slot["slot_id"]}
    return dict(told(api.post("/v1/appointments", body, token=token, headers=key()), 201))
