"""Admins keep the accounts of staff."""

import base64
import contextlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
import zxingcpp
from PIL import Image

from chalicelib.core import dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.ids import new_id
from chalicelib.identity.service import revocations
from chalicelib.identity.staff import service as staff
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after
from tests.support.people import auditor, log_in_staff, new_code

PATH = "/v1/admin/staff"
HALL, OTHER = "hall-330203", "hall-330205"
FIRST, SECOND = "first password", "second password"


class Admin:
    """An admin who is logged in."""

    def __init__(self, client: ApiClient, *, division: str | None = "") -> None:
        self.client, self.name = client, new_code()
        halls = frozenset({HALL} if division is None else ())
        staff.add_staff(
            self.name, "onetrip-demo", frozenset({"admin"}), halls, division_prefix=division
        )
        self.token = log_in_staff(client, self.name)

    def post(self, path: str, body: object = None, key: str | None = None) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(f"{PATH}{path}", body or {}, token=self.token, headers=headers)

    def patch(self, name: str, **change: Any) -> Answer:
        return self.client.patch(f"{PATH}/{name}", change, token=self.token)

    def delete(self, name: str) -> Answer:
        return self.client.delete(f"{PATH}/{name}", token=self.token)

    def listed(self, limit: int = 100) -> Iterator[dict[str, Any]]:
        cursor: str | None = ""
        while cursor is not None:
            page = self.client.get(f"{PATH}?limit={limit}{cursor}", token=self.token)
            assert page.status == 200, page.body
            yield from page.json()["items"]
            following = page.json()["next_cursor"]
            cursor = None if following is None else f"&cursor={following}"


@pytest.fixture
def admin(client: ApiClient) -> Admin:
    return Admin(client)


def fresh(*roles: str, **changes: Any) -> dict[str, Any]:
    body = {"username": new_code(), "password": FIRST, "roles": list(roles), "office_ids": [HALL]}
    return {**body, **changes}


def log_in(client: ApiClient, name: str, password: str, **more: str) -> Answer:
    return client.post("/v1/staff/login", {"username": name, "password": password, **more})


def history(client: ApiClient, name: str) -> list[dict[str, Any]]:
    token = auditor(client, HALL)
    path = f"/v1/admin/audit/staff:{name}"
    assert client.get(f"{path}/verify", token=token).json()["whole"]
    items: list[dict[str, Any]] = client.get(path, token=token).json()["items"]
    return items


@pytest.mark.parametrize("blank", [" " * 8, "\u3000" * 9, "\u200b \u00a0\u2800\t\n  "], ids=ascii)
def test_a_password_of_which_nothing_shows_is_refused(
    client: ApiClient, admin: Admin, blank: str
) -> None:
    refused = admin.post("", fresh("clerk", password=blank))
    assert (refused.status, refused.code) == (422, "invalid_request")
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/password"]
    body = fresh("clerk")
    assert admin.post("", body).status == 201
    reset = admin.post(f"/{body['username']}/reset-password", {"password": blank})
    assert (reset.status, reset.json()["errors"][0]["pointer"]) == (422, "/password")
    changed = log_in(client, body["username"], FIRST, new_password=blank)
    assert (changed.status, changed.json()["errors"][0]["pointer"]) == (422, "/new_password")
    assert log_in(client, body["username"], FIRST, new_password=f" {blank}x").status == 200


