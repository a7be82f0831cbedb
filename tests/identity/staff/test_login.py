"""Log-in of staff: what a guess costs, second factors, and tokens of many halls."""

from dataclasses import replace
from typing import Any

import jwt
import pyotp
import pytest

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.service import cache
from chalicelib.core import dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.settings import SETTINGS
from chalicelib.identity.staff import service as staff
from chalicelib.identity.staff.service import login, passwords
from tests.support.client import Answer, ApiClient
from tests.support.people import new_code

HALL = "hall-330203"


def log_in(client: ApiClient, name: str, password: str, **more: str) -> Answer:
    return client.post("/v1/staff/login", {"username": name, "password": password, **more})


@pytest.mark.parametrize("kind", ["unknown", "wrong", "removed", "waiting", "empty"])
def test_a_guess_costs_one_hash_whatever_the_name(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    name, hasher = new_code(), passwords._hasher()
    if kind in ("wrong", "removed"):
        staff.add_staff(name, "right", frozenset({"clerk"}), frozenset({HALL}))
    if kind == "removed":
        staff.remove_staff(name)
    if kind == "waiting":
        admin = Staff(new_code(), frozenset({"admin"}), frozenset({HALL}))
        token = dependencies.tokens().issue(admin, dependencies.clock().now())
        body = {"username": name, "password": "password", "roles": ["admin"], "office_ids": [HALL]}
        assert client.post("/v1/admin/staff", body, token=token).status == 202
    passwords.matches(None, "the hash of nobody is made once")
    verified: list[str] = []

    class Counting:
        def verify(self, known: str, password: str) -> None:
            verified.append(known)
            hasher.verify(known, password)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    assert log_in(client, name, "guess").code == "invalid_credentials"
    assert len(verified) == 1
    # The same kind of hash, of the same cost.
    assert verified[0].split("$")[:4] == passwords._hash_of_nobody().split("$")[:4]


@pytest.mark.parametrize("role", ["admin", "supervisor", "clerk", "auditor"])
def test_real_stages_ask_admins_and_supervisors_for_a_second_factor(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    name, coded, secret = new_code(), new_code(), pyotp.random_base32()
    halls, roles = frozenset({HALL}), frozenset({role, "clerk"})
    staff.add_staff(name, "right", roles, halls)
    staff.add_staff(coded, "right", roles, halls, secret)
    assert log_in(client, name, "right").status == 200
    monkeypatch.setattr(login, "SETTINGS", replace(SETTINGS, demonstration=False))
    for _ in range(10):
        refused = log_in(client, name, "right")
        needs = role in ("admin", "supervisor")
        assert (refused.status, refused.json().get("code")) == (
            (403, "second_factor_required") if needs else (200, None)
        )
    assert log_in(client, coded, "right").code == "totp_required"
    code = pyotp.TOTP(secret).at(dependencies.clock().now())
    assert log_in(client, coded, "right", totp=code).status == 200


def test_a_missing_new_password_uses_no_code_up_and_is_no_failure(client: ApiClient) -> None:
    name, secret = new_code(), pyotp.random_base32()
    staff.add_staff(
        name, "first one", frozenset({"clerk"}), frozenset({HALL}), secret, temporary=True
    )
    code = pyotp.TOTP(secret).at(dependencies.clock().now())
    for _ in range(8):
        assert log_in(client, name, "first one", totp=code).code == "password_change_required"
    assert log_in(client, name, "first one", totp=code, new_password="second one").status == 200


@pytest.mark.parametrize("prefix", ["", "3302", "330203"])
def test_a_token_of_three_thousand_halls_is_short_and_a_later_hall_is_one_of_them(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    name = new_code()
    staff.add_staff(name, "right", frozenset({"supervisor"}), frozenset(), division_prefix=prefix)
    token = log_in(client, name, "right").json()["access_token"]
    known = catalogue.current()
    pattern = known.offices[HALL]
    many: dict[str, Any] = {
        f"hall-{number}": replace(pattern, office_id=f"hall-{number}") for number in range(3000)
    }
    bigger = replace(known, offices={**known.offices, **many})
    monkeypatch.setattr(cache, "current", lambda: bigger)
    opened = log_in(client, name, "right").json()
    assert len(opened["access_token"]) < 2048
    assert {"hall-2999", HALL} <= set(opened["office_ids"])
    assert (opened["division_prefix"], "office_ids" in jwt.decode(
        opened["access_token"], options={"verify_signature": False}
    )) == (prefix, True)  # fmt: skip
    # Also by the token from before the hall was there.
    caller = dependencies.tokens().check(token, dependencies.clock().now())
    assert isinstance(caller, Staff)
    assert "hall-2999" in caller.office_ids
    path = "/v1/admin/deliveries?office_id=hall-2999"
    assert client.get(path, token=token).status == 200


def test_a_division_is_no_hall_beyond_it(client: ApiClient) -> None:
    name = new_code()
    staff.add_staff(name, "right", frozenset({"supervisor"}), frozenset(), division_prefix="330203")
    opened = log_in(client, name, "right").json()
    assert opened["office_ids"] == [HALL]
    path = "/v1/admin/deliveries?office_id="
    assert client.get(path + HALL, token=opened["access_token"]).status == 200
    assert client.get(path + "hall-330205", token=opened["access_token"]).status == 404
