"""Changes of a citizen when others are faster, and when the answer to a write is lost."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from chalicelib.identity import storage
from tests.support.client import Answer, ApiClient
from tests.support.people import Citizen, id_number, log_in, new_code


@cache
def number_of(_citizen_id: str) -> str:
    """Return the number of whom an account is, as each person has one account of record."""
    return id_number()


MEMBER = {"name": "王小明", "id_number": id_number(), "relation": "child"}
Change = Callable[[ApiClient, Citizen], Answer]
CHANGES: dict[str, Change] = {
    "profile.changed": lambda client, me: client.send(
        "PATCH", "/v1/me", b'{"display_name": "Ann", "phone": "13812345678"}', token=me.token
    ),
    "identity.verified": lambda client, me: client.put(
        "/v1/me/identity", {"name": "王强", "id_number": number_of(me.citizen_id)}, token=me.token
    ),
    "family.added": lambda client, me: client.post("/v1/me/family", MEMBER, token=me.token),
    "citizen.erased": lambda client, me: client.delete("/v1/me", token=me.token),
}


@pytest.mark.parametrize("type_", sorted(CHANGES))
def test_who_is_outrun_again_and_again_is_asked_to_try_again(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, type_: str
) -> None:
    me = log_in(client)
    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.core.changes._wait", lambda _: None)
        patch.setattr(storage, "store_profile", lambda _: False)
        refused = CHANGES[type_](client, me)
    assert (refused.status, refused.code) == (503, "try_again")
    assert int(refused.headers["retry-after"]) >= 1
    assert types(me) == ["citizen.created"]


def test_a_log_in_that_is_outrun_again_and_again_is_asked_to_try_again(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = new_code()
    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.core.changes._wait", lambda _: None)
        patch.setattr(storage, "create_citizen", lambda *_: False)
        refused = client.post("/v1/login", {"platform": "demo", "code": code})
    assert (refused.status, refused.code) == (503, "try_again")
    assert client.post("/v1/login", {"platform": "demo", "code": code}).status == 200


@pytest.mark.parametrize("overtaken", [False, True])
@pytest.mark.parametrize("type_", sorted(CHANGES))
def test_a_change_whose_answer_is_lost_has_taken_effect_once(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, type_: str, *, overtaken: bool
) -> None:
    me, store, lost = log_in(client), storage.store_profile, [True]

    def loses_its_answer(change: Any) -> bool:
        stored = store(change)
        if lost and lost.pop():
            if overtaken and type_ != "citizen.erased":
                client.send("PATCH", "/v1/me", b'{"locale": "en"}', token=me.token)
            return False
        return stored

    monkeypatch.setattr(storage, "store_profile", loses_its_answer)
    answer = CHANGES[type_](client, me)
    assert answer.status in (200, 201, 204), answer.body
    expected = {"family.added", "identity.verified", "citizen.erased"} & {type_}
    assert all(types(me).count(one) == 1 for one in expected)
    assert type_ in types(me)
    profile = storage.load_profile(me.citizen_id)
    assert profile
    assert profile.head.seq == len(types(me))


def types(me: Citizen) -> list[str]:
    return [entry.type for entry in storage.load_entries(me.citizen_id)]
