"""Passkeys: added by a software authenticator, and what is signed by them."""

import base64
import json
from typing import Any

import pytest

from chalicelib.core.ids import new_id
from chalicelib.identity.signing import storage
from tests.mandates.world import person, pointers
from tests.support.authenticator import ORIGIN, Authenticator
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.people import Citizen, log_in_again
from tests.support.signing import PIN, Unsigned, set_pin

HOME = {"origin": ORIGIN}
PATH = "/v1/me/factors/webauthn"


@pytest.fixture
def me(client: ApiClient, morning: TestClock) -> Citizen:
    return person(client)


def creation(client: ApiClient, who: Citizen) -> dict[str, Any]:
    answer = client.post(f"{PATH}/options", {}, token=who.token, headers=HOME)
    assert answer.status == 200, answer.body
    return dict(answer.json())


def add(client: ApiClient, who: Citizen, key: Authenticator, **extra: Any) -> Answer:
    body = {"credential": key.create(creation(client, who)), **extra}
    return client.post(PATH, body, token=who.token)


def shown_to(who: Citizen) -> dict[str, Any]:
    content = Unsigned().delete("/v1/me", token=who.token).json()["content"]
    return {"act": "erase", "content": content}


def assertion(client: ApiClient, who: Citizen, key: Authenticator) -> dict[str, Any]:
    options = client.post(
        "/v1/me/signatures/options", shown_to(who), token=who.token, headers=HOME
    ).json()
    return key.get(options)


def sign(client: ApiClient, who: Citizen, given: dict[str, Any], attempt: str = "") -> Answer:
    body = {**shown_to(who), "factor": "webauthn", "assertion": given}
    headers = {"Idempotency-Key": attempt or new_id(16)}
    return client.post("/v1/me/signatures", body, token=who.token, headers=headers)


def test_a_passkey_is_added_and_signs_that_its_owner_leaves(client: ApiClient, me: Citizen) -> None:
    key = Authenticator()
    options: Any = creation(client, me)
    assert options["rp"] == {"id": "hall.example", "name": "OneTrip"}
    assert options["authenticatorSelection"]["userVerification"] == "required"
    made = key.create(options)
    body = {"credential": made, "name": "我的手机"}
    first, again = (client.post(PATH, body, token=me.token) for _ in range(2))
    assert (first.status, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert first.json()["usable_from"] == first.json()["added_at"]
    excluded = creation(client, me)["excludeCredentials"]
    assert [one["id"] for one in excluded] == [made["id"]]
    given, attempt = assertion(client, me, key), new_id(16)
    signed, replay = (sign(client, me, given, attempt) for _ in range(2))
    assert (signed.status, replay.json()) == (201, signed.json())
    # One gesture is one signature, and so one act.
    assert pointers(sign(client, me, given)) == ["/assertion"]
    assert storage.load_factors(me.citizen_id).items[0].secret["count"] == key.counter
    headers = {"Onetrip-Signature": signed.json()["signature"]}
    assert Unsigned().delete("/v1/me", token=me.token, headers=headers).status == 204


def test_one_that_is_added_without_the_pin_rests(
    client: ApiClient, clock: TestClock, me: Citizen
) -> None:
    set_pin(client, me.token)
    quick, slow = Authenticator(), Authenticator()
    assert pointers(add(client, me, quick, pin="274914")) == ["/pin"]
    assert add(client, me, quick, pin=PIN).status == 201
    assert add(client, me, slow).status == 201
    assert sign(client, me, assertion(client, me, quick)).status == 201
    assert pointers(sign(client, me, assertion(client, me, slow))) == ["/assertion"]
    clock.advance(3 * 86400)
    me = log_in_again(client, me)
    assert sign(client, me, assertion(client, me, slow)).status == 201


def altered(given: dict[str, Any], **client_data: Any) -> dict[str, Any]:
    """Return an answer with another thing in what the browser says."""
    there = json.loads(base64.urlsafe_b64decode(given["response"]["clientDataJSON"] + "=="))
    return said(given, json.dumps({**there, **client_data}))


def said(given: dict[str, Any], text: str) -> dict[str, Any]:
    """Return an answer with another text for what the browser says."""
    data = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return {**given, "response": {**given["response"], "clientDataJSON": data}}


def test_what_no_authenticator_of_this_person_answered_is_refused(
    client: ApiClient, clock: TestClock, me: Citizen
) -> None:
    key, other = Authenticator(), person(client)
    assert add(client, me, key).status == 201
    given = assertion(client, me, key)
    for wrong in (
        {},
        {"id": given["id"]},
        {**given, "response": {"clientDataJSON": 1}},
        {**given, "id": "AQ"},
        {**given, "response": {**given["response"], "signature": "AQ"}},
        {**given, "response": {**given["response"], "authenticatorData": "AQ"}},
        altered(given, origin="https://evil.example"),
        altered(given, type="webauthn.create"),
        altered(given, challenge="AQ"),
        altered(given, challenge="\ud800"),
        said(given, "[" * 5000),
        said(given, "1" * 5000),
    ):
        refused = sign(client, me, wrong)
        assert pointers(refused) == ["/assertion"], wrong
    # Of another's keys, or over another challenge: of another person, or made for adding.
    assert pointers(
        sign(client, me, Authenticator().get({"rpId": "hall.example", "challenge": "AQ"}))
    )
    assert add(client, other, key).status == 201
    assert pointers(sign(client, me, assertion(client, other, key))) == ["/assertion"]
    adding = {"rpId": "hall.example", "challenge": creation(client, me)["challenge"]}
    assert pointers(sign(client, me, key.get(adding))) == ["/assertion"]
    # Nobody was verified by it; a copy of it that counts from the start; five minutes ago.
    key.trusts = True
    assert pointers(sign(client, me, assertion(client, me, key))) == ["/assertion"]
    key.trusts = False
    assert sign(client, me, given).status == 201
    late = assertion(client, me, key)
    key.counter = 0
    assert pointers(sign(client, me, assertion(client, me, key))) == ["/assertion"]
    clock.advance(300)
    assert pointers(sign(client, log_in_again(client, me), late)) == ["/assertion"]


def test_what_is_no_new_passkey_is_refused(client: ApiClient, me: Citizen) -> None:
    options, key = creation(client, me), Authenticator()
    given = key.create(options)
    for wrong in (
        {"id": "AQ"},
        {**given, "response": {**given["response"], "attestationObject": "AQ"}},
        altered(given, challenge="AQ"),
        altered(given, origin="https://evil.example"),
        Authenticator(trusts=True).create(options),
        Authenticator().create(creation(client, person(client))),
    ):
        refused = client.post(PATH, {"credential": wrong}, token=me.token)
        assert pointers(refused) == ["/credential"], wrong
    assert storage.load_factors(me.citizen_id).items == ()
