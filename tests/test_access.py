"""Every route, asked by everyone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from chalicelib.core import wiring
from chalicelib.core.auth import AUDIENCE, ISSUER
from chalicelib.core.ids import new_id
from chalicelib.core.web import Routes
from chalicelib.identity import staff
from infra.local.engine import Engine
from tests.appointments import access as access_of_appointments
from tests.appointments.test_booking import HALL, morning
from tests.cases import access as access_of_cases
from tests.catalogue import access as access_of_catalogue
from tests.core import access as access_of_core
from tests.deliveries import access as access_of_deliveries
from tests.identity import access as access_of_identity
from tests.notifications import access as access_of_notifications
from tests.payments import access as access_of_payments
from tests.support.access import WHO
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import log_in, log_in_staff, new_code

__all__ = ["morning"]

ROOMS = (
    access_of_core,
    access_of_identity,
    access_of_catalogue,
    access_of_appointments,
    access_of_cases,
    access_of_deliveries,
    access_of_payments,
    access_of_notifications,
)
EXPECTED = {route: answers for room in ROOMS for route, answers in room.ROUTES.items()}


def test_the_table_names_every_route(engine: Engine) -> None:
    assert set(EXPECTED) == set(Routes.declared)


@pytest.fixture
def world(client: ApiClient, morning: TestClock) -> dict[str, Any]:
    owner = log_in(client)

    def member(role: str, hall: str) -> str:
        name = new_code()
        staff.add_staff(name, "onetrip-demo", frozenset({role}), frozenset({hall}))
        return log_in_staff(client, name)

    tokens = {
        "nobody": None,
        "owner": owner.token,
        "other": log_in(client).token,
        "far_clerk": member("clerk", "hall-330100"),
        **{role: member(role, HALL) for role in ("clerk", "supervisor", "auditor", "admin")},
    }
    values = {name: value for room in ROOMS for name, value in room.things(client, owner).items()}
    return {"tokens": tokens, "values": values}


@pytest.mark.parametrize("route", EXPECTED, ids=" ".join)
def test_a_route_answers_each_as_the_table_says(
    client: ApiClient, world: dict[str, Any], route: tuple[str, str]
) -> None:
    method, path = route
    filled = path.format(**world["values"])
    if path.endswith("availability"):
        filled += "?service_id=id-card-renewal"
    seen = []
    # The owner comes last, whose call may change the thing.
    for who in (*WHO[:1], *WHO[2:], "owner"):
        body = b"{}" if method in ("POST", "PUT", "PATCH") else b""
        answer = client.send(method, filled, body, token=world["tokens"][who])
        seen.append((who, answer.status))
    assert dict(seen) == dict(zip(WHO, EXPECTED[route], strict=True))


def test_a_cursor_of_another_opens_nothing(client: ApiClient, world: dict[str, Any]) -> None:
    scope = f"appointments/{world['values']['appointment_id'][:8]}/None"
    cursor = wiring.cursors().seal(scope, "A#x")
    path = f"/v1/appointments?cursor={cursor}"
    assert client.get(path, token=world["tokens"]["owner"]).status == 200
    assert client.get(path, token=world["tokens"]["other"]).code == "invalid_cursor"
    assert client.get(f"{path}x", token=world["tokens"]["owner"]).code == "invalid_cursor"


def claims(**changes: object) -> dict[str, object]:
    now = datetime.now(UTC)
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "abcdefgh",
        "typ": "citizen",
        "person": "abcdefgh",
        "level": "basic",
        "jti": new_id(),
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=5)).timestamp()),
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(payload: dict[str, object], **header: str) -> str:
    key = wiring.token_keys().signing
    return jwt.encode(payload, key.private, "EdDSA", {"kid": key.kid, **header})


def ago(minutes: int) -> int:
    return int((datetime.now(UTC) - timedelta(minutes=minutes)).timestamp())


def forged() -> dict[str, str]:
    key = wiring.token_keys().signing
    public = key.public.public_bytes_raw()
    return {
        "alg none": jwt.encode(claims(), "", "none", {"kid": key.kid}),
        "key confusion": jwt.encode(claims(), public.hex(), "HS256", {"kid": key.kid}),
        "not yet": signed(claims(nbf=ago(-10))),
        "other audience": signed(claims(aud="elsewhere")),
        "other issuer": signed(claims(iss="elsewhere")),
        "unknown key": signed(claims(), kid="none"),
        "no subject": signed(claims(sub=None)),
        "other kind": signed(claims(typ="root")),
        "a pass's key": jwt.encode(
            claims(), wiring.pass_keys().signing.private, "EdDSA", {"kid": key.kid}
        ),
        "changed": signed(claims())[:-4] + "AAAA",
        "nonsense": "a.b.c",
        "nothing": "",
    }


def test_forged_tokens_are_refused(client: ApiClient) -> None:
    assert client.get("/v1/me/accesses", token=signed(claims())).status == 200
    for name, token in forged().items():
        answer = client.get("/v1/me", headers={"authorization": f"Bearer {token}"})
        assert (answer.status, answer.code) == (401, "unauthenticated"), name
    expired = client.get("/v1/me", token=signed(claims(exp=ago(1))))
    assert expired.code == "token_expired"
    again = {"platform": "demo", "code": "expired"}
    assert client.post("/v1/login", again, token=signed(claims(exp=ago(1)))).status == 200
