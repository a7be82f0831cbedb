"""Signing out on all devices, citizens and staff."""

import contextlib
from collections.abc import Callable

import pytest

from chalicelib.core import dependencies
from chalicelib.core.ids import new_id
from chalicelib.identity.service import revocations
from chalicelib.identity.staff import service as staff
from tests.support.client import ApiClient
from tests.support.faults import Crash, crash_after
from tests.support.people import new_code

LogIn = Callable[[], tuple[str, str]]
PATHS = {"citizen": "/v1/me", "staff": "/v1/admin/cases"}


@pytest.fixture(params=["citizen", "staff"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def log_in(client: ApiClient, kind: str) -> LogIn:
    name = new_code()
    if kind == "staff":
        staff.add_staff(name, "right", frozenset({"clerk"}), frozenset({"hall-330200"}))

    def enter() -> tuple[str, str]:
        if kind == "staff":
            answer = client.post("/v1/staff/login", {"username": name, "password": "right"})
        else:
            answer = client.post("/v1/login", {"platform": "demo", "code": name})
        return answer.json()["access_token"], answer.json()["refresh_token"]

    return enter


def renew(client: ApiClient, refresh_token: str) -> tuple[int, str]:
    body, headers = {"refresh_token": refresh_token}, {"Idempotency-Key": new_id(16)}
    answer = client.post("/v1/login/refresh", body, headers=headers)
    return answer.status, answer.json().get("code", "")


def test_every_device_is_signed_out_and_a_new_log_in_is_good_at_once(
    client: ApiClient, kind: str, log_in: LogIn
) -> None:
    devices = [log_in() for _ in range(3)]
    for access, refresh in devices:
        assert client.get(PATHS[kind], token=access).status == 200
        assert renew(client, refresh)[0] == 200
    # In the same second, as no clock tells them apart.
    assert client.delete("/v1/sessions", token=devices[0][0]).status == 204
    access, refresh = log_in()
    assert client.get(PATHS[kind], token=access).status == 200
    assert renew(client, refresh)[0] == 200
    for old_access, old_refresh in devices:
        assert client.get(PATHS[kind], token=old_access).code == "unauthenticated"
        assert renew(client, old_refresh)[0] == 401
    # Another process learns of it when it reads again.
    elsewhere, now = revocations.Revocations(), dependencies.clock().now()
    held = [
        elsewhere.holds(dependencies.tokens().check(one, now))
        for one, _ in [*devices, (access, "")]
    ]
    assert held == [True, True, True, False]


def test_others_stay_logged_in(client: ApiClient, kind: str, log_in: LogIn) -> None:
    other = client.post("/v1/login", {"platform": "demo", "code": new_code()}).json()
    assert client.delete("/v1/sessions", token=log_in()[0]).status == 204
    assert client.get("/v1/me", token=other["access_token"]).status == 200
    assert renew(client, other["refresh_token"])[0] == 200


@pytest.mark.parametrize("calls", range(1, 5))
def test_a_sign_out_that_stops_on_the_way_ends_all_or_nothing(
    client: ApiClient, log_in: LogIn, calls: int
) -> None:
    access, refresh = log_in()
    with crash_after(calls), contextlib.suppress(Crash):
        client.delete("/v1/sessions", token=access)
    caller = dependencies.tokens().check(access, dependencies.clock().now())
    revoked = revocations.Revocations().holds(caller)
    assert (renew(client, refresh)[0] == 401) == revoked
    # Sent again it is done, or was.
    assert client.delete("/v1/sessions", token=access).status in (204, 401)
    assert revocations.Revocations().holds(caller)


def test_a_sign_out_that_comes_late_leaves_later_log_ins_alone(
    client: ApiClient, kind: str, log_in: LogIn
) -> None:
    access, _ = log_in()
    caller = dependencies.tokens().check(access, dependencies.clock().now())
    assert client.delete("/v1/sessions", token=access).status == 204
    fresh, refresh = log_in()
    revocations.revocations.learn(caller.actor, revocations.rights_of(caller))
    # This process believes the old token still, as another does for some seconds.
    assert client.delete("/v1/sessions", token=access).status == 204
    revocations.revocations.refresh(older_than=0)
    assert client.get(PATHS[kind], token=fresh).status == 200
    assert renew(client, refresh)[0] == 200
