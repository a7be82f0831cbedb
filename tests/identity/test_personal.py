from datetime import UTC, datetime

import pytest

from chalicelib.core.crypto import Undecipherable
from chalicelib.identity import personal, service, storage
from tests.appointments.test_booking import book, morning, new_slot, seats
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import every_second_call_fails
from tests.support.people import Citizen, id_number, log_in, new_code

__all__ = ["morning"]
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
    service.record_look(me.citizen_id, "clerk", "a question", "profile", now)
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
    with pytest.raises(Undecipherable):
        service._clear(service._key(after), before.sealed)
    assert client.get("/v1/me", token=me.token).status == 401
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
    holder = personal.Holder("x", lambda _c: None, lambda _c: ["case-1"], lambda _c, _n: None)
    monkeypatch.setattr(personal, "holders", [holder])
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
    with every_second_call_fails():
        for _ in range(20):
            if client.send("DELETE", "/v1/me", token=me.token).status == 204:
                break
    assert service.is_erased(me.citizen_id)
    assert not seats(slot)
