"""Look-ups: agreed to each time, for one service, about whom one may ask, and recorded."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core import history
from chalicelib.core.ids import new_id
from chalicelib.registers import storage
from chalicelib.registers.domain import Answer
from chalicelib.registers.service import asking
from tests.registers.world import (
    PROOFS,
    PROPERTY,
    RENT,
    Register,
    known_to_registers,
    look_up,
    made,
    register_of_ours,
)
from tests.support.cases import lodge, verified
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after
from tests.support.people import Citizen, auditor, childs_number, log_in


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Any:
    with register_of_ours(monkeypatch) as ours:
        yield ours


def listed(client: ApiClient, who: Citizen, query: str = "") -> Any:
    answer = client.get(f"/v1/me/lookups{query}", token=who.token)
    assert answer.status == 200, answer.body
    return answer.json()


@pytest.mark.parametrize(("even", "outcome"), [(True, "confirmed"), (False, "denied")])
def test_a_register_confirms_or_denies_by_the_number(
    client: ApiClient, morning: TestClock, even: bool, outcome: str
) -> None:
    me = known_to_registers(client, even=even)
    for service, (register_id, _) in PROOFS.items():
        shown = made(client, me, service, register_id)
        # Everybody is in the register of households.
        expected = "confirmed" if register_id == "households" else outcome
        assert (shown["outcome"], shown["register_id"]) == (expected, register_id)
        assert shown["as_of"].startswith("2027-03-01T09:00:")
        assert shown["expires_at"] == shown["as_of"].replace("03-01", "03-02")
        assert shown["consent"] == client.get("/v1/registers").json()["consent"]["version"]
    # The least: no value where the form needs none.
    assert [one["fields"] for one in listed(client, me)["items"] if one["register_id"] == PROPERTY]
    values = {one["register_id"]: set(one["fields"]) for one in listed(client, me)["items"]}
    assert values[PROPERTY] == values["households"] == set()
    asked_for = {"employer", "employer_code", "social_insurance_months"}
    assert values["social-insurance"] == (asked_for if even else set())


def test_who_has_no_resident_number_is_in_no_register(
    client: ApiClient, morning: TestClock
) -> None:
    me = log_in(client)
    body = {"document_type": "passport", "name": "ANNA SMITH", "id_number": "L898902C3"}
    assert client.put("/v1/me/identity", {**body, "country": "UTO"}, token=me.token).status in (
        200,
        422,
    )
    body |= {"country": "GBR"}
    assert client.put("/v1/me/identity", body, token=me.token).status == 200
    assert made(client, me)["outcome"] == "not_found"


def test_the_same_attempt_has_the_same_answer(
    client: ApiClient, morning: TestClock, register: Register
) -> None:
    me, key = known_to_registers(client), new_id()
    first = look_up(client, me, key=key)
    again = look_up(client, me, key=key)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(register.asked) == 1
    reused = look_up(client, me, "id-card-replacement", "households", key=key)
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")
    # Without the same key it is asked anew.
    assert made(client, me)["lookup_id"] != first.json()["lookup_id"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"register_id": "business", "service_id": RENT}, "/register_id"),
        ({"register_id": "no-such", "service_id": RENT}, "/register_id"),
        ({"register_id": PROPERTY, "service_id": "marriage-registration"}, "/register_id"),
        ({"register_id": PROPERTY, "service_id": "no-such"}, "/service_id"),
        ({"register_id": PROPERTY, "service_id": RENT, "for_member": "nobody00"}, "/for_member"),
        ({"register_id": PROPERTY}, "/service_id"),
        ({"service_id": RENT}, "/register_id"),
        ({"register_id": PROPERTY, "service_id": RENT, "more": 1}, "/more"),
        ({"register_id": 7, "service_id": RENT}, "/register_id"),
    ],
)
def test_what_a_service_does_not_ask_is_asked_of_nobody(
    client: ApiClient, morning: TestClock, register: Register, body: Any, pointer: str
) -> None:
    me = known_to_registers(client)
    answer = client.post("/v1/me/lookups", body, token=me.token)
    assert answer.status == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert register.asked == []
    assert listed(client, me)["items"] == []


def test_who_is_not_verified_asks_nothing(client: ApiClient, morning: TestClock) -> None:
    answer = look_up(client, log_in(client))
    assert (answer.status, answer.code) == (403, "verification_required")


def test_about_the_family_one_asks_by_their_consent_alone(
    client: ApiClient, morning: TestClock, register: Register
) -> None:
    me = known_to_registers(client)

    def member(name: str, number: str, relation: str) -> str:
        body = {"name": name, "id_number": number, "relation": relation}
        added = client.post("/v1/me/family", body, token=me.token)
        return str(added.json()["member_id"])

    child = member("王小小", childs_number(), "child")
    shown = made(client, me, for_member=child)
    assert shown["for_member"] == child
    assert register.asked[0].person.name == "王小小"
    from tests.registers.world import number as adults_number

    mother = member("李妈妈", adults_number(), "parent")
    refused = look_up(client, me, for_member=mother)
    assert (refused.status, refused.code) == (403, "consent_required")
    assert len(register.asked) == 1
    # Another's family is nobody's.
    assert look_up(client, known_to_registers(client), for_member=child).status == 422


def test_a_register_that_is_away_is_told_and_the_attempt_goes_on(
    client: ApiClient, morning: TestClock, register: Register
) -> None:
    me, key = known_to_registers(client), new_id()
    register.says = None
    away = look_up(client, me, key=key)
    assert (away.status, away.code) == (503, "provider_unavailable")
    assert int(away.headers["retry-after"]) > 0
    assert listed(client, me)["items"] == []
    # That it was asked is recorded all the same.
    looks = client.get("/v1/me/accesses", token=me.token).json()["items"]
    assert [one["reason"] for one in looks] == ["lookup"]
    register.says = Answer("denied")
    back = look_up(client, me, key=key)
    assert (back.status, back.json()["outcome"]) == (201, "denied")
    assert "idempotency-replayed" not in back.headers
    assert len(client.get("/v1/me/accesses", token=me.token).json()["items"]) == 1
    # The paper may be given as a file.
    assert lodge(client, me, service=RENT).status == 201


def test_each_look_up_stands_in_its_chain_and_among_the_looks(
    client: ApiClient, morning: TestClock
) -> None:
    me = known_to_registers(client)
    assert lodge(client, me).status == 201
    shown = made(client, me)
    [look] = client.get("/v1/me/accesses", token=me.token).json()["items"]
    assert (look["staff_id"], look["who"], look["role"]) == (*["register:property"] * 2, "register")
    assert (look["subject_type"], look["subject_id"]) == ("lookup", shown["lookup_id"])
    assert (look["reason"], look["what"]) == ("lookup", f"lookup:{shown['lookup_id']}")
    path = f"/v1/admin/audit/{shown['lookup_id']}"
    told = client.get(path, token=auditor(client, "hall-330200")).json()
    assert [one["type"] for one in told["items"]] == ["lookup.asked", "lookup.answered"]
    first = told["items"][0]
    assert first["actor"] == f"citizen:{me.citizen_id}"
    assert first["data"] == {
        "register": PROPERTY,
        "service": RENT,
        "claim": "owns_no_home",
        "consent": shown["consent"],
    }
    # What was said stands nowhere in clear.
    assert "confirmed" not in str(told)


@pytest.mark.parametrize("calls", range(9))
def test_a_crash_anywhere_asks_again_and_keeps_one(
    client: ApiClient, morning: TestClock, calls: int
) -> None:
    me, key = known_to_registers(client), new_id()
    with crash_after(calls), contextlib.suppress(Crash):
        look_up(client, me, key=key)
    shown = look_up(client, me, key=key)
    assert shown.status == 201
    [kept] = listed(client, me)["items"]
    assert kept == shown.json()
    lookup = storage.load(kept["lookup_id"])
    assert lookup
    assert (
        history.check(lookup.lookup_id, storage.load_entries(lookup.lookup_id), lookup.head) is None
    )
    assert len(client.get("/v1/me/accesses", token=me.token).json()["items"]) == 1


def test_the_same_attempt_at_once_keeps_one(client: ApiClient, morning: TestClock) -> None:
    me, key = known_to_registers(client), new_id()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: look_up(client, me, key=key), range(4)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json()["lookup_id"] for answer in answers}) == 1
    assert len(listed(client, me)["items"]) == 1


def test_a_list_is_read_page_by_page(
    client: ApiClient, morning: TestClock, register: Register
) -> None:
    me, ids = known_to_registers(client), []
    for number in range(5):
        morning.advance(1)
        if number == 2:
            register.says = None
            assert look_up(client, me).status == 503
            register.says = Answer("confirmed")
        ids.append(made(client, me)["lookup_id"])
    found, cursor = [], ""
    while True:
        page = listed(client, me, f"?limit=2{cursor}")
        found += [one["lookup_id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == ids[::-1]
    assert listed(client, known_to_registers(client))["items"] == []
    assert client.get("/v1/me/lookups?cursor=x", token=me.token).status == 400


def test_there_are_so_many_a_day(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch, register: Register
) -> None:
    monkeypatch.setattr(asking, "A_DAY", 2)
    me, key = known_to_registers(client), new_id()
    assert look_up(client, me, key=key).status == 201
    made(client, me)
    refused = look_up(client, me)
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert int(refused.headers["retry-after"]) <= 15 * 3600
    assert len(register.asked) == 2
    # What was answered is answered again, and others are not counted.
    assert look_up(client, me, key=key).status == 201
    assert look_up(client, known_to_registers(client)).status == 201


def test_it_is_exported_and_erased(client: ApiClient, morning: TestClock) -> None:
    me = known_to_registers(client)
    shown = made(client, me, "residence-permit", "social-insurance")
    [held] = client.get("/v1/me/export", token=me.token).json()["lookups"]
    assert (held["outcome"], held["fields"]) == ("confirmed", shown["fields"])
    record = storage.load(shown["lookup_id"])
    assert record
    assert record.answer
    assert "甬江" not in record.answer
    assert client.delete("/v1/me", token=me.token).status == 204
    record = storage.load(shown["lookup_id"])
    assert record
    assert record.answer is None
    entries = storage.load_entries(shown["lookup_id"])
    assert entries[-1].type == "lookup.holder_erased"
    assert history.check(shown["lookup_id"], entries, record.head) is None


def test_registers_tell_what_they_are_asked(client: ApiClient) -> None:
    for lang, title in (("zh-CN", "不动产登记"), ("en", "Property register")):
        told = client.get("/v1/registers", headers={"Accept-Language": lang}).json()
        by_id = {one["register_id"]: one for one in told["items"]}
        assert by_id[PROPERTY]["title"] == title
        assert told["consent"]["text"]
    services = client.get("/v1/services?limit=100").json()["items"]
    for one in services:
        guide = client.get(f"/v1/services/{one['service_id']}").json()
        asked = {question["register_id"] for question in guide["registers"]}
        for question in guide["registers"]:
            assert question["claim"] in by_id[question["register_id"]]["claims"]
        named = {m["register_id"] for m in guide["materials"]} - {None}
        assert named <= asked
    assert verified(client)
