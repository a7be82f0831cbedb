"""Renewing a log-in again: lost answers, second tabs, stops at any call, and real reuse."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from chalicelib.core.ids import new_id
from chalicelib.identity import storage
from chalicelib.identity.staff import service as staff
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after
from tests.support.meter import metered
from tests.support.people import log_in, new_code

NOON = datetime(2026, 12, 1, 4, tzinfo=UTC)


def renew(client: ApiClient, token: str, key: str | None) -> Answer:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/v1/login/refresh", {"refresh_token": token}, headers=headers)


def pair(answer: Answer) -> tuple[str, str]:
    assert answer.status == 200, answer.body
    return answer.json()["access_token"], answer.json()["refresh_token"]


def staff_token(client: ApiClient) -> str:
    name = new_code()
    staff.add_staff(name, "right", frozenset({"clerk"}), frozenset({"hall-1"}))
    answer = client.post("/v1/staff/login", {"username": name, "password": "right"})
    return str(answer.json()["refresh_token"])


@pytest.mark.parametrize("who", ["citizen", "staff"])
@pytest.mark.parametrize("later", [0, 1, 59])
def test_the_same_key_gets_the_same_pair_for_a_minute(
    client: ApiClient, clock: TestClock, who: str, later: int
) -> None:
    clock.set(NOON)
    token = staff_token(client) if who == "staff" else log_in(client).refresh_token
    key = new_id()
    first = renew(client, token, key)
    clock.advance(later)
    again = renew(client, token, key)
    assert pair(again) == pair(first)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert 0 <= first.json()["expires_in"] - again.json()["expires_in"] - later <= 1
    assert pair(renew(client, pair(again)[1], new_id())) != pair(first)


@pytest.mark.parametrize("later", [62, 3600])
def test_the_same_key_after_a_minute_is_reuse(
    client: ApiClient, clock: TestClock, later: int
) -> None:
    clock.set(NOON)
    token, key = log_in(client).refresh_token, new_id()
    following = pair(renew(client, token, key))[1]
    clock.advance(later)
    assert renew(client, token, key).code == "refresh_token_reused"
    assert renew(client, following, new_id()).code == "invalid_refresh_token"


@pytest.mark.parametrize(
    ("first", "second"),
    [(None, None), (None, "another-key"), ("first-key", None), ("first-key", "another-key")],
)
def test_no_key_or_another_is_reuse_and_ends_the_family(
    client: ApiClient, first: str | None, second: str | None
) -> None:
    token = log_in(client).refresh_token
    following = pair(renew(client, token, first))[1]
    reused = renew(client, token, second)
    assert (reused.status, reused.code) == (401, "refresh_token_reused")
    for spent in (token, following):
        assert renew(client, spent, first).code == "invalid_refresh_token"


def test_a_key_whose_pair_was_used_too_is_reuse(client: ApiClient) -> None:
    token, key = log_in(client).refresh_token, new_id()
    following = pair(renew(client, token, key))[1]
    assert renew(client, following, new_id()).status == 200
    assert renew(client, token, key).code == "refresh_token_reused"


def test_a_key_with_another_token_is_told_and_ends_nothing(client: ApiClient) -> None:
    token, key = log_in(client).refresh_token, new_id()
    following = pair(renew(client, token, key))[1]
    wrong = renew(client, following, key)
    assert (wrong.status, wrong.code) == (422, "idempotency_key_reused")
    assert renew(client, following, new_id()).status == 200


def test_a_log_out_ends_the_pair_that_would_come_again(client: ApiClient) -> None:
    token, key = log_in(client).refresh_token, new_id()
    following = pair(renew(client, token, key))[1]
    assert client.post("/v1/logout", {"refresh_token": following}).status == 204
    assert renew(client, token, key).code == "invalid_refresh_token"


@pytest.mark.parametrize("calls", range(4))
def test_a_crash_while_renewing_logs_nobody_out(client: ApiClient, calls: int) -> None:
    token, key = log_in(client).refresh_token, new_id()
    with crash_after(calls):
        try:
            stopped = renew(client, token, key)
        except Crash:
            stopped = None
    answer = renew(client, token, key)
    assert pair(answer) == pair(renew(client, token, key))
    # Three calls are all: the last stop is none.
    assert (stopped is not None) == (calls == 3)
    assert renew(client, pair(answer)[1], new_id()).status == 200


def test_tabs_that_renew_at_once_get_one_pair(client: ApiClient) -> None:
    token, key = log_in(client).refresh_token, new_id()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: pair(renew(client, token, key)), range(8)))
    assert len(set(answers)) == 1
    assert renew(client, answers[0][1], new_id()).status == 200


def test_tabs_that_renew_at_once_without_a_key_are_reuse(client: ApiClient) -> None:
    token = log_in(client).refresh_token
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: renew(client, token, None), range(4)))
    assert {a.status for a in answers} <= {200, 401}
    assert sum(a.status == 200 for a in answers) <= 1
    assert renew(client, token, None).code == "invalid_refresh_token"


def test_renewing_costs_what_it_did_and_keeps_no_token(client: ApiClient) -> None:
    token, key = log_in(client).refresh_token, new_id()
    for _ in range(2):
        with metered() as cost:
            _, following = pair(renew(client, token, key))
        assert (cost.trips, cost.wcu, cost.rcu) == (3, 1, 2)
    kept = repr(storage.load_family(token.partition(".")[0]))
    for secret in (key, token.rpartition(".")[2], following.rpartition(".")[2]):
        assert secret not in kept
