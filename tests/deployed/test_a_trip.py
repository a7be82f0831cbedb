"""One citizen's way through the deployed system, by HTTP only."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.ids import new_id
from tests.deployed.conftest import PASSWORD, Deployed, told
from tests.deployed.http_client import HttpClient
from tests.support.people import id_number

pytestmark = pytest.mark.slow

HALL = "hall-330200"
SERVICE = "no-criminal-record"
_WITHIN_SECONDS = 90.0


def key() -> dict[str, str]:
    return {"Idempotency-Key": new_id()}


def citizen(api: HttpClient) -> str:
    """Return the token of a citizen whose identity is verified."""
    body = {"platform": "demo", "code": f"c{new_id(12).lower()}"}
    first = told(api.post("/v1/login", body), 200)
    who = {"name": "王小明", "id_number": id_number()}
    told(api.put("/v1/me/identity", who, token=first["access_token"]), 200)
    return str(told(api.post("/v1/login", body), 200)["access_token"])


def clerk(api: HttpClient, role: str = "clerk") -> str:
    body = {"username": role, "password": PASSWORD}
    return str(told(api.post("/v1/staff/login", body), 200)["access_token"])


def until(found: Callable[[], Any]) -> Any:
    """Wait for what streams and queues bring about."""
    deadline = time.monotonic() + _WITHIN_SECONDS
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.5)
    raise AssertionError("it did not come")


def book(api: HttpClient, token: str) -> dict[str, Any]:
    path = f"/v1/offices/{HALL}/availability?service_id={SERVICE}&days=31"
    days = told(api.get(path), 200)["days"]
    slot = next(s for day in days for s in day["slots"] if s["state"] == "open")
    body = {"service_id": SERVICE, "office_id": HALL, "slot_id": slot["slot_id"]}
    return dict(told(api.post("/v1/appointments", body, token=token, headers=key()), 201))


def test_it_is_alive(deployed: Deployed) -> None:
    assert told(deployed.api.get("/v1/health"), 200)["status"] == "ok"
    assert told(deployed.api.get("/v1/ready"), 200)["status"] == "ready"
    assert told(deployed.api.get("/v1/openapi.json"), 200)["openapi"].startswith("3.1")


def test_a_citizen_books(deployed: Deployed) -> None:
    me = citizen(deployed.api)
    made = book(deployed.api, me)
    path = f"/v1/appointments/{made['appointment_id']}"
    assert told(deployed.api.get(path, token=me), 200)["status"] == "booked"
    picture = deployed.api.get(f"{path}/pass", token=me, headers={"accept": "image/svg+xml"})
    assert picture.body.startswith(b"<?xml") or b"<svg" in picture.body
    auditor = clerk(deployed.api, "auditor")
    checked = told(
        deployed.api.get(f"/v1/admin/audit/{made['appointment_id']}/verify", token=auditor), 200
    )
    assert checked["whole"] is True
