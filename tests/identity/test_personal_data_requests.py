import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from chalicelib.appointments import storage as bookings
from chalicelib.appointments.domain.appointments import AppointmentStatus
from chalicelib.appointments.jobs import release
from chalicelib.core import dependencies
from chalicelib.core.crypto import DecryptionError
from chalicelib.core.errors import TryAgain
from chalicelib.core.id_documents import Document
from chalicelib.core.idempotency import Attempt
from chalicelib.core.plugins import registered
from chalicelib.identity import service, storage
from chalicelib.identity.domain import Member, MemberDetails
from chalicelib.identity.service import members, personal_data_requests, profiles, revocations
from chalicelib.identity.staff import service as staff
from infra import ops
from tests.appointments.world import HALL, book, new_slot, seats
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import every_second_call_fails
from tests.support.people import Citizen, id_number, log_in, new_code
from tests.support.signing import to_leave

NAME = "欧阳娜娜"


def full(client: ApiClient, code: str) -> tuple[Citizen, str, str]:
    """Return a citizen of whom much is held, their number and the slot that they booked."""
    me, number, slot = log_in(client, code), id_number(), new_slot()
    client.put("/v1/me/identity", {"name": NAME, "id_number": number}, token=me.token)
    client.send("PATCH", "/v1/me", b'{"phone": "13812345678"}', token=me.token)
    member = {"name": "王小明", "id_number": id_number(), "relation": "child"}
    assert client.post("/v1/me/family", member, token=me.token).status == 201
    assert book(client, me, slot).status == 201
    return me, number, slot


def test_an_export_holds_everything_in_clear(client: ApiClient, morning: TestClock) -> None:
    me, number, slot = full(client, new_code())
    now = datetime.now(UTC)
    service.record_access(me.citizen_id, "clerk", "a question", "profile", now)
    given = client.get("/v1/me/export", token=me.token).json()
    assert (given["profile"]["name"], given["profile"]["id_number"]) == (NAME, number)
    assert given["profile"]["phone"] == "13812345678"
    assert given["family"][0]["name"] == "王小明"
    assert given["appointments"][0]["slot_id"] == slot
    assert given["accesses"][0]["staff_id"] == "clerk"
    assert [e["type"] for e in given["history"]][:2] == ["citizen.created", "identity.verified"]


def test_an_erased_citizen_is_gone_and_the_seat_is_free(
    client: ApiClient, morning: TestClock
) -> None:
    code = new_code()
    me, _, slot = full(client, code)
    before = storage.load_profile(me.citizen_id)
    assert before
    assert seats(slot)
    for _ in range(2):
        assert client.send("DELETE", "/v1/me", token=me.token).status == 204
    assert not seats(slot)
    after = storage.load_profile(me.citizen_id)
    assert after
    assert (after.wrapped_key, after.sealed, after.person) == ("", {}, None)
    assert storage.load_members(me.citizen_id) == []
    with pytest.raises(DecryptionError):
        profiles.open_fields(profiles.unwrap_key(after), before.sealed)
    for path in ("/v1/me", "/v1/me/family", "/v1/appointments", "/v1/cases", "/v1/notifications"):
        assert client.get(path, token=me.token).status == 401
    assert book(client, me, new_slot()).status == 401
    refused = client.post("/v1/login/refresh", {"refresh_token": me.refresh_token})
    assert refused.status == 401
    assert service.history_of(me.citizen_id)
    again = log_in(client, code)
    assert again.citizen_id != me.citizen_id
    assert client.get("/v1/appointments", token=again.token).json()["items"] == []


