"""What one agrees to and takes back: kept once, listed, exported, erased."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.core.ids import new_id
from chalicelib.identity.consents import storage
from chalicelib.identity.consents.domain import LIMIT, Consent, Word
from chalicelib.identity.service.revocations import revocations
from tests.appointments.world import at_once
from tests.support.client import Answer, ApiClient
from tests.support.faults import crashes, every_second_call_fails, lost_answer
from tests.support.people import Citizen, log_in

PATH = "/v1/me/consents"
AT = datetime(2027, 3, 1, 1, tzinfo=UTC)
SAID = {"purpose": "privacy-policy", "version": "2026-12", "given": True}


def say(client: ApiClient, who: Citizen, key: str = "", **changed: Any) -> Answer:
    headers = {"Idempotency-Key": key or new_id()}
    return client.post(PATH, {**SAID, **changed}, token=who.token, headers=headers)


def listed(client: ApiClient, who: Citizen) -> list[dict[str, Any]]:
    return list(client.get(PATH, token=who.token).json()["items"])


def test_one_agrees_and_takes_it_back(client: ApiClient) -> None:
    me, other = log_in(client), log_in(client)
    assert listed(client, me) == []
    agreed = say(client, me)
    assert agreed.status == 201, agreed.body
    assert {name: agreed.json()[name] for name in SAID} == SAID
    assert say(client, me, purpose="place", version=3).json()["version"] == 3
    assert say(client, me).json() == agreed.json()
    back = say(client, me, given=False)
    assert (back.status, back.json()["given"]) == (201, False)
    assert [(one["purpose"], one["given"]) for one in listed(client, me)] == [
        ("place", True),
        ("privacy-policy", False),
    ]
    first = client.get(f"{PATH}?limit=1", token=me.token).json()
    rest = client.get(f"{PATH}?limit=1&cursor={first['next_cursor']}", token=me.token).json()
    assert [first["items"][0]["purpose"], rest["items"][0]["purpose"]] == [
        "place",
        "privacy-policy",
    ]
    assert rest["next_cursor"] is None
    foreign = client.get(f"{PATH}?cursor={first['next_cursor']}", token=other.token)
    assert (foreign.status, listed(client, other)) == (400, [])
    exported = client.get("/v1/me/export", token=me.token).json()["consents"]
    assert [[word["given"] for word in one["words"]] for one in exported] == [[True], [True, False]]
    assert client.delete("/v1/me", token=me.token).status == 204
    assert storage.list_of(me.citizen_id, None, 9).items == ()


def test_an_attempt_is_replayed(client: ApiClient) -> None:
    me, key = log_in(client), new_id()
    first, again = say(client, me, key), say(client, me, key)
    assert (again.status, again.json()) == (201, first.json())
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (
        None,
        "true",
    )
    say(client, me, given=False)
    # As it is now, whatever was said since.
    assert say(client, me, key).json()["given"] is False
    reused = say(client, me, key, given=False)
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")
    assert say(client, me, key, purpose="another").code == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"purpose": ""}, "/purpose"),
        ({"purpose": "Privacy policy"}, "/purpose"),
        ({"purpose": "x" * 41}, "/purpose"),
        ({"version": ""}, "/version"),
        ({"version": -1}, "/version"),
        ({"version": None}, "/version"),
        ({"version": "x" * 41}, "/version"),
        ({"given": "yes"}, "/given"),
        ({"given": None}, "/given"),
        ({"since": "today"}, "/since"),
    ],
)
def test_what_is_no_consent_is_pointed_at(
    client: ApiClient, wrong: dict[str, Any], pointer: str
) -> None:
    refused = say(client, log_in(client), **wrong)
    assert refused.status == 422
    assert refused.json()["errors"][0]["pointer"].startswith(pointer)


def test_purposes_are_not_without_end(client: ApiClient) -> None:
    me = log_in(client)
    for number in range(LIMIT):
        word = Word("1", given=True, at=AT)
        new = Consent(f"p{number}").said(word)
        assert storage.store(me.citizen_id, Consent(f"p{number}"), new, AT)
    assert say(client, me).json()["errors"][0]["code"] == "too_many"
    assert say(client, me, purpose="p7", given=False).status == 201


def test_trouble_and_two_at_once_leave_one_word(client: ApiClient) -> None:
    me, key = log_in(client), new_id()
    for _ in crashes(lambda: say(client, me, key)):
        assert say(client, me, key).status == 201
    with lost_answer("TransactWriteItems"):
        assert say(client, me, given=False).status == 201
    with every_second_call_fails():
        assert say(client, me).status == 201

    def either(number: int) -> None:
        assert say(client, me, given=bool(number % 2)).status == 201

    at_once(6, either)
    [found] = storage.list_of(me.citizen_id, None, 9).items
    words = found.words
    assert [one.given for one in words[:3]] == [True, False, True]
    # Each is another than the one before.
    assert all(a.given != b.given for a, b in itertools.pairwise(words))


@pytest.mark.parametrize("purpose", ["privacy-policy", "place"])
def test_who_has_left_agrees_to_nothing_though_the_process_knows_it_not(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, purpose: str
) -> None:
    me = log_in(client)
    assert say(client, me).status == 201
    assert client.delete("/v1/me", token=me.token).status == 204
    # As in another process, which reads what was revoked every fifteen seconds.
    monkeypatch.setattr(revocations, "_rights", {})
    monkeypatch.setattr(revocations, "refresh", lambda _: None)
    assert say(client, me, purpose=purpose).status == 401
    assert storage.list_of(me.citizen_id, None, 10).items == ()