@pytest.mark.parametrize("roles", [["clerk"], ["supervisor"], ["auditor"], ["clerk", "auditor"]])
def test_an_account_is_made_and_its_password_changed_at_the_first_log_in(
    client: ApiClient, admin: Admin, roles: list[str]
) -> None:
    body = fresh(*roles, reason="新员工")
    made = admin.post("", body, key="making-an-account")
    assert (made.status, made.json()["password_change_required"]) == (201, True)
    again = admin.post("", body, key="making-an-account")
    assert (again.status, again.json()) == (201, made.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert admin.post("", body).code == "staff_exists"
    name = body["username"]
    assert log_in(client, name, FIRST).code == "password_change_required"
    same = log_in(client, name, FIRST, new_password=FIRST)
    assert (same.status, same.json()["errors"][0]["pointer"]) == (422, "/new_password")
    assert log_in(client, name, FIRST, new_password="short").status == 422
    opened = log_in(client, name, FIRST, new_password=SECOND)
    assert (opened.json()["roles"], opened.json()["office_ids"]) == (sorted(roles), [HALL])
    assert log_in(client, name, FIRST).code == "invalid_credentials"
    assert log_in(client, name, SECOND).status == 200
    entries = history(client, name)
    assert [entry["type"] for entry in entries] == ["staff.created", "staff.password_changed"]
    assert entries[0]["data"] == {
        "roles": " ".join(sorted(roles)),
        "halls": HALL,
        "reason": "新员工",
    }
    assert FIRST not in str(entries)


@pytest.mark.parametrize(
    "wrong",
    [
        {"roles": []},
        {"roles": ["root"]},
        {"password": "short"},
        {"username": "Has Blanks"},
        {"office_ids": None},
        {"office_ids": []},
        {"division_prefix": "3302"},
        {"office_ids": None, "division_prefix": "33O2"},
        {"office_ids": ["hall-nowhere"]},
        {"office_ids": [f"hall-{n}" for n in range(41)]},
        {"department_ids": [""]},
        {"department_ids": ["no-such-department"]},
        {"department_ids": ["public-security", "tax-office"]},
        {"totp": "123456"},
    ],
)
def test_what_is_no_account_is_refused(admin: Admin, wrong: dict[str, Any]) -> None:
    body = fresh("clerk", **wrong)
    assert admin.post("", body).status == 422
    assert body["username"] not in {one["username"] for one in admin.listed()}


def test_two_persons_make_an_admin(client: ApiClient, admin: Admin) -> None:
    second, body = Admin(client), fresh("admin", "clerk", reason="第二管理员")
    asked = admin.post("", body, key="asking-for-admin")
    assert (asked.status, asked.json()["roles"]) == (202, [])
    assert asked.json()["pending"].items() >= {
        "asked_by": f"staff:{admin.name}", "reason": "第二管理员", "roles": ["admin", "clerk"],
    }.items()  # fmt: skip
    assert admin.post("", body, key="asking-for-admin").status == 202
    assert log_in(client, body["username"], FIRST).code == "invalid_credentials"
    assert admin.post("", body).code == "second_person_needed"
    agreed = second.post("", body)
    assert (agreed.status, agreed.json()["roles"]) == (200, ["admin", "clerk"])
    assert agreed.json()["pending"] is None
    assert log_in(client, body["username"], FIRST, new_password=SECOND).status == 200
    types = [entry["type"] for entry in history(client, body["username"])]
    assert types[:2] == ["staff.created_asked", "staff.created"]


@pytest.mark.parametrize("other", [{"password": SECOND}, {"office_ids": [OTHER]}])
def test_who_asks_for_another_admin_agrees_to_none(
    client: ApiClient, admin: Admin, other: dict[str, Any]
) -> None:
    body = fresh("admin")
    assert admin.post("", body).status == 202
    second = Admin(client)
    assert second.post("", {**body, **other}).status == 202
    assert second.post("", {**body, **other}).code == "second_person_needed"
    assert admin.post("", {**body, **other}).status == 200


def test_two_persons_give_the_role_of_admin_and_one_takes_it(
    client: ApiClient, admin: Admin
) -> None:
    body, second = fresh("clerk"), Admin(client)
    name = body["username"]
    admin.post("", body)
    asked = admin.patch(name, roles=["admin"])
    assert (asked.status, asked.json()["roles"]) == (202, ["clerk"])
    assert admin.patch(name, roles=["admin"]).code == "second_person_needed"
    withdrawn = second.patch(name, roles=["clerk"])
    assert (withdrawn.status, withdrawn.json()["pending"]) == (200, None)
    assert admin.patch(name, roles=["admin"]).status == 202
    assert second.patch(name, roles=["admin"]).json()["roles"] == ["admin"]
    assert admin.patch(name, roles=["clerk"]).json()["roles"] == ["clerk"]


def test_nobody_changes_the_own_account(client: ApiClient, admin: Admin) -> None:
    Admin(client)
    refused = [
        admin.patch(admin.name, roles=["admin", "supervisor"]),
        admin.patch(admin.name, office_ids=[HALL]),
        admin.patch(admin.name, division_prefix="33"),
        admin.delete(admin.name),
        admin.post(f"/{admin.name}/reset-password", {"password": SECOND}),
    ]
    assert {(answer.status, answer.code) for answer in refused} == {(403, "own_account")}
    assert admin.post(f"/{admin.name}/enrol-totp").status == 200
    assert admin.post(f"/{admin.name}/enrol-totp").code == "own_account"


def test_the_last_admin_stays_also_when_two_remove_each_other(
    client: ApiClient, admin: Admin
) -> None:
    second = Admin(client)
    for one in [one for one in admin.listed() if "admin" in one["roles"]]:
        if one["username"] not in (admin.name, second.name):
            assert admin.delete(one["username"]).status == 204
    pairs = [(admin, second.name), (second, admin.name)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda pair: pair[0].delete(pair[1]), pairs))
    assert sorted(answer.status for answer in answers) in ([204, 401], [204, 409])
    left = admin if answers[0].status == 204 else second
    assert left.delete(left.name).code == "last_admin"
    # A token that is still believed elsewhere removes nobody either.
    gone = dependencies.tokens().issue(
        Staff(new_code(), frozenset({"admin"}), frozenset(), ""), NOW()
    )
    refused = client.delete(f"{PATH}/{left.name}", token=gone)
    assert (refused.status, refused.code) == (409, "last_admin")
    demoted = client.patch(f"{PATH}/{left.name}", {"roles": ["clerk"]}, token=gone)
    assert demoted.code == "last_admin"


