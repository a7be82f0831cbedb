"""Mandates by code: given, seen by both sides, ended; codes made, guessed, used."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core.events import of_entry
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import service as identity
from chalicelib.identity.service import rate_limits
from chalicelib.mandates import storage
from chalicelib.mandates.service import agent_codes, proof
from chalicelib.notifications import service as notifications
from tests.mandates.world import agent_code, day, give, person, pointers, terms
from tests.support.answer import Answer
from tests.support.cases import city_worker
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen, log_in, log_in_again

PATH = "/v1/me/mandates"


@pytest.fixture
def sides(client: ApiClient, morning: TestClock) -> tuple[Citizen, Citizen]:
    return person(client, name="林奶奶"), person(client, name="林小明")


def key() -> dict[str, str]:
    return {"Idempotency-Key": new_id(16)}


def test_a_mandate_is_given_by_code_and_seen_by_both(
    client: ApiClient, sides: tuple[Citizen, Citizen]
) -> None:
    grandmother, grandson = sides
    answer = give(client, grandmother, grandson, services=["id-card-renewal"], actions=["book"])
    assert answer.status == 201, answer.body
    given = answer.json()
    assert answer.headers["location"] == f"{PATH}/{given['mandate_id']}"
    expected = {
        "services": ["id-card-renewal"],
        "actions": ["book"],
        "from": day(0),
        "until": day(30),
        "status": "active",
        "accepted_by": "app",
        "relation": None,
    }
    assert {name: given[name] for name in expected} == expected
    assert (given["principal"]["name"], given["agent"]["name"]) == ("林**", "林**")
    for who, side in ((grandmother, "principal"), (grandson, "agent")):
        shown = client.get(f"{PATH}/{given['mandate_id']}", token=who.token).json()
        name = "林奶奶" if side == "agent" else None
        assert shown == {**given, "side": side, "for_name": name}
        [listed] = client.get(f"{PATH}?side={side}&status=active", token=who.token).json()["items"]
        assert listed == shown
        other = "agent" if side == "principal" else "principal"
        assert client.get(f"{PATH}?side={other}", token=who.token).json()["items"] == []
    stranger = person(client)
    assert client.get(f"{PATH}/{given['mandate_id']}", token=stranger.token).status == 404
    for said in ("accept", "decline", "revoke", "dispute"):
        path = f"{PATH}/{given['mandate_id']}/{said}"
        assert client.post(path, {}, token=stranger.token).status == 404


def test_the_same_attempt_gives_one_mandate(
    client: ApiClient, sides: tuple[Citizen, Citizen]
) -> None:
    body, attempt, token = terms(client, sides[1]), key(), sides[0].token
    first, again = (client.post(PATH, body, token=token, headers=attempt) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    other = client.post(PATH, {**body, "until": day(1)}, token=token, headers=attempt)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    # The code was used up.
    assert pointers(client.post(PATH, body, token=token)) == ["/agent_code"]


def test_a_code_answers_again_and_ends_after_ten_minutes(
    client: ApiClient, sides: tuple[Citizen, Citizen], morning: TestClock
) -> None:
    attempt, (principal, agent) = key(), sides
    first, again = (
        client.post("/v1/me/agent-codes", {}, token=agent.token, headers=attempt) for _ in range(2)
    )
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    code = first.json()["code"]
    assert len(code) == 8
    morning.advance(601)
    stale = client.post(PATH, terms(client, agent, agent_code=code), token=principal.token)
    assert (stale.status, pointers(stale)) == (422, ["/agent_code"])


def test_a_code_is_read_as_it_is_meant(client: ApiClient, sides: tuple[Citizen, Citizen]) -> None:
    code = agent_code(client, sides[1]).lower()
    typed = f" {code[:4]} {code[4:]} ".replace("0", "o").replace("1", "l")
    assert give(client, sides[0], sides[1], agent_code=typed).status == 201


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"agent_code": "ZZZZZZZZ"}, "/agent_code"),
        ({"agent_code": "short"}, "/agent_code"),
        ({"services": ["no-such-service"]}, "/services"),
        ({"services": []}, "/services"),
        ({"actions": []}, "/actions"),
        ({"actions": ["erase"]}, "/actions/0"),
        ({"until": "2027-02-28"}, "/until"),
        ({"until": "2030-03-02"}, "/until"),
        ({"until": "soon"}, "/until"),
    ],
)
def test_what_cannot_be_given_is_refused_with_its_pointer(
    client: ApiClient, sides: tuple[Citizen, Citizen], changed: dict[str, Any], pointer: str
) -> None:
    refused = give(client, *sides, **changed)
    assert (refused.status, pointers(refused)) == (422, [pointer])


@pytest.mark.parametrize("until", ["2027-03-01", "2030-03-01"])
def test_a_mandate_ends_today_at_the_earliest_and_in_three_years_at_the_latest(
    client: ApiClient, sides: tuple[Citizen, Citizen], until: str
) -> None:
    assert give(client, *sides, until=until).status == 201


def test_nobody_is_their_own_agent(client: ApiClient, sides: tuple[Citizen, Citizen]) -> None:
    own = give(client, sides[0], sides[0])
    assert (own.status, pointers(own)) == (422, ["/agent_code"])


def test_who_is_not_known_gives_nothing_and_is_named_by_no_code(
    client: ApiClient, sides: tuple[Citizen, Citizen], monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = log_in(client)
    assert client.post("/v1/me/agent-codes", {}, token=unknown.token).status == 403
    assert give(client, unknown, sides[1]).code == "verification_required"
    # Name and number alone bind nobody on a real stage.
    monkeypatch.setattr(proof, "SETTINGS", replace(SETTINGS, demonstration=False))
    assert proof.proven_person(sides[0].citizen_id)
    weak = replace(identity.profile_of(sides[0].citizen_id), proof="match")
    monkeypatch.setattr(identity, "profile_of", lambda _: weak)
    assert client.post("/v1/me/agent-codes", {}, token=sides[0].token).status == 403


def test_guessing_codes_ends(
    client: ApiClient, sides: tuple[Citizen, Citizen], morning: TestClock
) -> None:
    principal, agent = sides
    good = agent_code(client, agent)
    for number in range(rate_limits._GUESSES_A_DAY):
        assert give(client, principal, agent, agent_code=f"ZZZZZZZ{number}").status == 422
    limited = give(client, principal, agent, agent_code=good)
    assert limited.status == 429
    # Until midnight: the clock goes on while a busy machine guesses.
    assert 0 <= 15 * 3600 - int(limited.headers["retry-after"]) < 60
    # Another person is not held up by it, and a right code gives its try back.
    other = person(client)
    assert give(client, other, agent, agent_code=good).status == 201
    morning.advance(15 * 3600)
    again = log_in_again(client, principal)
    fresh = agent_code(client, log_in_again(client, agent))
    assert give(client, again, agent, agent_code=fresh).status == 201


def test_a_code_that_two_use_at_once_serves_one(
    client: ApiClient, sides: tuple[Citizen, Citizen], monkeypatch: pytest.MonkeyPatch
) -> None:
    principal, agent = sides
    other, code, create = person(client), agent_code(client, agent), storage.create

    def overtaken(*given: Any) -> Any:
        monkeypatch.setattr(storage, "create", create)
        assert give(client, other, agent, agent_code=code).status == 201
        return create(*given)

    monkeypatch.setattr(storage, "create", overtaken)
    assert pointers(give(client, principal, agent, agent_code=code)) == ["/agent_code"]


def test_a_lost_answer_is_found_again(
    client: ApiClient, sides: tuple[Citizen, Citizen], monkeypatch: pytest.MonkeyPatch
) -> None:
    create = storage.create

    def lost(*given: Any) -> bool:
        assert create(*given)
        return create(*given)

    monkeypatch.setattr(storage, "create", lost)
    answer = give(client, *sides)
    assert (answer.status, "idempotency-replayed" in answer.headers) == (201, False)


def test_a_try_that_its_own_retry_overtakes_is_answered_as_the_retry_is(
    client: ApiClient, sides: tuple[Citizen, Citizen], monkeypatch: pytest.MonkeyPatch
) -> None:
    principal, agent = sides
    body, attempt, named_by = terms(client, agent), key(), agent_codes.named_by
    sent: list[Answer] = []

    def overtaken(*given: Any) -> Any:
        monkeypatch.setattr(agent_codes, "named_by", named_by)
        sent.append(client.post(PATH, body, token=principal.token, headers=attempt))
        return named_by(*given)

    monkeypatch.setattr(agent_codes, "named_by", overtaken)
    sent.append(client.post(PATH, body, token=principal.token, headers=attempt))
    assert [one.status for one in sent] == [201, 201]
    assert [one.headers.get("idempotency-replayed") for one in sent] == [None, "true"]
    assert sent[0].json() == sent[1].json()
    # In another attempt the code is used.
    assert pointers(client.post(PATH, body, token=principal.token)) == ["/agent_code"]


def test_both_sides_end_it_and_what_is_disputed_is_frozen(
    client: ApiClient, sides: tuple[Citizen, Citizen]
) -> None:
    principal, agent = sides
    ids = [give(client, principal, agent).json()["mandate_id"] for _ in range(3)]
    for mandate_id, who in zip(ids, (principal, agent), strict=False):
        for _ in range(2):
            ended = client.post(f"{PATH}/{mandate_id}/revoke", {}, token=who.token)
            assert (ended.status, ended.json()["status"]) == (200, "revoked")
    refused = client.post(f"{PATH}/{ids[2]}/dispute", {}, token=agent.token)
    assert refused.status == 403
    for _ in range(2):
        frozen = client.post(f"{PATH}/{ids[2]}/dispute", {}, token=principal.token)
        assert frozen.json()["status"] == "frozen"
    items = client.get(
        "/v1/admin/alerts?kind=integrity&limit=100", token=city_worker(client)
    ).json()["items"]
    [alert] = [one for one in items if one["subject_id"] == ids[2]]
    assert (alert["code"], alert["times"]) == ("mandate_disputed", 1)
    states = client.get(f"{PATH}?side=principal", token=principal.token).json()["items"]
    assert sorted(one["status"] for one in states) == ["frozen", "revoked", "revoked"]


def test_the_same_attempt_ends_a_mandate_once(
    client: ApiClient, sides: tuple[Citizen, Citizen]
) -> None:
    principal, agent = sides
    made = give(client, principal, agent).json()["mandate_id"]
    headers = {"Idempotency-Key": "ended-once-and-again"}

    def ask(answer: str) -> Answer:
        path = f"{PATH}/{made}/{answer}"
        return client.post(path, {}, token=principal.token, headers=headers)

    assert "idempotency-replayed" not in ask("revoke").headers
    assert client.post(f"{PATH}/{made}/dispute", {}, token=principal.token).status == 200
    again = ask("revoke")
    assert (again.status, again.json()["status"]) == (200, "frozen")
    assert again.headers["idempotency-replayed"] == "true"
    assert ask("dispute").code == "idempotency_key_reused"


def test_what_is_over_is_expired(
    client: ApiClient, sides: tuple[Citizen, Citizen], morning: TestClock
) -> None:
    mandate = give(client, *sides, until=day(0)).json()
    morning.advance(15 * 3600)
    who = log_in_again(client, sides[0])
    assert client.get(f"{PATH}?status=active", token=who.token).json()["items"] == []
    [shown] = client.get(f"{PATH}?status=expired", token=who.token).json()["items"]
    assert shown["mandate_id"] == mandate["mandate_id"]
    late = client.post(f"{PATH}/{mandate['mandate_id']}/revoke", {}, token=who.token)
    assert (late.status, late.code) == (409, "wrong_status")


def test_lists_come_in_pages(client: ApiClient, sides: tuple[Citizen, Citizen]) -> None:
    ids = {give(client, *sides).json()["mandate_id"] for _ in range(3)}
    first = client.get(f"{PATH}?limit=2", token=sides[0].token).json()
    rest = client.get(f"{PATH}?limit=2&cursor={first['next_cursor']}", token=sides[0].token).json()
    assert {one["mandate_id"] for one in (*first["items"], *rest["items"])} == ids
    assert (len(first["items"]), rest["next_cursor"]) == (2, None)
    foreign = client.get(f"{PATH}?cursor={first['next_cursor']}", token=sides[1].token)
    assert foreign.status == 400


def test_both_sides_are_told_what_is_said(
    client: ApiClient, sides: tuple[Citizen, Citizen]
) -> None:
    mandate_id = give(client, *sides).json()["mandate_id"]
    client.post(f"{PATH}/{mandate_id}/revoke", {}, token=sides[1].token)
    for entry in storage.load_entries(mandate_id):
        for _ in range(2):
            notifications.on_event(of_entry(entry), MONDAY)
    for who in sides:
        items = client.get("/v1/notifications", token=who.token).json()["items"]
        told = sorted(one["event"] for one in items if one["event"].startswith("mandate."))
        assert told == ["mandate.given", "mandate.revoked"]


def test_who_leaves_takes_their_mandates_along(
    client: ApiClient, sides: tuple[Citizen, Citizen]
) -> None:
    principal, agent = sides
    given, held = give(client, principal, agent).json(), give(client, agent, principal).json()
    exported = client.get("/v1/me/export", token=principal.token).json()["mandates"]
    assert {(one["mandate_id"], one["side"]) for one in exported} == {
        (given["mandate_id"], "principal"),
        (held["mandate_id"], "agent"),
    }
    assert client.delete("/v1/me", token=principal.token).status == 204
    left = client.get(PATH, token=agent.token).json()["items"]
    assert {one["status"] for one in left} == {"revoked"}
    assert all(None in (one["principal"]["name"], one["agent"]["name"]) for one in left)


def test_staff_read_the_history_of_a_mandate(
    client: ApiClient, sides: tuple[Citizen, Citizen]
) -> None:
    from chalicelib.mandates.service.personal_data import history_of

    mandate_id = give(client, *sides).json()["mandate_id"]
    kept = history_of(mandate_id)
    assert kept
    assert [one.type for one in kept.entries] == ["mandate.given"]
    assert kept.citizen_id == sides[0].citizen_id
    assert history_of("0" * 20) is None
