"""Trouble at every write: crashes between case and certificate, two at once, lost answers."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.cases import handlers
from chalicelib.cases import storage as of_cases
from chalicelib.certificates import storage
from chalicelib.core import events, history
from chalicelib.core.ids import new_id
from tests.certificates.world import decide, follow, granted, issued, listed, show
from tests.support.cases import verified, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after, every_second_call_fails


def has_arrived(case_id: str) -> bool:
    return all(handlers.arrived(events.of_entry(one)) for one in of_cases.load_entries(case_id))


@pytest.mark.parametrize("calls", range(8))
def test_a_crash_between_case_and_certificate(
    client: ApiClient, morning: TestClock, calls: int
) -> None:
    me = verified(client)
    older = issued(client, me)
    morning.advance(1)
    case_id = granted(client, me)
    assert not has_arrived(case_id)
    with crash_after(calls), contextlib.suppress(Crash):
        follow(case_id)
    follow(case_id)
    assert has_arrived(case_id)
    assert [one["status"] for one in listed(client, me)] == ["valid", "replaced"]
    assert show(client, me, older["certificate_id"])["status"] == "replaced"
    for one in listed(client, me):
        kept = storage.load(one["verification_code"])
        assert kept
        entries = storage.load_entries(one["verification_code"])
        assert history.check(one["certificate_id"], entries, kept.head) is None


def test_events_at_once_make_one(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    case_id = granted(client, me)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(follow, [case_id] * 4))
    assert len(listed(client, me)) == 1


def test_of_two_who_suspend_at_once_one_does(client: ApiClient, morning: TestClock) -> None:
    one = issued(client, verified(client))["certificate_id"]
    desks = [worker(client, "supervisor") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda desk: decide(client, desk, one, "suspend"), desks))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]


def test_trouble_at_every_second_call(client: ApiClient, morning: TestClock) -> None:
    me, desk = verified(client), worker(client, "supervisor")
    made = issued(client, me)
    key = new_id()
    with every_second_call_fails():
        assert decide(client, desk, made["certificate_id"], "suspend", key).status == 200
    types = [entry.type for entry in storage.load_entries(made["verification_code"])]
    assert types == ["certificate.issued", "certificate.suspended"]


@pytest.mark.parametrize("calls", range(4))
def test_a_crash_while_revoking(client: ApiClient, morning: TestClock, calls: int) -> None:
    me = verified(client)
    one = issued(client, me)["certificate_id"]
    key, desk = new_id(), worker(client, "supervisor")
    with crash_after(calls), contextlib.suppress(Crash):
        decide(client, desk, one, "revoke", key)
    assert decide(client, desk, one, "revoke", key).status == 202
    assert decide(client, worker(client, "supervisor"), one, "revoke").status == 200
    assert show(client, me, one)["status"] == "revoked"
