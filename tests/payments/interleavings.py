"""The whole service under random interleavings of what people, providers and timers do.

Tables, stand-ins and workers are the real ones; what providers say is kept, and heard in any order,
any number of times. At the end, when all was heard and asked about: money in = money out + money
held, at the providers and in our books alike, and the case says so.
"""

import itertools
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from chalicelib.cases import service as cases
from chalicelib.core import dependencies, history
from chalicelib.core.ids import new_id
from chalicelib.payments import storage
from chalicelib.payments.domain import provider_state
from chalicelib.payments.domain.payments import Payment, PaymentStatus
from chalicelib.payments.domain.refunds import Refund, RefundStatus
from chalicelib.payments.service import reconciliation, transitions
from infra.local.stand_ins.trades import Trade
from tests.payments import outside
from tests.payments.outside import MONDAY
from tests.payments.paying import FEE, WAYS, refund, start, token
from tests.payments.world import ACTS, OTHERS, World, desk, raised, say
from tests.support import functions

# Days on which no other test takes money; what goes on past midnight has the next ones.
DAYS = itertools.count(1000, 5)
OUTSIDE = {"dashboard": "refund_outside", "dispute": "chargeback"}
LONGEST_PAUSE = 6 * 3600
NUMBERS = st.integers(0, 5)


