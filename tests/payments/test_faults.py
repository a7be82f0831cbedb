"""Trouble at every write and every call of a provider: one charge, the right end, no more back."""

import contextlib
import itertools
import threading
from typing import Any

import pytest

from chalicelib.core import history
from chalicelib.core.ids import new_id
from chalicelib.payments import storage
from chalicelib.payments.service import transitions
from chalicelib.payments.storage import changes
from chalicelib.payments.storage._records import PaymentRecord
from infra.local.stand_ins.trades import Trades
from tests.payments import outside
from tests.payments.paying import WAYS, begun, case_of, paid, refund, shown, start, yuan
from tests.support.cases import worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after, every_second_call_fails
from tests.support.meter import metered

THREADS = 50


def whole(payment_id: str) -> None:
    payment = storage.load(payment_id)
    assert payment
    assert history.check(payment_id, storage.load_entries(payment_id), payment.head) is None


@pytest.mark.parametrize("calls", range(4))
def test_a_crash_while_a_payment_begins(
    client: ApiClient, money: Trades, clock: TestClock, calls: int
) -> None:
    (me, case_id), key = case_of(client), new_id()
    # The providers' own threads are not to crash.
    money.mode = "silent"
    with crash_after(calls), contextlib.suppress(Crash):
        start(client, me, case_id, key=key)
    payment = start(client, me, case_id, key=key).json()
    assert payment["action"]["kind"] == "card"
    assert outside.act(payment["action"]) == 200
    clock.advance(11)
    outside.until(lambda: shown(client, me, payment["payment_id"])["status"] == "succeeded")
    assert len([one for one in money.all() if one.number == payment["payment_id"]]) == 1
    whole(payment["payment_id"])


@pytest.mark.parametrize("calls", range(5))
def test_a_crash_while_giving_back(client: ApiClient, money: Trades, calls: int) -> None:
    me, case_id = case_of(client)
    path, desk, key = paid(client, me, case_id)["payment_id"], worker(client), new_id()
    # The providers' own threads are not to crash.
    money.mode = "silent"
    with crash_after(calls), contextlib.suppress(Crash):
        refund(client, desk, path, 4000, key)
    assert refund(client, desk, path, 4000, key).json()["status"] == "succeeded"
    trade = money.find("stripe", path)
    assert trade
    assert trade.given_back == 4000
    assert shown(client, me, path)["amount_refunded"] == yuan(4000)
    whole(path)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_provider_that_acts_and_cuts_the_connection(
    client: ApiClient, money: Trades, way: tuple[str, str]
) -> None:
    (me, case_id), key = case_of(client), new_id()
    desk = worker(client)
    with outside.mode("cut"):
        assert start(client, me, case_id, way, key).code == "payment_provider_unavailable"
        payment = start(client, me, case_id, way, key).json()
        assert outside.act(payment["action"]) == 200
        path = payment["payment_id"]
        outside.until(lambda: shown(client, me, path)["status"] == "succeeded")
        refund_key = new_id()
        asked = refund(client, desk, path, 3000, refund_key).json()
        assert asked["status"] in ("pending", "succeeded")
        refund(client, desk, path, 3000, refund_key)
    outside.until(lambda: shown(client, me, path)["amount_refunded"] == yuan(3000))
    [trade] = [one for one in money.all() if one.number == path]
    assert trade.given_back == 3000
    whole(path)


def test_a_fee_is_paid_through_faults_of_the_table(client: ApiClient, money: Trades) -> None:
    me, case_id = case_of(client)
    with every_second_call_fails():
        payment = begun(client, me, case_id)
        assert shown(client, me, payment["payment_id"])["status"] == "pending"
    assert outside.act(payment["action"]) == 200
    outside.until(lambda: shown(client, me, payment["payment_id"])["status"] == "succeeded")
    whole(payment["payment_id"])


def test_a_refund_that_fails_frees_its_sum_and_is_alarmed(client: ApiClient, money: Trades) -> None:
    me, case_id = case_of(client)
    path = paid(client, me, case_id)["payment_id"]
    money.refunds_fail = True
    boss = worker(client, "supervisor")
    asked = refund(client, boss, path, 4000).json()
    assert asked["status"] == "failed"
    found = shown(client, me, path)
    assert (found["amount_refund_pending"], found["amount_refunded"]) == (yuan(0), yuan(0))
    outside.work()
    alerts = client.get("/v1/admin/alerts?kind=fee&limit=100", token=boss).json()["items"]
    assert asked["refund_id"] in {one["subject_id"] for one in alerts}


def all_at_once(client: ApiClient, desk: str, path: str) -> None:
    threads = [
        threading.Thread(target=lambda: refund(client, desk, path, 1000)) for _ in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def let_them_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all read before any writes."""
    load, met, seen = transitions.load, threading.Event(), itertools.count(1)

    def slow(payment_id: str) -> Any:
        found = load(payment_id)
        if next(seen) >= THREADS:
            met.set()
        met.wait(10)
        return found

    monkeypatch.setattr(transitions, "load", slow)


def reserved(path: str) -> int:
    payment = storage.load(path)
    assert payment
    # The provider refuses what is too much; here counts what we would have given.
    return sum(one.amount for one in payment.refunds)


def test_fifty_refunds_at_once_never_give_back_more_than_was_paid(
    client: ApiClient, money: Trades, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, case_id = case_of(client)
    path, desk = paid(client, me, case_id)["payment_id"], worker(client)
    let_them_meet(monkeypatch)
    all_at_once(client, desk, path)
    assert reserved(path) <= 12000
    trade = money.find("stripe", path)
    assert trade
    assert 0 < trade.given_back <= 12000
    whole(path)


def test_without_the_guard_they_would(
    client: ApiClient, money: Trades, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_guard(_old: Any) -> Any:
        return PaymentRecord.pk.exists()

    me, case_id = case_of(client)
    path, desk = paid(client, me, case_id)["payment_id"], worker(client)
    money.mode = "silent"
    monkeypatch.setattr(changes, "is_still", no_guard)
    let_them_meet(monkeypatch)
    all_at_once(client, desk, path)
    assert reserved(path) > 12000


def test_beginning_costs_two_trips(client: ApiClient, money: Trades) -> None:
    me, case_id = case_of(client)
    with metered() as cost:
        begun(client, me, case_id)
    assert cost.trips <= 2, cost.calls