def NOW() -> datetime:  # noqa: N802 - reads the clock that tests move.
    return dependencies.clock().now()


@pytest.mark.parametrize("change", ["demoted", "moved", "removed", "reset", "division"])
def test_tokens_end_with_the_rights_that_they_say(
    client: ApiClient, admin: Admin, change: str
) -> None:
    body = fresh("supervisor")
    name = body["username"]
    admin.post("", body)
    opened = log_in(client, name, FIRST, new_password=SECOND).json()
    path = f"/v1/admin/deliveries?office_id={HALL}"
    assert client.get(path, token=opened["access_token"]).status == 200
    done = {
        "demoted": lambda: admin.patch(name, roles=["clerk"]),
        "moved": lambda: admin.patch(name, office_ids=[OTHER]),
        "division": lambda: admin.patch(name, division_prefix="330205"),
        "removed": lambda: admin.delete(name),
        "reset": lambda: admin.post(f"/{name}/reset-password", {"password": FIRST}),
    }[change]()
    assert done.status in (200, 204)
    assert client.get(path, token=opened["access_token"]).status == 401
    # Another process learns of it when it reads again.
    caller = dependencies.tokens().check(opened["access_token"], NOW())
    assert revocations.Revocations().holds(caller)
    renewed = client.post("/v1/login/refresh", {"refresh_token": opened["refresh_token"]})
    assert renewed.status == (401 if change in ("removed", "reset") else 200)
    if change == "reset":
        assert log_in(client, name, FIRST).code == "password_change_required"
        assert log_in(client, name, FIRST, new_password=SECOND).status == 200


@pytest.mark.parametrize("calls", range(1, 4))
def test_a_change_that_stops_on_the_way_revokes_or_did_nothing(
    client: ApiClient, admin: Admin, calls: int
) -> None:
    body = fresh("supervisor")
    name = body["username"]
    admin.post("", body)
    token = log_in(client, name, FIRST, new_password=SECOND).json()["access_token"]
    with crash_after(calls), contextlib.suppress(Crash):
        admin.patch(name, roles=["clerk"])
    (found,) = [one for one in admin.listed() if one["username"] == name]
    caller = dependencies.tokens().check(token, NOW())
    assert revocations.Revocations().holds(caller) == (found["roles"] == ["clerk"])


