"""The PIN: set, changed by the current one, guessed at a few times only."""

import json
from typing import Any

import pytest

from chalicelib.core import tables
from chalicelib.core.ids import new_id
from chalicelib.identity import storage as citizens
from chalicelib.identity.signing import storage
from chalicelib.identity.signing.domain import Factors
from chalicelib.identity.signing.domain.pins import WRONG_A_DAY
from chalicelib.identity.signing.service import factors
from tests.mandates.world import person, pointers
from tests.support.cases import verify, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import crashes
from tests.support.people import Citizen, log_in, log_in_again, new_code
from tests.support.signing import PIN, set_pin

WRONG, NEXT = "274914", "860317"
CONTENT = {"act": "erase", "lines": []}


@pytest.fixture
def me(client: ApiClient, morning: TestClock) -> Citizen:
    return person(client)


def put(client: ApiClient, who: Citizen, pin: str, **current: str) -> Answer:
    return client.put("/v1/me/signing-pin", {"pin": pin, **current}, token=who.token)


def sign(client: ApiClient, who: Citizen, pin: str = PIN, **extra: Any) -> Answer:
    body = {"act": "erase", "content": CONTENT, "factor": "pin", "pin": pin, **extra}
    headers = {"Idempotency-Key": extra.pop("key", new_id(16))}
    body.pop("key", None)
    return client.post("/v1/me/signatures", body, token=who.token, headers=headers)


def test_a_pin_is_set_and_changed_by_the_current_one(client: ApiClient, me: Citizen) -> None:
    assert client.get("/v1/me/factors", token=me.token).json()["items"] == []
    assert pointers(sign(client, me)) == ["/factor"]
    first = put(client, me, PIN)
    assert (first.status, first.json()["kind"]) == (200, "pin")
    assert first.json()["usable_from"] == first.json()["added_at"]
    # The same again changes nothing, as after a lost answer.
    assert put(client, me, PIN).json() == first.json()
    assert pointers(put(client, me, NEXT)) == ["/current_pin"]
    assert pointers(put(client, me, NEXT, current_pin=WRONG)) == ["/current_pin"]
    assert sign(client, me).status == 201
    changed = put(client, me, NEXT, current_pin=PIN)
    assert changed.json()["usable_from"] == changed.json()["added_at"]
    assert put(client, me, NEXT, current_pin=PIN).json() == changed.json()
    assert [pointers(sign(client, me)), sign(client, me, NEXT).status] == [["/pin"], 201]
    [listed] = client.get("/v1/me/factors", token=me.token).json()["items"]
    assert listed == changed.json()
    path = f"/v1/me/factors/{listed['factor_id']}"
    stranger = log_in(client)
    assert client.delete(path, token=stranger.token).status == 404
    assert [client.delete(path, token=me.token).status for _ in range(2)] == [204, 404]


def test_a_try_to_change_a_pin_is_one_guess(client: ApiClient, me: Citizen) -> None:
    """Of the two PINs that are given only the current one is compared."""
    set_pin(client, me.token)
    for _ in range(WRONG_A_DAY):
        assert pointers(put(client, me, PIN, current_pin=WRONG)) == ["/current_pin"]
    assert put(client, me, PIN, current_pin=WRONG).code == "too_many_requests"
    assert put(client, me, PIN).code == "too_many_requests"


