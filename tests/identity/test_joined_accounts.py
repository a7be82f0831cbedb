"""Accounts of one person: joined by a code, parted within 72 hours, one citizen meanwhile."""

import contextlib
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core import dependencies
from chalicelib.core.errors import Problem
from chalicelib.identity import storage
from chalicelib.identity.service import joined_accounts, link_codes
from tests.appointments.world import book, new_slot
from tests.identity.joining_world import told, verify
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after
from tests.support.people import Citizen, id_number, log_in, log_in_again, new_code

# A day for each test, as refused tries count by the day and source.
DAYS = itertools.count()


@pytest.fixture(autouse=True)
def _now(clock: TestClock) -> None:
    clock.set(datetime(2034, 1, 3, 2, tzinfo=UTC) + timedelta(days=5 * next(DAYS)))


@pytest.fixture
def owner(client: ApiClient) -> Citizen:
    me = log_in(client)
    verify(client, me, id_number())
    return log_in_again(client, me)


def number_of(client: ApiClient, owner: Citizen) -> str:
    return str(client.get("/v1/me/export", token=owner.token).json()["profile"]["id_number"])


def ask(client: ApiClient, owner: Citizen, other: Citizen) -> str:
    """Let another account ask to be joined; return the link."""
    refused = verify(client, other, number_of(client, owner))
    assert refused.code == "person_known"
    return str(refused.json()["link_id"])


def code_of(client: ApiClient, owner: Citizen) -> str:
    made = client.post("/v1/me/link-codes", {}, token=owner.token)
    assert made.status == 201, made.body
    return str(made.json()["code"])


def give(client: ApiClient, other: Citizen, link: str, code: str) -> Answer:
    return client.post(f"/v1/me/links/{link}", {"code": code}, token=other.token)


def join(client: ApiClient, owner: Citizen) -> tuple[Citizen, str]:
    """Join a new account, whose token is from before; return it and the link."""
    other = log_in(client)
    link = ask(client, owner, other)
    answer = give(client, other, link, code_of(client, owner))
    assert answer.status == 200, answer.body
    return other, link


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_both_accounts_see_and_do_the_same(client: ApiClient, owner: Citizen) -> None:
    other, _ = join(client, owner)
    mine = client.get("/v1/me", token=owner.token).json()
    family = {"name": "王小明", "id_number": id_number(), "relation": "child"}
    assert client.post("/v1/me/family", family, token=other.token).status == 201
    # The token from before, one that was renewed, and the owner's.
    for who in (other, log_in_again(client, other), owner):
        assert client.get("/v1/me", token=who.token).json() == mine
        assert len(client.get("/v1/me/family", token=who.token).json()["items"]) == 1
    listed = client.get("/v1/me/accounts", token=other.token).json()["items"]
    assert [(one["account_id"], one["of_record"]) for one in listed] == [
        (owner.citizen_id, True),
        (other.citizen_id, False),
    ]
    assert all(one["linked_at"] and one["last_login_at"] for one in listed)


def test_bookings_of_both_count_once(
    client: ApiClient, morning: TestClock, clock: TestClock
) -> None:
    first = log_in(client)
    verify(client, first, id_number())
    owner = log_in_again(client, first)
    other, _ = join(client, owner)
    assert book(client, other, new_slot()).status == 201
    assert book(client, owner, new_slot()).code == "already_booked"
    lists = [
        client.get("/v1/appointments", token=who.token).json()["items"] for who in (owner, other)
    ]
    assert lists[0] == lists[1]
    assert len(lists[0]) == 1


def test_what_a_token_from_before_the_verification_cancels_counts_no_more(
    client: ApiClient, morning: TestClock
) -> None:
    me, number = log_in(client), id_number()
    made = book(client, me, new_slot()).json()["appointment_id"]
    assert verify(client, me, number).status == 200
    path = f"/v1/appointments/{made}/cancel"
    assert client.post(path, {}, token=me.token).status == 200
    for who in (me, log_in_again(client, me)):
        again = book(client, who, new_slot())
        assert again.status == 201
        made = again.json()["appointment_id"]
        assert client.post(f"/v1/appointments/{made}/cancel", {}, token=who.token).status == 200


def test_an_account_that_has_something_of_its_own_is_not_joined(
    client: ApiClient, morning: TestClock
) -> None:
    first = log_in(client)
    verify(client, first, id_number())
    owner, other = log_in_again(client, first), log_in(client)
    made = book(client, other, new_slot()).json()
    link, code = ask(client, owner, other), code_of(client, owner)
    refused = give(client, other, link, code)
    assert (refused.code, refused.json()["open"]) == ("things_open", [made["appointment_id"]])
    path = f"/v1/appointments/{made['appointment_id']}/cancel"
    assert client.post(path, {}, token=other.token).status == 200
    assert give(client, other, link, code).status == 200


