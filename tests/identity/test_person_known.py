"""A person has one account of record: name and number alone join nothing to it."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from chalicelib.core import dependencies
from tests.identity.joining_world import told, verify
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after
from tests.support.people import Citizen, id_number, log_in


def test_the_second_account_of_a_person_is_refused_and_the_owner_told(
    client: ApiClient, clock: TestClock
) -> None:
    clock.set(datetime(2033, 1, 3, 2, tzinfo=UTC))
    owner, other, number = log_in(client), log_in(client), id_number()
    assert verify(client, owner, number).status == 200
    refused = verify(client, other, number)
    assert (refused.status, refused.code) == (409, "person_known")
    assert refused.json()["proofs"] == ["code", "platform", "counter"]
    again = verify(client, other, number)
    assert again.json()["link_id"] == refused.json()["link_id"]
    assert told(owner, dependencies.clock().now()) == ["account.link_requested"]
    assert told(other, dependencies.clock().now()) == []
    me = client.get("/v1/me", token=other.token).json()
    assert (me["verification_level"], me["name"], me["id_number"]) == ("basic", None, None)
    # The owner goes on, and says so as often as they like.
    assert verify(client, owner, number).status == 200


def test_each_account_that_asks_is_told_of_and_asks_anew_after_a_day(
    client: ApiClient, clock: TestClock
) -> None:
    clock.set(datetime(2033, 2, 3, 2, tzinfo=UTC))
    owner, number = log_in(client), id_number()
    verify(client, owner, number)
    first, second = (verify(client, log_in(client), number).json() for _ in range(2))
    assert first["link_id"] != second["link_id"]
    other = log_in(client)
    before = verify(client, other, number).json()["link_id"]
    clock.advance(24 * 3600)
    other = Citizen(other.citizen_id, "", other.refresh_token)
    renewed = client.post("/v1/login/refresh", {"refresh_token": other.refresh_token}).json()
    other = Citizen(other.citizen_id, renewed["access_token"], "")
    assert verify(client, other, number).json()["link_id"] != before
    assert told(owner, dependencies.clock().now()) == ["account.link_requested"] * 4


def test_meeting_a_known_person_counts_as_a_refused_try(
    client: ApiClient, clock: TestClock
) -> None:
    clock.set(datetime(2033, 3, 3, 2, tzinfo=UTC))
    owner, other, number = log_in(client), log_in(client), id_number()
    verify(client, owner, number)
    answers = [verify(client, other, number).status for _ in range(6)]
    assert answers == [409] * 5 + [429]
    assert verify(client, other, id_number()).status == 429


def test_an_account_that_is_of_another_person_asks_for_nothing(
    client: ApiClient, clock: TestClock
) -> None:
    clock.set(datetime(2033, 4, 3, 2, tzinfo=UTC))
    owner, other, number = log_in(client), log_in(client), id_number()
    verify(client, owner, number)
    verify(client, other, id_number())
    assert verify(client, other, number).code == "identity_already_set"
    assert told(owner, dependencies.clock().now()) == []


def test_of_accounts_that_come_at_once_one_is_of_record(client: ApiClient) -> None:
    number, accounts = id_number(), [log_in(client) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda me: verify(client, me, number).status, accounts))
    assert sorted(answers) == [200] + [409] * 5


@pytest.mark.parametrize("calls", range(1, 9))
def test_a_crash_leaves_one_account_of_record_and_one_notice(
    client: ApiClient, clock: TestClock, calls: int
) -> None:
    # A day of its own: what is refused is counted by source and day.
    clock.set(datetime(2033, 5, 2 + calls, 2, tzinfo=UTC))
    owner, other, number = log_in(client), log_in(client), id_number()
    for me in (owner, other):
        with crash_after(calls), contextlib.suppress(Crash):
            verify(client, me, number)
    assert verify(client, owner, number).status == 200
    assert verify(client, other, number).code == "person_known"
    assert told(owner, dependencies.clock().now()) == ["account.link_requested"]