def test_what_is_open_stands_in_the_way(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = log_in(client)
    holder = personal_data_requests.Holder("x", lambda _c: None, open_things=lambda _c: ["case-1"])
    monkeypatch.setattr(personal_data_requests, "holders", lambda: [holder])
    refused = client.send("DELETE", "/v1/me", token=me.token)
    assert (refused.status, refused.code, refused.json()["open"]) == (
        409,
        "things_open",
        ["case-1"],
    )
    assert client.get("/v1/me", token=me.token).status == 200


def test_an_erasure_that_failed_half_way_can_be_sent_again(
    client: ApiClient, morning: TestClock
) -> None:
    me, _, slot = full(client, new_code())
    headers = to_leave(client, me.token)
    with every_second_call_fails():
        for _ in range(20):
            if client.delete("/v1/me", token=me.token, headers=headers).status == 204:
                break
    assert service.is_erased(me.citizen_id)
    # A seat that trouble kept from being given back is found by the timer.
    morning.advance(3600)
    release.release_expired(dependencies.clock().now())
    assert not seats(slot)


def test_bookings_that_race_with_an_erasure_leave_nothing(
    client: ApiClient, morning: TestClock
) -> None:
    me = log_in(client)
    slots = [new_slot() for _ in range(8)]
    start = threading.Barrier(len(slots) + 1)

    def race(slot: str | None) -> int:
        start.wait()
        if slot:
            return book(client, me, slot).status
        return client.send("DELETE", "/v1/me", token=me.token).status

    with ThreadPoolExecutor(len(slots) + 1) as pool:
        answers = list(pool.map(race, [*slots[:4], None, *slots[4:]]))
    assert answers[4] == 204
    assert set(answers) <= {201, 204, 401, 409}
    assert [slot for slot in slots if seats(slot)] == []
    assert all(
        found.status is AppointmentStatus.CANCELLED for found in bookings.list_of(me.citizen_id)
    )


@pytest.mark.parametrize("before", [0, 1, 3])
def test_who_came_to_the_family_during_an_erasure_is_not_left_behind(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    me, now = log_in(client), datetime.now(UTC)

    def add() -> None:
        attempt, document = Attempt(new_code(), ""), Document("resident_id", id_number())
        details = MemberDetails("王小明", document, "child")
        members.add_member(me.citizen_id, details, attempt, now)

    for _ in range(before):
        add()
    load = storage.load_members

    def then_one_comes(citizen_id: str) -> list[Member]:
        found = load(citizen_id)
        monkeypatch.undo()
        add()
        return found

    monkeypatch.setattr(storage, "load_members", then_one_comes)
    with pytest.raises(TryAgain):
        personal_data_requests.destroy_key(me.citizen_id, now)
    assert client.send("DELETE", "/v1/me", token=me.token).status == 204
    assert storage.load_members(me.citizen_id) == []
    assert service.is_erased(me.citizen_id)


def test_a_booking_that_was_on_its_way_is_refused_by_the_persons_guard(
    client: ApiClient, morning: TestClock
) -> None:
    me, slot = log_in(client), new_slot()
    bookings.bar([me.citizen_id], me.citizen_id)
    assert book(client, me, slot).status == 401
    assert not seats(slot)


def test_an_account_that_cannot_be_erased_yet_goes_on(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = log_in(client)
    held = personal_data_requests.Holder("test", lambda _: [], open_things=lambda _: ["case-1"])
    with monkeypatch.context() as patch:
        patch.setattr(
            personal_data_requests, "holders", lambda: [*registered("PERSONAL_DATA"), held]
        )
        assert client.send("DELETE", "/v1/me", token=me.token).status == 409
    assert client.get("/v1/me", token=me.token).status == 200


def test_who_gets_the_name_of_one_who_left_gets_none_of_the_log_ins(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The settings of the tests' own stage are on already.
    monkeypatch.setattr(ops, "_become", lambda _stage: None)
    name, other = new_code(), new_code()

    def refresh_token() -> str:
        body = {"username": name, "password": "pass word"}
        return str(client.post("/v1/staff/login", body).json()["refresh_token"])

    def renewed(token: str) -> int:
        return client.post("/v1/login/refresh", {"refresh_token": token}).status

    def hire() -> None:
        staff.add_staff(name, "pass word", frozenset({"clerk"}), frozenset({HALL}))

    hire()
    kept, left = refresh_token(), refresh_token()
    hire()
    assert renewed(kept) == 200
    told = CliRunner().invoke(ops.cli, ["remove-staff", "dev", name]).output
    assert f"{name}: removed" in told
    assert "no such account" in CliRunner().invoke(ops.cli, ["remove-staff", "dev", other]).output
    hire()
    assert renewed(left) == 401
    assert renewed(refresh_token()) == 200


@pytest.mark.parametrize("change", ["removed", "demoted", "moved"])
def test_the_rights_of_staff_end_with_their_account(client: ApiClient, change: str) -> None:
    name = new_code()
    staff.add_staff(name, "pass word", frozenset({"supervisor"}), frozenset({HALL}))
    body = {"username": name, "password": "pass word"}
    token = client.post("/v1/staff/login", body).json()["access_token"]
    path = "/v1/admin/deliveries?office_id=" + HALL
    assert client.get(path, token=token).status == 200
    if change == "removed":
        staff.remove_staff(name)
    else:
        role = "clerk" if change == "demoted" else "supervisor"
        hall = "hall-330281" if change == "moved" else HALL
        staff.add_staff(name, "pass word", frozenset({role}), frozenset({hall}))
    assert client.get(path, token=token).status == 401
    # Another process learns of it when it reads again.
    fresh = revocations.Revocations()
    assert fresh.holds(dependencies.tokens().check(token, dependencies.clock().now()))
    if change != "removed":
        again = client.post("/v1/staff/login", body).json()["access_token"]
        assert client.get("/v1/admin/cases", token=again).status == 200