def test_a_name_that_was_removed_is_given_anew_and_its_history_goes_on(
    client: ApiClient, admin: Admin
) -> None:
    body = fresh("clerk")
    name = body["username"]
    admin.post("", body)
    old = log_in(client, name, FIRST, new_password=SECOND).json()
    assert admin.delete(name).status == 204
    assert admin.delete(name).status == 404
    assert log_in(client, name, SECOND).code == "invalid_credentials"
    assert admin.post("", body).status == 201
    refused = client.post("/v1/login/refresh", {"refresh_token": old["refresh_token"]})
    assert refused.code == "invalid_refresh_token"
    assert client.get("/v1/admin/cases", token=old["access_token"]).status == 401
    new = log_in(client, name, FIRST, new_password=SECOND).json()["access_token"]
    assert client.get("/v1/admin/cases", token=new).status == 200
    types = [entry["type"] for entry in history(client, name)]
    assert types[2:4] == ["staff.removed", "staff.created"]


def test_an_admin_keeps_accounts_of_the_own_halls_alone(client: ApiClient, admin: Admin) -> None:
    local = Admin(client, division=None)
    far, both, own = fresh("clerk", office_ids=[OTHER]), fresh("clerk"), fresh("clerk")
    both["office_ids"] = [HALL, OTHER]
    for body in (far, both, own):
        assert admin.post("", body).status == 201
    for body in (far, both):
        name = body["username"]
        tried = [
            local.patch(name, roles=["auditor"]),
            local.delete(name),
            local.post(f"/{name}/unlock"),
            local.post(f"/{name}/enrol-totp"),
            local.post(f"/{name}/reset-password", {"password": SECOND}),
        ]
        assert {answer.status for answer in tried} == {404}
    assert local.post("", fresh("clerk", office_ids=[OTHER])).status == 422
    assert local.post("", fresh("clerk", office_ids=None, division_prefix="330203")).status == 422
    assert local.patch(own["username"], office_ids=[OTHER]).status == 422
    assert local.patch(own["username"], roles=["auditor"]).status == 200
    seen = {one["username"] for one in local.listed(limit=3)}
    assert own["username"] in seen
    assert not seen & {far["username"], both["username"], admin.name}


def test_a_list_goes_on_where_it_ended(client: ApiClient, admin: Admin) -> None:
    names = {Admin(client).name for _ in range(5)}
    by_two = [one["username"] for one in admin.listed(limit=2)]
    assert by_two == sorted(by_two) == [one["username"] for one in admin.listed()]
    assert names <= set(by_two)


def test_a_stale_version_changes_nothing(admin: Admin) -> None:
    body = fresh("clerk")
    version = admin.post("", body).json()["version"]
    name = body["username"]
    assert admin.patch(name, roles=["auditor"], version=version + 1).code == "stale_version"
    assert admin.patch(name, roles=["auditor"], version=version).status == 200


def test_one_time_codes_are_enrolled_and_another_secret_ends_log_ins(
    client: ApiClient, admin: Admin, clock: TestClock
) -> None:
    clock.set(datetime(2026, 12, 1, 1, tzinfo=UTC))
    admin = Admin(client)
    body, key = fresh("clerk"), new_id()
    name = body["username"]
    admin.post("", body)
    told = admin.post(f"/{name}/enrol-totp", key=key).json()
    assert told["otpauth_uri"].startswith("otpauth://totp/OneTrip:")
    picture = base64.b64decode(told["otpauth_qr"].removeprefix("data:image/png;base64,"))
    [drawn] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert drawn.text == told["otpauth_uri"]
    again = admin.post(f"/{name}/enrol-totp", key=key)
    assert (again.json()["secret"], again.headers["idempotency-replayed"]) == (None, "true")
    assert again.json()["otpauth_qr"] is None
    assert log_in(client, name, FIRST).code == "password_change_required"
    assert log_in(client, name, FIRST, new_password=SECOND).code == "totp_required"
    code = pyotp.TOTP(told["secret"]).at(NOW())
    opened = log_in(client, name, FIRST, new_password=SECOND, totp=code).json()
    assert client.get("/v1/admin/cases", token=opened["access_token"]).status == 200
    other = admin.post(f"/{name}/enrol-totp").json()["secret"]
    assert client.get("/v1/admin/cases", token=opened["access_token"]).status == 401
    clock.advance(60)
    wrong = pyotp.TOTP(told["secret"]).at(NOW())
    assert log_in(client, name, SECOND, totp=wrong).code == "invalid_credentials"
    right = pyotp.TOTP(other).at(NOW())
    assert log_in(client, name, SECOND, totp=right).status == 200


