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
from tests.appointments.test_booking import HALL, book, morning, new_slot
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import log_in, log_in_staff, new_code

__all__ = ["morning"]
WHO = ("nobody", "owner", "other", "clerk", "far_clerk", "supervisor", "auditor", "admin")
ALL = (200,) * 8
CITIZEN_ONLY = (401, 200, 200, 403, 403, 403, 403, 403)
OWNER_ONLY = (401, 200, 404, 403, 403, 403, 403, 403)
# A body that is not right shows that access was granted: it is looked at only then.
READABLE = (422,) * 8
EXPECTED: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/v1/health"): ALL,
    ("GET", "/v1/ready"): ALL,
    ("GET", "/v1/openapi.json"): ALL,
    ("GET", "/v1/keys"): ALL,
    ("GET", "/v1/services"): ALL,
    ("GET", "/v1/services/{service_id}"): ALL,
    ("GET", "/v1/offices"): ALL,
    ("GET", "/v1/offices/{office_id}"): ALL,
    ("GET", "/v1/offices/{office_id}/availability"): ALL,
    ("POST", "/v1/login"): READABLE,
    ("POST", "/v1/login/refresh"): READABLE,
    ("POST", "/v1/logout"): READABLE,
    ("POST", "/v1/staff/login"): READABLE,
    ("GET", "/v1/me"): CITIZEN_ONLY,
    ("PATCH", "/v1/me"): CITIZEN_ONLY,
    ("PUT", "/v1/me/identity"): (401, 422, 422, 403, 403, 403, 403, 403),
    ("GET", "/v1/me/family"): CITIZEN_ONLY,
    ("POST", "/v1/me/family"): (401, 422, 422, 403, 403, 403, 403, 403),
    ("DELETE", "/v1/me/family/{member_id}"): (401, 404, 404, 403, 403, 403, 403, 403),
    ("GET", "/v1/me/accesses"): CITIZEN_ONLY,
    ("POST", "/v1/appointments"): (401, 422, 422, 403, 403, 403, 403, 403),
    ("GET", "/v1/appointments"): CITIZEN_ONLY,
    ("GET", "/v1/appointments/{appointment_id}"): OWNER_ONLY,
    ("GET", "/v1/appointments/{appointment_id}/pass"): OWNER_ONLY,
    ("GET", "/v1/appointments/{appointment_id}/calendar.ics"): OWNER_ONLY,
    ("POST", "/v1/appointments/{appointment_id}/reschedule"): (401, 422, 422, *(403,) * 5),
    ("POST", "/v1/appointments/{appointment_id}/cancel"): OWNER_ONLY,
    ("GET", "/v1/admin/offices/{office_id}/appointments"): (401, 403, 403, 200, 404, 200, 200, 200),
    ("POST", "/v1/admin/checkins"): (401, 403, 403, 422, 422, 422, 403, 422),
}


def test_the_table_names_every_route() -> None:
    assert set(EXPECTED) == set(Routes.declared)


@pytest.fixture
def world(client: ApiClient, morning: TestClock) -> dict[str, Any]:
    owner = log_in(client)
    made = book(client, owner, new_slot()).json()

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
    values = {
        "appointment_id": made["appointment_id"],
        "service_id": "id-card-renewal",
        "office_id": HALL,
        "member_id": "nobody",
    }
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