def test_of_first_pins_at_once_one_is_set(
    client: ApiClient, me: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another first PIN is stored between the look and the write; the same one twice is fine."""
    change = factors.change
    seen: list[Answer] = []

    def late(*given: Any) -> Factors:
        with monkeypatch.context() as patch:
            patch.setattr(factors, "change", change)
            if not seen:
                seen.append(put(client, me, NEXT))
        return change(*given)

    monkeypatch.setattr(factors, "change", late)
    assert pointers(put(client, me, PIN)) == ["/current_pin"]
    assert [answer.status for answer in seen] == [200]
    assert [sign(client, me).status, sign(client, me, NEXT).status] == [422, 201]
    other = me = person(client)
    seen.clear()
    assert put(client, other, NEXT).json() == seen[0].json()


@pytest.mark.parametrize("pin", ["12345", "1234567", "12345a", "", "111111", "345678", 274913])
def test_what_is_no_pin_or_a_weak_one_is_refused(client: ApiClient, me: Citizen, pin: Any) -> None:
    assert pointers(put(client, me, pin)) == ["/pin"]
    assert storage.load_factors(me.citizen_id).version == 0


def test_a_pin_in_full_width_digits_is_the_same(client: ApiClient, me: Citizen) -> None:
    assert put(client, me, "２７４９１３").status == 200
    assert sign(client, me).status == 201


def test_five_wrong_pins_end_the_day_and_twenty_in_a_row_the_pin(
    client: ApiClient, clock: TestClock, me: Citizen
) -> None:
    set_pin(client, me.token)
    for day in range(4):
        for _ in range(WRONG_A_DAY):
            assert pointers(sign(client, me, WRONG)) == ["/pin"]
        for refused in (sign(client, me), put(client, me, NEXT, current_pin=PIN)):
            assert (refused.status, refused.code) == (429, "too_many_requests")
            assert int(refused.headers["retry-after"]) > 0
        clock.advance(86400)
        me = log_in_again(client, me)
        if day == 0:
            # A right one lets the count begin anew.
            assert sign(client, me).status == 201
            for _ in range(WRONG_A_DAY):
                sign(client, me, WRONG)
            clock.advance(86400)
            me = log_in_again(client, me)
    locked = sign(client, me)
    assert (locked.status, locked.code) == (403, "factor_locked")
    assert put(client, me, NEXT, current_pin=PIN).code == "factor_locked"


def test_a_signing_sent_again_is_the_same_signature(client: ApiClient, me: Citizen) -> None:
    set_pin(client, me.token)
    attempt = new_id(16)
    first, again = (sign(client, me, key=attempt) for _ in range(2))
    assert (first.status, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    other = sign(client, me, key=attempt, content={"act": "lodge"})
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    # The attempt of another is no way to try PINs.
    assert pointers(sign(client, me, WRONG, key=attempt)) == ["/pin"]


def test_what_cannot_be_signed_is_told(client: ApiClient, me: Citizen) -> None:
    set_pin(client, me.token)
    for changed, at in (
        ({"content": {}}, "/content"),
        ({"act": "book"}, "/act"),
        ({"factor": "voice"}, "/factor"),
        ({"factor": "webauthn"}, "/factor"),
        ({"pin": None}, "/pin"),
        ({"content": {"text": "x" * 200_001}}, "/content"),
    ):
        assert pointers(sign(client, me, **changed)) == [at], changed


def test_a_crash_while_a_pin_is_set_or_used_leaves_what_can_be_sent_again(
    client: ApiClient, me: Citizen
) -> None:
    def put_it() -> Answer:
        return put(client, who, PIN)

    def sign_it() -> Answer:
        return sign(client, who, key=attempt)

    who, attempt = me, new_id(16)
    for _ in crashes(put_it):
        assert put_it().status == 200
        assert len(storage.load_factors(who.citizen_id).items) == 1
        who = person(client)
    set_pin(client, who.token)
    for _ in crashes(sign_it):
        first = sign_it()
        assert (first.status, sign_it().json()) == (201, first.json())
        attempt = new_id(16)


def test_neither_the_pin_nor_what_it_could_be_tried_against_is_kept(
    client: ApiClient, me: Citizen
) -> None:
    set_pin(client, me.token)
    assert sign(client, me).status == 201
    dynamodb: Any = tables.client()
    items = dynamodb.query(
        TableName=citizens.TABLE.name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"C#{me.citizen_id}"}},
    )["Items"]
    assert PIN not in json.dumps(items)
    exported = client.get("/v1/me/export", token=me.token).json()["signing"]
    assert list(exported["factors"][0]) == ["factor_id", "kind", "name", "added_at"]


def test_who_lost_the_pin_has_it_reset_by_two_of_staff_and_sets_a_first_one(
    client: ApiClient, morning: TestClock
) -> None:
    code = new_code()
    verify(client, log_in(client, code))
    me = log_in(client, code)
    set_pin(client, me.token)
    given = str(sign(client, me).json()["signature"])
    path = f"/v1/admin/people/{me.citizen_id}/reset-factors"
    body = {"reason": "lost, document seen"}
    first, second = worker(client), worker(client, "supervisor")
    assert client.post(path, body, token=first).status == 202
    assert client.post(path, body, token=first).code == "second_person_needed"
    assert len(storage.load_factors(me.citizen_id).items) == 1
    assert client.post(path, body, token=second).status == 200
    assert storage.load_factors(me.citizen_id).items == ()
    me = log_in(client, code)
    old = {"Onetrip-Signature": given}
    assert client.delete("/v1/me", token=me.token, headers=old).json()["reason"] == "revoked"
    new = put(client, me, NEXT).json()
    assert new["usable_from"] == new["added_at"]
    types = [entry.type for entry in citizens.load_entries(me.citizen_id)]
    assert [one for one in types if "factor" in one] == [
        "account.factor_added",
        "account.factors_reset",
        "account.factor_added",
    ]