def test_whom_the_password_locked_out_an_admin_lets_in(client: ApiClient, admin: Admin) -> None:
    body = fresh("clerk")
    name = body["username"]
    admin.post("", body)
    while log_in(client, name, "wrong").status != 429:
        pass
    assert log_in(client, name, FIRST, new_password=SECOND).status == 429
    assert admin.post(f"/{name}/unlock").status == 200
    assert log_in(client, name, FIRST, new_password=SECOND).status == 200
    assert [entry["type"] for entry in history(client, name)][1] == "staff.unlocked"
    assert admin.post(f"/{new_code()}/unlock").status == 404


def log_in_as(client: ApiClient, other: Admin, by: Admin) -> Admin:
    """Reset an admin's password and log in as them; return them in the other's hand."""
    assert by.post(f"/{other.name}/reset-password", {"password": FIRST}).status == 200
    opened = log_in(client, other.name, FIRST, new_password=SECOND)
    puppet = Admin.__new__(Admin)
    puppet.client, puppet.name, puppet.token = client, other.name, opened.json()["access_token"]
    return puppet


def test_who_resets_another_admin_is_no_second_person_in_their_name(
    client: ApiClient, admin: Admin
) -> None:
    body = fresh("admin")
    assert admin.post("", body).status == 202
    puppet = log_in_as(client, Admin(client), admin)
    refused = puppet.post("", body)
    assert (refused.status, refused.code) == (409, "second_person_needed")
    assert Admin(client).post("", body).status == 200


def test_who_asks_in_the_name_of_another_admin_does_not_agree(
    client: ApiClient, admin: Admin
) -> None:
    body, other = fresh("admin"), Admin(client)
    puppet = log_in_as(client, other, admin)
    assert puppet.post("", body).status == 202
    assert admin.post("", body).code == "second_person_needed"
    # Whom another has reset since is in that one's hand, and no longer in the first's.
    third = Admin(client)
    again = log_in_as(client, other, third)
    assert third.post("", body).code == "second_person_needed"
    body = fresh("admin")
    assert admin.post("", body).status == 202
    assert again.post("", body).status == 200


def test_a_second_factor_that_another_knows_is_a_hand_too(client: ApiClient, admin: Admin) -> None:
    body, other, third = fresh("admin"), Admin(client), Admin(client)
    assert admin.post("", body).status == 202
    secret = third.post(f"/{other.name}/enrol-totp").json()["secret"]
    assert admin.post(f"/{other.name}/reset-password", {"password": FIRST}).status == 200
    code = pyotp.TOTP(secret).at(dependencies.clock().now())
    opened = log_in(client, other.name, FIRST, new_password=SECOND, totp=code)
    path, token = f"{PATH}", opened.json()["access_token"]
    # The first has the password alone, so it is the owner who comes.
    assert client.post(path, body, token=token).status == 200


def test_accounts_of_nobody_and_of_the_system_are_in_no_hand() -> None:
    from chalicelib.identity.staff.service.accounts import are_in_one_hand

    assert are_in_one_hand("staff:nobody-a", "staff:nobody-b") is False
    assert are_in_one_hand("system:operator", "") is False
