"""Staff log in by a token of a directory that publishes its keys over real HTTP."""

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chalicelib.core.settings import SettingsError, read
from chalicelib.identity import providers
from chalicelib.identity.domain import InvalidIdToken, ProviderUnavailable
from chalicelib.identity.providers.oidc import Oidc
from chalicelib.identity.staff import service as staff
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import new_code

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
STRANGER = rsa.generate_private_key(65537, 2048)


class Issuer:
    """A directory: its discovery document and its keys, and how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                body = json.dumps(issuer.pages.get(self.path, {})).encode()
                self.send_response(200 if self.path in issuer.pages else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/city"
        rsa_key = jwt.algorithms.RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True)
        ec_key = jwt.algorithms.ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True)
        shared = {"kty": "oct", "k": "c2hhcmVkLXNlY3JldC1zaGFyZWQtc2VjcmV0LXNoYXJlZA", "kid": "oct"}
        document = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        self.pages: dict[str, Any] = {
            "/city/.well-known/openid-configuration": document,
            "/city/keys": {
                "keys": [{**rsa_key, "kid": "rsa"}, {**ec_key, "kid": "ec"}, shared],
            },
        }
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def token(self, key: Any = RSA_KEY, alg: str = "RS256", kid: str = "rsa", **given: Any) -> str:
        claims = {
            "iss": self.url,
            "aud": "onetrip-desk",
            "sub": "li.mei",
            "iat": int(NOW.timestamp()),
            "exp": int((NOW + timedelta(minutes=5)).timestamp()),
            **given,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, key, alg, {"kid": kid})


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.server.shutdown()
    issuer.server.server_close()


def directory(issuer: Issuer, claim: str = "sub") -> Oidc:
    return Oidc(issuer.url, "onetrip-desk", claim)


def test_a_token_names_its_user_and_the_keys_are_fetched_once(issuer: Issuer) -> None:
    ours = directory(issuer)
    assert ours.read(issuer.token(), NOW).username == "li.mei"
    assert ours.read(issuer.token(EC_KEY, "ES256", "ec"), NOW).username == "li.mei"
    assert ours.read(issuer.token(aud=["onetrip-desk"]), NOW).username == "li.mei"
    shared = issuer.token(aud=["x", "onetrip-desk"], azp="onetrip-desk")
    assert ours.read(shared, NOW).username == "li.mei"
    assert issuer.asked == ["/city/.well-known/openid-configuration", "/city/keys"]


def test_the_settings_say_which_claim_names_the_user(issuer: Issuer) -> None:
    ours = directory(issuer, "preferred_username")
    assert ours.read(issuer.token(preferred_username="mei"), NOW).username == "mei"
    for wrong in (None, "", 7, ["mei"]):
        with pytest.raises(InvalidIdToken):
            ours.read(issuer.token(preferred_username=wrong), NOW)


def minutes(count: int) -> int:
    return int((NOW + timedelta(minutes=count)).timestamp())


@pytest.mark.parametrize(
    "given",
    [
        {"iss": "https://another.example"},
        {"aud": "another"},
        {"aud": ["another", "onetrip-desk"]},
        {"aud": ["another", "onetrip-desk"], "azp": "another"},
        {"exp": minutes(-2)},
        {"iat": minutes(-11)},
        {"iat": minutes(2)},
        {"nbf": minutes(2)},
        {"nbf": "soon"},
        {"iat": "soon"},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"aud": None},
        {"key": STRANGER},
        {"kid": "unknown"},
        {"key": EC_KEY, "alg": "ES256"},
        {"alg": "PS256"},
        # The published keys must not serve as a shared secret, nor may a shared one be published.
        {"key": b"shared-secret-shared-secret-shared", "alg": "HS256", "kid": "oct"},
    ],
)
def test_what_is_not_for_us_or_not_fresh_is_refused(issuer: Issuer, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidIdToken):
        directory(issuer).read(issuer.token(**given), NOW)


def test_forged_and_broken_tokens_are_refused(issuer: Issuer) -> None:
    good = issuer.token()
    head, body, signature = good.split(".")
    nothing = jwt.encode({"sub": "li.mei"}, "", "none", {"kid": "rsa"})
    public = RSA_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    # As an attacker would sign it, who takes the published key for a shared secret.
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa"}').decode().rstrip("=")
    code = hmac.digest(public, f"{header}.{body}".encode(), "sha256")
    confused = f"{header}.{body}.{base64.urlsafe_b64encode(code).decode().rstrip('=')}"
    tokens = ["", "x", "a.b.c", f"{head}.{body}.", f"{head}.{body}x.{signature}", nothing, confused]
    for token in tokens:
        with pytest.raises(InvalidIdToken):
            directory(issuer).read(token, NOW)


@pytest.mark.parametrize(
    ("page", "content"),
    [
        ("/city/.well-known/openid-configuration", None),
        ("/city/.well-known/openid-configuration", []),
        ("/city/.well-known/openid-configuration", {"issuer": "https://another.example"}),
        ("/city/keys", None),
        ("/city/keys", {"keys": []}),
    ],
)
def test_a_directory_that_makes_no_sense_is_not_there(
    issuer: Issuer, page: str, content: Any
) -> None:
    issuer.pages.pop(page)
    if content is not None:
        issuer.pages[page] = content
    with pytest.raises(ProviderUnavailable):
        directory(issuer).read(issuer.token(), NOW)


def test_keys_lie_where_the_issuer_is_as_safe(issuer: Issuer) -> None:
    page = issuer.pages["/city/.well-known/openid-configuration"]
    page["jwks_uri"] = "file:///etc/hostname"
    with pytest.raises(ProviderUnavailable):
        directory(issuer).read(issuer.token(), NOW)


def test_who_has_an_account_gets_its_roles(
    client: ApiClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "staff_directory", lambda: directory(issuer))
    name, now = new_code(), int(datetime.now(UTC).timestamp())
    staff.add_staff(name, "unused", frozenset({"clerk"}), frozenset({"hall-330200"}))
    body = {"id_token": issuer.token(sub=name, iat=now, exp=now + 300)}
    answer = client.post("/v1/staff/login/oidc", body)
    assert (answer.status, answer.json()["roles"]) == (200, ["clerk"])
    board = "/v1/admin/offices/hall-330200/appointments"
    assert client.get(board, token=answer.json()["access_token"]).status == 200
    renewed = {"refresh_token": answer.json()["refresh_token"]}
    assert client.post("/v1/login/refresh", renewed).json()["roles"] == ["clerk"]
    unknown = {"id_token": issuer.token(sub=new_code(), iat=now, exp=now + 300)}
    refused = client.post("/v1/staff/login/oidc", unknown)
    assert (refused.status, refused.code) == (401, "invalid_id_token")


@pytest.mark.parametrize("ended_by", ["sign out", "password", "removal", "nothing"])
def test_a_token_from_before_all_log_ins_were_ended_opens_none(
    client: ApiClient,
    issuer: Issuer,
    monkeypatch: pytest.MonkeyPatch,
    clock: TestClock,
    ended_by: str,
) -> None:
    monkeypatch.setattr(providers, "staff_directory", lambda: directory(issuer))
    clock.set(NOW)
    name, path = new_code(), "/v1/staff/login/oidc"
    make = partial(staff.add_staff, name)
    make("unused", frozenset({"clerk"}), frozenset({"hall-330200"}))
    body = {"id_token": issuer.token(sub=name)}
    session = client.post(path, body).json()
    clock.set(NOW + timedelta(minutes=1))
    if ended_by == "sign out":
        assert client.delete("/v1/sessions", token=session["access_token"]).status == 204
    if ended_by == "removal":
        staff.remove_staff(name)
    if ended_by in ("password", "removal"):
        make("another", frozenset({"clerk"}), frozenset({"hall-330200"}))
    clock.set(NOW + timedelta(minutes=2))
    again = client.post(path, body)
    expected = (200, None) if ended_by == "nothing" else (401, "invalid_id_token")
    assert (again.status, again.json().get("code")) == expected
    fresh = {"id_token": issuer.token(sub=name, iat=minutes(2))}
    assert client.post(path, fresh).status == 200


def test_without_a_directory_there_is_no_such_log_in(client: ApiClient) -> None:
    assert client.post("/v1/staff/login/oidc", {"id_token": "x.y.z"}).status == 404


def test_an_issuer_without_an_audience_or_without_tls_does_not_start() -> None:
    with pytest.raises(SettingsError, match="OIDC_AUDIENCE"):
        read({"STAGE": "dev", "OIDC_ISSUER": "https://id.example"})
    with pytest.raises(SettingsError, match="https"):
        read({"OIDC_ISSUER": "http://id.example", "OIDC_AUDIENCE": "desk"})
