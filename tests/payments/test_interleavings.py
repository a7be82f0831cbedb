"""The whole service under random interleavings of what people, providers and timers do.

Tables, stand-ins and workers are the real ones; what providers say is kept, and heard in any order,
any number of times. At the end, when all was heard and asked about: money in = money out + money
held, at the providers and in our books alike.
"""

import itertools
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chalicelib.cases import service as cases
from chalicelib.core import history, wiring
from chalicelib.core.ids import new_id
from chalicelib.payments import books, refunds, settling, storage
from chalicelib.payments.domain import Payment, RefundStatus, Status
from functions import reconcile_payments, send_notifications
from infra.local.stand_ins.trades import Trade
from tests.payments import outside
from tests.payments.conftest import MONDAY
from tests.payments.paying import FEE, WAYS, refund, start, token
from tests.payments.world import World, desk

CALM = HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much
# Days on which no other test takes money.
DAYS = itertools.count(30)


class Interleavings(RuleBasedStateMachine):
    """One fee, and all that may happen to it."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.made: dict[str, dict[str, Any]] = {}
        self.said: list[tuple[str, bytes, Mapping[str, str]]] = []
        self.ends: dict[str, Status] = {}
        self.withdrawn = self.came_back = False

    @initialize()
    def a_fee_is_due(self) -> None:
        # A day of its own for each example, so that its books hold nothing else.
        self.day = MONDAY + timedelta(days=next(DAYS))
        self.world.clock.set(self.day)
        self.world.sent.clear()
        outside.skip()
        self.case = self.world.fee()

    def payment(self, number: int) -> str:
        return list(self.made)[number % len(self.made)]

    @rule(way=st.sampled_from(WAYS))
    def pay(self, way: tuple[str, str]) -> None:
        answer = start(self.world.client, self.world.me, self.case, way)
        assert answer.status in (201, 409, 503), answer.body
        if answer.status == 201:
            self.made[answer.json()["payment_id"]] = answer.json()

    @precondition(lambda self: self.made)
    @rule(number=st.integers(0, 5), outcome=st.sampled_from(["pay", "pay", "refuse", "pay_late"]))
    def act(self, number: int, outcome: str) -> None:
        outside.act(self.made[self.payment(number)]["action"], outcome)

    @precondition(lambda self: self.made)
    @rule(number=st.integers(0, 5))
    def cancel(self, number: int) -> None:
        path = f"/v1/payments/{self.payment(number)}/cancel"
        answer = self.world.client.post(path, token=token(self.world.me))
        assert answer.status in (200, 409), answer.body

    @precondition(lambda self: self.made)
    @rule(number=st.integers(0, 5), amount=st.sampled_from([None, 1, 4000, 11000, FEE, FEE + 1]))
    def give_back(self, number: int, amount: int | None) -> None:
        answer = refund(self.world.client, desk(), self.payment(number), amount)
        assert answer.status in (201, 409), answer.body

    @precondition(lambda self: self.made)
    @rule(agreed=st.booleans())
    def decide(self, agreed: bool) -> None:
        for path in self.made:
            for one in settling.load(path).refunds:
                if one.needs_approval and one.approved_by is None:
                    word = "approve" if agreed else "decline"
                    url = f"/v1/admin/refunds/{one.refund_id}/{word}"
                    answer = self.world.client.post(url, token=desk(1))
                    assert answer.status in (200, 409), answer.body

    @precondition(lambda self: self.said or self.world.sent)
    @rule(number=st.integers(0, 9))
    def hear_one(self, number: int) -> None:
        self.said += self.world.sent
        self.world.sent.clear()
        path, body, headers = self.said[number % len(self.said)]
        answer = self.world.client.send("POST", path, body, headers=headers)
        assert answer.status in (200, 503), answer.body

    @rule()
    def workers(self) -> None:
        outside.work(send_notifications.work)

    @rule(minutes=st.sampled_from([0, 2, 31]))
    def timer(self, minutes: int) -> None:
        self.world.clock.advance(minutes * 60)
        reconcile_payments.run(wiring.clock().now())

    @precondition(lambda self: not self.withdrawn)
    @rule()
    def withdraw(self) -> None:
        headers = {"Idempotency-Key": new_id()}
        path, mine = f"/v1/cases/{self.case}/withdraw", token(self.world.me)
        answer = self.world.client.post(path, {}, token=mine, headers=headers)
        assert answer.status == 200, answer.body
        self.withdrawn = True

    @rule(fail=st.booleans())
    def banks_fail(self, fail: bool) -> None:
        self.world.trades.refunds_fail = fail

    @rule(wait=st.booleans())
    def refunds_wait(self, wait: bool) -> None:
        self.world.trades.refunds_wait = wait

    @precondition(lambda self: self.made)
    @rule(number=st.integers(0, 5))
    def a_bank_sends_back(self, number: int) -> None:
        trade = self.trade(self.payment(number))
        back = next((one for one in trade.backs.values() if one.state == "succeeded"), None)
        kept = back and settling.load(trade.number).refund(back.refund_id)
        if back and kept and kept.status is RefundStatus.SUCCEEDED:
            self.world.trades.bring_back(back, trade)
            self.came_back = True

    @invariant()
    def no_end_is_left_and_no_more_goes_back_than_came(self) -> None:
        for path in self.made:
            found, trade = settling.load(path), self.trade(path)
            assert found.received in (0, FEE)
            assert 0 <= found.refunded + found.refund_pending <= found.received
            # A notification may still be on its way to us.
            assert trade.given_back <= found.refunded + found.refund_pending
            assert self.ends.get(path, found.status) is found.status
            if found.finished:
                self.ends[path] = found.status

    def trade(self, path: str) -> Trade:
        [trade] = [one for one in self.world.trades.all() if one.number == path]
        return trade

    def teardown(self) -> None:
        if not self.made:
            return
        self.world.trades.refunds_fail = self.world.trades.refunds_wait = False
        self.calm_down()
        found = [settling.load(path) for path in self.made]
        for payment in found:
            self.check(payment)
        held = [one for one in found if one.received > one.refunded + one.refund_pending]
        # What a bank would not take back is held too, and staff have been told.
        rightly = [one for one in held if not _was_refused(one)]
        assert all(one.status is Status.SUCCEEDED for one in rightly)
        assert len(rightly) <= 1
        if self.withdrawn:
            # Only staff give back what was paid before; what came after goes back by itself.
            ended = cases.load(self.case).decided_at
            assert ended
            assert all(one.received_at and one.received_at <= ended for one in rightly)
        self.check_case(found)
        differences = [
            one
            for book in books.compare(self.day.date(), self.day + timedelta(days=1, hours=2))
            for one in book.differences
        ]
        # Stripe's list of a day leaves out what went and came back in it.
        assert self.came_back or not differences

    def calm_down(self) -> None:
        """Let all be heard, asked about and done."""
        for _ in range(3):
            self.said += self.world.sent
            self.world.sent.clear()
            for path, body, headers in reversed(self.said):
                self.world.client.send("POST", path, body, headers=headers)
            self.world.work()
            self.world.clock.advance(3600)
            reconcile_payments.run(wiring.clock().now())
            self.world.work()

    def check_case(self, found: list[Payment]) -> None:
        """See that the case says what became of the one payment that was believed last."""
        believed = [one for one in found if one.status is Status.SUCCEEDED]
        rest = [self.trade(one.payment_id) for one in believed]
        kept = [one for one in rest if one.given_back < one.cents]
        assert len(kept) <= 1
        says = "partly_refunded" if kept and kept[0].given_back else "paid"
        if not kept:
            says = "refunded" if believed else "unpaid"
        assert cases.load(self.case).payment_status == says

    def check(self, found: Payment) -> None:
        path, trade = found.payment_id, self.trade(found.payment_id)
        assert found.finished
        assert (trade.paid_at is not None) == (found.received > 0)
        assert trade.given_back == found.refunded
        entries = storage.load_entries(path)
        assert history.check(path, entries, found.head) is None
        types = Counter(entry.type for entry in entries)
        assert types["payment.succeeded"] + types["payment.received_late"] == bool(found.received)
        assert bool(found.receipt_number) == bool(found.received)
        told = self.world.notices(path)
        assert told["payment.succeeded"] == types["payment.succeeded"]
        assert told["payment.refund_succeeded"] == types["payment.refund_succeeded"]


def _was_refused(payment: Payment) -> bool:
    return any(one.status is RefundStatus.FAILED for one in payment.refunds)


def play(world: World, examples: int, steps: int) -> None:
    Interleavings.world = world
    run_state_machine_as_test(
        Interleavings,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            # Real tables make each step of shrinking a second long; the first failure tells enough.
            phases=(Phase.explicit, Phase.generate),
            report_multiple_bugs=False,
            suppress_health_check=CALM,
            database=None,
        ),
    )


def test_money_in_is_money_out_and_money_held(world: World) -> None:
    play(world, 12, 16)


@pytest.mark.parametrize("guarded", [True, False])
def test_late_money_that_does_not_go_back_is_caught(
    world: World, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    if not guarded:
        monkeypatch.setattr(refunds, "automatic", lambda *_: None)
    Interleavings.world = world
    one = Interleavings()
    one.a_fee_is_due()
    one.pay(("card", "web"))
    one.withdraw()
    world.clock.advance(2)
    one.act(0, "pay")
    with nullcontext() if guarded else pytest.raises(AssertionError):
        one.teardown()


@pytest.mark.slow
def test_money_in_is_money_out_and_money_held_for_long(world: World) -> None:
    play(world, 300, 40)
