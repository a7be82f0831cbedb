"""Every route, asked by everyone."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from chalicelib.core import dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.ids import new_id
from chalicelib.core.routes import Routes
from chalicelib.core.tokens import AUDIENCE, ISSUER
from infra.local.engine import Engine
from tests.access import ROOMS, values_of
from tests.appointments.world import HALL
from tests.support.access import WHO
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import Citizen, log_in, new_code

ROLES = ("clerk", "supervisor", "auditor", "admin")
EXPECTED = {route: answers for room in ROOMS for route, answers in room.ROUTES.items()}


def test_the_table_names_every_route(engine: Engine) -> None:
    assert set(EXPECTED) == set(Routes.declared)


def tokens(client: ApiClient, owner: Citizen) -> dict[str, str | None]:
    """Return a token of each kind of caller."""
    now, issue = dependencies.clock().now(), dependencies.tokens().issue
    halls = {"far_clerk": ("clerk", "hall-330100"), **{role: (role, HALL) for role in ROLES}}
    return {
        "nobody": None,
        "owner": owner.token,
        "other": log_in(client).token,
        **{
            who: issue(Staff(new_code(), frozenset({role}), frozenset({hall})), now)
            for who, (role, hall) in halls.items()
        },
    }


@pytest.mark.parametrize("route", EXPECTED, ids=" ".join)
def test_a_route_answers_each_as_the_table_says(
    client: ApiClient, morning: TestClock, route: tuple[str, str]
) -> None:
    method, path = route
    owner = log_in(client)
    callers = tokens(client, owner)
    filled = path.format(**values_of(path, client, owner))
    if path.endswith("availability"):
        filled += "?service_id=id-card-renewal"
    seen = []
    # The owner comes last, whose call may change the thing.
    for who in (*WHO[:1], *WHO[2:], "owner"):
        body = b"{}" if method in ("POST", "PUT", "PATCH") else b""
        answer = client.send(method, filled, body, token=callers[who])
        seen.append((who, answer.status))
    assert dict(seen) == dict(zip(WHO, EXPECTED[route], strict=True))


def test_a_cursor_of_another_opens_nothing(client: ApiClient) -> None:
    owner, other = log_in(client), log_in(client)
    scope = f"appointments/{owner.citizen_id}/None"
    cursor = dependencies.cursors().seal(scope, "A#x")
    path = f"/v1/appointments?cursor={cursor}"
    assert client.get(path, token=owner.token).status == 200
    assert client.get(path, token=other.token).code == "invalid_cursor"
    assert client.get(f"{path}x", token=owner.token).code == "invalid_cursor"


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
    key = dependencies.token_keys().signing
    return jwt.encode(payload, key.private, "EdDSA", {"kid": key.kid, **header})


def ago(minutes: int) -> int:
    return int((datetime.now(UTC) - timedelta(minutes=minutes)).timestamp())


def forged() -> dict[str, str]:
    key = dependencies.token_keys().signing
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
            claims(), dependencies.pass_keys().signing.private, "EdDSA", {"kid": key.kid}
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