def test_a_joined_account_has_lesser_rights_for_72_hours(
    client: ApiClient, clock: TestClock, owner: Citizen
) -> None:
    other, link = join(client, owner)

    def tried(who: Citizen) -> list[int]:
        return [
            client.get("/v1/me/export", token=who.token).status,
            client.delete(f"/v1/me/accounts/{owner.citizen_id}", token=who.token).status,
            client.post("/v1/me/link-codes", {}, token=who.token).status,
            client.post(f"/v1/me/links/{link}/undo", {}, token=who.token).status,
        ]

    refused = client.delete("/v1/me", token=other.token)
    assert (refused.status, refused.code) == (403, "recently_joined")
    assert tried(other) == tried(log_in_again(client, other)) == [403] * 4
    clock.advance(72 * 3600)
    other = log_in_again(client, replace(other, refresh_token=join_again(client, other)))
    assert tried(other) == [200, 403, 403, 403]
    # What is past is parted by removing.
    owner = log_in_again(client, owner)
    assert client.post(f"/v1/me/links/{link}/undo", {}, token=owner.token).status == 404
    path = f"/v1/me/accounts/{other.citizen_id}"
    assert client.delete(path, token=owner.token).status == 204
    assert client.delete(path, token=owner.token).status == 404
    assert client.get("/v1/me", token=other.token).status == 401


def join_again(client: ApiClient, other: Citizen) -> str:
    """Return the refresh token of a family that is still there."""
    from chalicelib.identity.service import sessions

    profile = storage.load_profile(other.citizen_id)
    assert profile
    now = dependencies.clock().now()
    owner, caller = joined_accounts.owner_of(profile, now)
    generation = joined_accounts.generation_of(profile, owner)
    return sessions.start(caller, "citizen", other.citizen_id, now, generation).refresh_token


def test_an_undone_account_is_its_own_again_and_its_tokens_end(
    client: ApiClient, owner: Citizen
) -> None:
    code = new_code()
    other = log_in(client, code)
    link = ask(client, owner, other)
    assert give(client, other, link, code_of(client, owner)).status == 200
    renewed = log_in(client, code)
    assert renewed.citizen_id == owner.citizen_id
    for _ in range(2):
        undone = client.post(f"/v1/me/links/{link}/undo", {}, token=owner.token)
        assert (undone.status, len(undone.json()["items"])) == (200, 1)
    for who in (other, renewed):
        assert client.get("/v1/me", token=who.token).status == 401
        spent = client.post("/v1/login/refresh", {"refresh_token": who.refresh_token})
        assert spent.status == 401
    assert client.get("/v1/me", token=owner.token).status == 200
    again = log_in(client, code)
    assert again.citizen_id == other.citizen_id
    assert client.get("/v1/me", token=again.token).json()["verification_level"] == "basic"
    assert {"account.unlinked", "account.linked"} <= set(told(owner, dependencies.clock().now()))
    # The old link is over; a new one is asked for.
    assert give(client, again, link, "000000").status == 404
    assert ask(client, owner, again) != link


def test_signing_out_everywhere_ends_both(client: ApiClient, owner: Citizen) -> None:
    other, _ = join(client, owner)
    renewed = log_in_again(client, other)
    assert client.delete("/v1/sessions", token=renewed.token).status == 204
    for who in (owner, renewed):
        assert client.get("/v1/me", token=who.token).status == 401
        spent = client.post("/v1/login/refresh", {"refresh_token": who.refresh_token})
        assert spent.status == 401


def test_codes_are_of_one_owner_for_five_minutes_and_once(
    client: ApiClient, clock: TestClock, owner: Citizen
) -> None:
    other = log_in(client)
    link, code = ask(client, owner, other), code_of(client, owner)
    assert give(client, log_in(client), link, code).status == 404
    assert give(client, other, "nothing", code).status == 404
    assert give(client, other, link, wrong(code)).status == 422
    assert give(client, other, link, "12345").status == 422
    clock.advance(301)
    late = give(client, other, link, code)
    assert (late.status, late.json()["errors"][0]["pointer"]) == (422, "/code")
    code = code_of(client, owner)
    assert give(client, other, link, code).status == 200
    # A lost answer is given again, and another account needs another code.
    assert give(client, other, link, "000000").status == 200
    third = log_in(client)
    assert give(client, third, ask(client, owner, third), code).status == 422