class Interleavings(RuleBasedStateMachine):
    """One fee, and all that may happen to it."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.made: dict[str, dict[str, Any]] = {}
        self.said: list[tuple[str, bytes, Mapping[str, str]]] = []
        self.ends: dict[str, PaymentStatus] = {}
        self.withdrawn = self.came_back = False

    @initialize(way=st.sampled_from(WAYS), act=st.sampled_from(ACTS))
    def a_fee_is_due(self, way: tuple[str, str] = WAYS[0], act: str = "return") -> None:
        # A day of its own for each example, so that its books hold nothing else.
        self.day = MONDAY + timedelta(days=next(DAYS))
        self.world.clock.set(self.day)
        self.world.sent.clear()
        self.world.trades.refunds_fail = self.world.trades.refunds_wait = False
        outside.skip()
        self.case, self.last_act = self.world.fee(), act
        self.pay(way)

    def payment(self, number: int) -> str:
        return list(self.made)[number % len(self.made)]

    @rule(way=st.sampled_from(WAYS))
    def pay(self, way: tuple[str, str]) -> None:
        answer = start(self.world.client, self.world.me, self.case, way)
        assert answer.status in (201, 409, 503), answer.body
        if answer.status == 201:
            self.made[answer.json()["payment_id"]] = answer.json()

    @rule(number=NUMBERS, outcome=st.sampled_from(["pay", "pay", "refuse", "pay_late"]))
    def act(self, number: int, outcome: str) -> None:
        outside.act(self.made[self.payment(number)]["action"], outcome)

    @rule(number=NUMBERS, came=st.sampled_from(OTHERS))
    def other_money_comes(self, number: int, came: tuple[int, str]) -> None:
        trade = self.trade(self.payment(number))
        # Alipay's bills name no currency.
        other = OTHERS[0] if trade.provider == "alipay" else came
        self.world.trades.decide(trade, "pay" if trade.state == "open" else "pay_late", other)

    @rule(number=NUMBERS, act=st.sampled_from(ACTS), who=st.integers(0, 1))
    def say(self, number: int, act: str, who: int) -> None:
        answer = say(self.world, self.made[self.payment(number)], act, desk(who))
        assert answer.status in (200, 202, 409), answer.body

    @rule(number=NUMBERS, by=st.sampled_from(list(OUTSIDE)), cents=st.sampled_from([500, FEE]))
    def money_goes_without_us(
        self, number: int, by: Literal["dashboard", "dispute"], cents: int
    ) -> None:
        trade = self.trade(self.payment(number))
        left = trade.cents - trade.given_back
        if trade.state == "paid" and left:
            kind = by if trade.provider == "stripe" else "dashboard"
            self.world.trades.take_back(trade, kind, min(cents, left))

    @rule(number=NUMBERS)
    def cancel(self, number: int) -> None:
        path = f"/v1/payments/{self.payment(number)}/cancel"
        answer = self.world.client.post(path, token=token(self.world.me))
        assert answer.status in (200, 409), answer.body

    @rule(number=NUMBERS, amount=st.sampled_from([None, 1, 4000, 11000, FEE, FEE + 1]))
    def give_back(self, number: int, amount: int | None) -> None:
        answer = refund(self.world.client, desk(), self.payment(number), amount)
        assert answer.status in (201, 409), answer.body

    @rule(agreed=st.booleans())
    def decide(self, agreed: bool) -> None:
        for path in self.made:
            for one in transitions.load(path).refunds:
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
        outside.work(functions.notify)

    @rule(minutes=st.sampled_from([0, 2, 31]))
    def timer(self, minutes: int) -> None:
        self.world.clock.advance(minutes * 60)
        functions.run("reconcile_payments", dependencies.clock().now())

    @precondition(lambda self: not self.withdrawn)
    @rule()
    def withdraw(self) -> None:
        headers = {"Idempotency-Key": new_id()}
        path, mine = f"/v1/cases/{self.case}/withdraw", token(self.world.me)
        answer = self.world.client.post(path, {}, token=mine, headers=headers)
        assert answer.status == 200, answer.body
        self.withdrawn = True

    @rule(fail=st.booleans(), wait=st.booleans())
    def refunds_are_in_trouble(self, *, fail: bool, wait: bool) -> None:
        self.world.trades.refunds_fail, self.world.trades.refunds_wait = fail, wait

    @rule(number=NUMBERS)
    def a_bank_sends_back(self, number: int) -> None:
        trade = self.trade(self.payment(number))
        ours = (one for one in trade.backs.values() if one.by == "us")
        back = next((one for one in ours if one.state == "succeeded"), None)
        kept = back and transitions.load(trade.number).refund(back.refund_id)
        if back and kept and kept.status is RefundStatus.SUCCEEDED:
            self.world.trades.bring_back(back, trade)
            self.came_back = True

    @invariant()
    def no_end_is_left_and_no_more_goes_back_than_came(self) -> None:
        for path in self.made:
            found, trade = transitions.load(path), self.trade(path)
            assert found.received in (0, trade.cents)
            going = sum(one.amount for one in found.refunds if _is_ours(one) and not _failed(one))
            assert going <= found.received
            sent = [one for one in trade.backs.values() if one.by == "us" and not one.failed]
            # A notification may still be on its way to us.
            assert sum(one.cents for one in sent) <= going
            assert self.ends.get(path, found.status) is found.status
            if found.finished:
                self.ends[path] = found.status

    def trade(self, path: str) -> Trade:
        [trade] = [one for one in self.world.trades.all() if one.number == path]
        return trade

    def teardown(self) -> None:
        self.world.trades.refunds_fail = self.world.trades.refunds_wait = False
        self.calm_down()
        self.check_books()
        found = [transitions.load(path) for path in self.made]
        for payment in found:
            self.check(payment)
        held = [one for one in found if one.received > one.refunded + one.refund_pending]
        # What a bank would not take back is held too, and staff have been told.
        rightly = [one for one in held if not any(map(_failed, one.refunds))]
        assert all(one.status is PaymentStatus.SUCCEEDED for one in rightly)
        assert len(rightly) <= 1
        if self.withdrawn:
            # Only staff give back what was paid before; what came after goes back by itself.
            ended = cases.load(self.case).decided_at
            assert ended
            assert all(one.received_at and one.received_at <= ended for one in rightly)
        self.check_case(found)

    def calm_down(self) -> None:
        """Let all be heard, asked about, decided and done."""
        for _ in range(3):
            self.said += self.world.sent
            self.world.sent.clear()
            for path, body, headers in reversed(self.said):
                self.world.client.send("POST", path, body, headers=headers)
            self.world.work()
            for path in self.made:
                self.decide_held(path)
            self.world.clock.advance(LONGEST_PAUSE + 1)
            functions.run("reconcile_payments", dependencies.clock().now())
            self.world.work()

    def decide_held(self, path: str) -> None:
        found = transitions.load(path)
        act = "return" if found.finished else self.last_act
        for who in range(2 if found.undecided else 0):
            say(self.world, self.made[path], act, desk(who))

    def check_books(self) -> None:
        """Compare each day twice: once to hear of what went without us, once to be equal."""
        days = [self.day.date()]
        for last in (False, True):
            while days[-1] < dependencies.clock().now().date():
                days.append(days[-1] + timedelta(days=1))
            # What the first look finds out is written down on its own day.
            self.world.clock.set(self.day + timedelta(days=len(days), hours=2))
            compared = [
                one
                for day in days
                for one in reconciliation.compare(day, dependencies.clock().now())
            ]
            self.world.work()
            told = Counter(one["name"] for book in compared for one in book.differences)
            went = [one for path in self.made for one in self.trade(path).backs.values()]
            without_us = {name: told.pop(name, 0) for name in OUTSIDE.values()}
            # What is made in one second in Alipay's console is one line.
            assert bool(sum(without_us.values())) is any(one.by != "us" for one in went)
            # Stripe's list of a day leaves out what went and came back in it.
            assert self.came_back or not told, told
            if last:
                sums = sum((Counter(book.totals) for book in compared), Counter[str]())
                ours = sums["in"] - sums["out"]
                assert ours == sums["their_in"] - sums["their_out"], sums
                assert ours == sum(_kept(self.trade(path)) for path in self.made)

    def check_case(self, found: list[Payment]) -> None:
        """See that the case says what became of the payments that were believed."""
        believed = [
            self.trade(one.payment_id) for one in found if one.status is PaymentStatus.SUCCEEDED
        ]
        kept = [one for one in believed if one.given_back < one.cents]
        says = "partly_refunded" if all(one.given_back for one in kept) else "paid"
        if not kept:
            says = "refunded" if believed else "unpaid"
        assert cases.load(self.case).payment_status == says

    def check(self, found: Payment) -> None:
        path, trade = found.payment_id, self.trade(found.payment_id)
        assert found.finished
        assert found.undecided is None
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
        assert raised(path) == set()
        for one in found.refunds:
            self.check_refund(one, trade)

    def check_refund(self, one: Refund, trade: Trade) -> None:
        """See that it ended as at the provider, and that staff are alarmed of trouble alone."""
        back, declined = trade.backs.get(one.refund_id), one.needs_approval and not one.approved_by
        if one.status is RefundStatus.PENDING:
            assert declined
        elif _is_ours(one) and not (_failed(one) and declined):
            # What is not theirs was refused: less was left, for some went without us.
            short = back is None and any(other.by != "us" for other in trade.backs.values())
            assert short or (back and back.failed) == _failed(one)
        alarms = {"refund_returned" if one.returned else "refund_failed"}
        if not _failed(one) or declined:
            code = "chargeback" if one.reason == "chargeback" else "refund_outside"
            alarms = set() if _is_ours(one) else {code}
        # The books tell of theirs beside.
        told = {code for code in raised(one.refund_id) if not code.startswith("books_")}
        assert told == alarms


def _is_ours(refund: Refund) -> bool:
    return not provider_state.is_external(refund)


def _failed(refund: Refund) -> bool:
    return refund.status is RefundStatus.FAILED


def _kept(trade: Trade) -> int:
    return trade.cents - trade.given_back if trade.paid_at else 0
