"""What one person may give back alone is a sum: in parts, of many payments, at once, or again."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicelib.core import dependencies
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.payments.domain import refund_limits
from chalicelib.payments.domain.payments import Payment
from chalicelib.payments.service import refunds, transitions
from chalicelib.payments.storage import changes
from tests.payments import outside
from tests.payments.paying import FEE, agree, begun, refund
from tests.payments.stops import after_each
from tests.payments.world import World, desk, others_come
from tests.support.clock import TestClock

LIMIT = SETTINGS.refund_approval_cents
CALM = HealthCheck.function_scoped_fixture, HealthCheck.too_slow


def ask(
    world: World, payment: dict[str, Any], cents: int, number: int = 0, key: str = ""
) -> dict[str, Any]:
    answer = refund(world.client, desk(number), payment["payment_id"], cents, key)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.json()
    return found


def alone(world: World, *payments: dict[str, Any]) -> int:
    return sum(refund_limits.given_alone(world.kept(one)) for one in payments)


@settings(max_examples=8, deadline=None, suppress_health_check=CALM, database=None)
@given(st.lists(st.tuples(st.integers(1, 6000), st.integers(0, 1)), min_size=2, max_size=5))
@example([(4000, 0), (4000, 0), (4000, 0)])
@example([(4000, 0), (4000, 1), (4000, 0)])
@example([(5000, 0), (5000, 0), (1, 1)])
@example([(LIMIT, 0), (1, 0)])
def test_parts_of_a_payment_pass_the_limit_together_whoever_asks(
    world: World, splits: list[tuple[int, int]]
) -> None:
    payment, before = world.succeeded(), 0
    for cents, number in splits:
        if sum(one.amount for one in world.kept(payment).refunds) + cents > FEE:
            break
        asked = ask(world, payment, cents, number)
        assert asked["needs_approval"] is (before + cents > LIMIT)
        before += 0 if asked["needs_approval"] else cents
    assert alone(world, payment) == before <= LIMIT


def test_what_passes_the_limit_goes_once_another_agrees(world: World) -> None:
    payment = world.succeeded()
    parts = [ask(world, payment, 4000) for _ in range(3)]
    assert [one["needs_approval"] for one in parts] == [False, False, True]
    assert world.kept(payment).refunded == 8000
    last = parts[-1]["refund_id"]
    assert agree(world.client, desk(), last).code == "second_person_needed"
    assert agree(world.client, desk(1), last).json()["status"] == "succeeded"
    world.hear()
    world.work()
    assert world.kept(payment).refunded == FEE


@pytest.mark.parametrize("parts", [(6000, 6000), (LIMIT, 1), (4000, 4000, 4000)])
def test_many_payments_pass_the_limit_of_a_person_in_a_day(
    world: World, clock: TestClock, parts: tuple[int, ...]
) -> None:
    payments = [world.succeeded() for _ in (*parts, 0)]
    needs = [ask(world, *one)["needs_approval"] for one in zip(payments, parts, strict=False)]
    assert needs == [False] * (len(parts) - 1) + [True]
    # Another person, and the same one on another day, have given back nothing yet.
    assert not ask(world, payments[-1], 4000, 1)["needs_approval"]
    clock.advance(86400)
    assert not ask(world, payments[-1], 4000)["needs_approval"]


def test_two_payments_of_a_case_pass_its_limit_together(world: World) -> None:
    first = world.succeeded()
    case = world.kept(first).subject
    ask(world, first, 5000)
    rest = ask(world, first, 7000)
    assert agree(world.client, desk(1), rest["refund_id"]).status == 200
    world.hear()
    world.work()
    second = begun(world.client, world.me, case)
    world.work()
    assert outside.act(second["action"]) == 200
    world.ask(second)
    others_come()
    # What a second person agreed to does not count.
    assert not ask(world, second, 5000)["needs_approval"]
    assert ask(world, second, 1, 1)["needs_approval"]


@pytest.mark.parametrize("declined", [True, False])
def test_what_failed_counts_and_what_was_declined_does_not(world: World, *, declined: bool) -> None:
    payment = world.succeeded()
    if declined:
        asked = ask(world, payment, LIMIT + 1)
        path = f"/v1/admin/refunds/{asked['refund_id']}/decline"
        assert world.client.post(path, token=desk(1)).json()["status"] == "failed"
    else:
        world.trades.refunds_fail = True
        assert ask(world, payment, 6000)["status"] == "failed"
        world.trades.refunds_fail = False
    assert ask(world, payment, 6000)["needs_approval"] is not declined


def test_what_goes_back_by_itself_does_not_count(world: World) -> None:
    payment = world.succeeded()
    kept, now = world.kept(payment), dependencies.clock().now()
    refunds.automatic(kept, "case_ended", now)
    [back] = world.kept(payment).refunds
    assert (back.amount, back.needs_approval, alone(world, payment)) == (FEE, False, 0)
    assert not ask(world, world.succeeded(), LIMIT)["needs_approval"]


def test_the_same_key_counts_once(world: World) -> None:
    payments, key = [world.succeeded(), world.succeeded()], new_id()
    for _ in range(4):
        assert not ask(world, payments[0], 5000, key=key)["needs_approval"]
    assert not ask(world, payments[1], 5000)["needs_approval"]
    assert ask(world, payments[1], 1)["needs_approval"]


def test_a_stop_after_each_call_counts_once(world: World) -> None:
    def make() -> dict[str, Any]:
        return world.succeeded() | {"key": new_id()}

    def act(payment: dict[str, Any]) -> None:
        assert not ask(world, payment, 6000, key=payment["key"])["needs_approval"]

    def check(payment: dict[str, Any]) -> None:
        assert alone(world, payment) == 6000
        assert not ask(world, payment, LIMIT - 6000)["needs_approval"]
        assert ask(world, payment, 1)["needs_approval"]

    assert "refund" in after_each(make, act, check)


def at_once(world: World, payments: list[dict[str, Any]], cents: int) -> None:
    def one(payment: dict[str, Any]) -> Callable[[], object]:
        return lambda: refund(world.client, desk(), payment["payment_id"], cents)

    threads = [threading.Thread(target=one(payment)) for payment in payments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("guarded", [True, False])
def test_payments_at_once_do_not_slip_past_the_limit(
    world: World, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    payments = [world.succeeded() for _ in range(6)]
    load, met = transitions.load, threading.Barrier(len(payments), timeout=10)
    seen: set[int] = set()

    def slow(payment_id: str) -> Payment:
        found = load(payment_id)
        # All read before any writes.
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            met.wait()
        return found

    if not guarded:
        monkeypatch.setattr(changes, "_count", lambda *_: None)
    with monkeypatch.context() as patch:
        patch.setattr(transitions, "load", slow)
        at_once(world, payments, 4000)
    assert (alone(world, *payments) <= LIMIT) is guarded
    assert alone(world, *payments) > 0