def test_five_wrong_codes_cancel_the_code_whoever_tries_and_tell_the_owner(
    client: ApiClient, clock: TestClock, owner: Citizen
) -> None:
    code = code_of(client, owner)
    others = [log_in(client) for _ in range(3)]
    links = [ask(client, owner, one) for one in others]
    tries = [give(client, others[n % 3], links[n % 3], wrong(code)).status for n in range(6)]
    assert tries == [422] * 5 + [429]
    right = give(client, others[0], links[0], code)
    assert (right.status, right.code) == (429, "too_many_requests")
    assert told(owner, dependencies.clock().now()).count("account.code_cancelled") == 1
    clock.advance(24 * 3600)
    renewed = log_in(client)
    owner = log_in_again(client, owner)
    link = ask(client, owner, renewed)
    assert give(client, renewed, link, code).status == 422
    assert give(client, renewed, link, code_of(client, owner)).status == 200


def test_twenty_wrong_codes_a_day_are_all_that_a_source_has(owner: Citizen) -> None:
    now, source = dependencies.clock().now(), new_code()

    def tried(of_record: str, source: str, now: datetime) -> int:
        try:
            link_codes.check(of_record, "000000", source, now)
        except Problem as refusal:
            return refusal.status
        return 200

    answers = [tried(f"nobody-{number}", source, now) for number in range(21)]
    assert answers == [422] * 20 + [429]
    # Whom a source was refused for has lost no try by it, and other sources go on.
    assert [tried(owner.citizen_id, source, now) for _ in range(6)] == [429] * 6
    assert tried(owner.citizen_id, new_code(), now) == 422
    # Where the person has none left, the source loses none.
    other = new_code()
    assert [tried(owner.citizen_id, other, now) for _ in range(25)] == [422] * 4 + [429] * 21
    assert tried("nobody-99", other, now) == 422
    assert tried("nobody-0", source, now + timedelta(days=1)) == 422


def test_a_code_is_made_by_the_account_of_record_and_again_by_its_key(
    client: ApiClient, owner: Citizen
) -> None:
    assert client.post("/v1/me/link-codes", {}, token=log_in(client).token).code == (
        "verification_required"
    )
    key = {"Idempotency-Key": new_code()}
    made = [client.post("/v1/me/link-codes", {}, token=owner.token, headers=key) for _ in "ab"]
    assert made[0].json() == made[1].json()
    assert made[1].headers["idempotency-replayed"] == "true"
    assert client.delete(f"/v1/me/accounts/{owner.citizen_id}", token=owner.token).code == (
        "last_account"
    )


def test_export_and_erasure_see_both(client: ApiClient, owner: Citizen) -> None:
    other = log_in(client)
    client.send("PATCH", "/v1/me", b'{"phone": "13812345678"}', token=other.token)
    assert give(client, other, ask(client, owner, other), code_of(client, owner)).status == 200
    given = client.get("/v1/me/export", token=owner.token).json()
    assert given["joined_accounts"][0]["profile"]["phone"] == "13812345678"
    assert client.delete("/v1/me", token=owner.token).status == 204
    for who in (owner, other):
        profile = storage.load_profile(who.citizen_id)
        assert profile
        assert profile.erased
        assert client.get("/v1/me", token=who.token).status == 401
    assert storage.list_links(owner.citizen_id) == []


@pytest.mark.parametrize("calls", range(1, 16))
def test_a_joining_or_an_undoing_that_stops_on_the_way_is_whole_or_not_at_all(
    client: ApiClient, owner: Citizen, calls: int
) -> None:
    other = log_in(client)
    link, code = ask(client, owner, other), code_of(client, owner)
    with crash_after(calls), contextlib.suppress(Crash):
        give(client, other, link, code)
    profile = storage.load_profile(other.citizen_id)
    assert profile
    assert bool(profile.joined) is bool(storage.list_links(owner.citizen_id))
    assert give(client, other, link, code).status == 200
    assert client.get("/v1/me", token=other.token).json()["citizen_id"] == owner.citizen_id
    path = f"/v1/me/links/{link}/undo"
    with crash_after(calls), contextlib.suppress(Crash):
        client.post(path, {}, token=owner.token)
    assert client.post(path, {}, token=owner.token).status == 200
    assert client.get("/v1/me", token=other.token).status == 401
    parted = storage.load_profile(other.citizen_id)
    assert parted
    assert parted.joined is None
