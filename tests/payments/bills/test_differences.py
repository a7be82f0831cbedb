"""Bills that change or end while and after they are paid: what came is what went and is kept."""

import itertools
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core.errors import TryAgain
from chalicelib.payments import storage
from chalicelib.payments.bills.service import differences
from chalicelib.payments.domain.payments import Payment
from chalicelib.payments.service import transitions
from chalicelib.payments.storage._records import GuardRecord, guard_keys
from tests.payments import outside
from tests.payments.bills.paying import Teller, bill_of, fresh, pay
from tests.payments.bills.world import introduce
from tests.payments.world import World
from tests.support.faults import Crash
from tests.webhooks.receiver import Receiver


@pytest.fixture
def teller(world: World, receiver: Receiver) -> Teller:
    return Teller(world, introduce(world.client, receiver))


def test_what_is_cancelled_while_it_is_paid_goes_back_by_itself(teller: Teller) -> None:
    number = teller.owe()
    begun = teller.begin(number)
    # The wallet was faster than the word of the issuer.
    assert outside.act(begun["action"]) == 200
    teller.say(number, "cancelled", 2)
    teller.work()
    teller.world.ask(begun)
    teller.work()
    assert teller.kept() == 0
    assert teller.listed(number)["status"] == "refunded"
    assert teller.told() == [("bill.paid", 20000), ("bill.refunded", 20000)]


def test_what_is_cancelled_before_it_is_paid_cannot_be_paid(teller: Teller) -> None:
    number = teller.owe()
    begun = teller.begin(number)
    teller.say(number, "cancelled", 2)
    teller.work()
    assert transitions.load(begun["payment_id"]).status == "cancelled"
    assert teller.listed(number)["status"] == "cancelled"
    assert outside.act(begun["action"]) != 200
    assert (teller.kept(), teller.told()) == (0, [])
    assert differences.is_carried_out(bill_of(number).bill_id)


def test_what_was_paid_and_is_cancelled_goes_back(teller: Teller) -> None:
    number = teller.owe()
    teller.pay_whole(number)
    teller.say(number, "cancelled", 2)
    assert not differences.is_carried_out(bill_of(number).bill_id)
    teller.work()
    assert differences.is_carried_out(bill_of(number).bill_id)
    assert (teller.kept(), teller.listed(number)["status"]) == (0, "refunded")


@pytest.mark.fresh_index("one's own list of bills is what the index shows by now")
@pytest.mark.parametrize("when", ["while", "after"])
def test_less_goes_back(teller: Teller, when: str) -> None:
    number = teller.owe()
    begun = teller.begin(number)
    if when == "while":
        teller.change(number, 2, 15000)
        # What the payment froze stays as it is.
        assert teller.listed(number)["amount"]["cents"] == 20000
    teller.settle(begun)
    if when == "after":
        teller.change(number, 2, 15000)
        teller.work()
    assert (teller.kept(), teller.listed(number)["status"]) == (15000, "paid")
    assert teller.told() == [("bill.paid", 20000), ("bill.refunded", 5000)]
    teller.change(number, 3, 9000)
    teller.change(number, 3, 9000)
    teller.work()
    assert teller.kept() == 9000


@pytest.mark.parametrize("when", ["while", "after"])
def test_more_is_a_bill_of_its_own(teller: Teller, when: str) -> None:
    number = teller.owe()
    begun = teller.begin(number)
    if when == "while":
        teller.change(number, 2, 26000)
    teller.settle(begun)
    if when == "after":
        teller.change(number, 2, 26000)
        teller.work()
    [rest] = [one for one in teller.bills() if one["difference_of"] == number]
    assert (rest["amount"]["cents"], rest["status"], rest["kind"]) == (6000, "open", "fine")
    # Fifteen days to pay, as the bill's own last day is past by then or not.
    assert rest["due_on"] == "2026-12-22"
    # It has the code of the bill, and is paid as any other.
    held = {"bill_number": rest["bill_number"], "code": "730164"}
    teller.settle(pay(teller.world.client, teller.payer, held).json())
    assert teller.kept() == 26000
    assert teller.told(rest["bill_number"]) == [("bill.paid", 6000)]
    last = teller.known.inbox.got[-1].body["data"]
    assert last["difference_of"] == number
    # Changed once more: the rest of both goes back.
    teller.change(number, 3, 12000)
    teller.work()
    assert teller.kept() == 12000


def test_a_difference_follows_what_is_said_next(teller: Teller) -> None:
    number = teller.owe()
    teller.pay_whole(number)
    for sequence, cents in ((2, 26000), (3, 23000), (4, 20000), (5, 21000)):
        teller.change(number, sequence, cents)
        teller.work()
    rests = {one["status"]: one for one in teller.bills() if one["difference_of"] == number}
    assert rests["open"]["amount"]["cents"] == 1000
    assert len(rests) == 2


def test_nothing_is_forgotten_while_the_provider_is_away(
    teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = teller.owe()
    teller.begin(number)
    teller.say(number, "cancelled", 2)
    with outside.mode("cut"), suppress(TryAgain):
        teller.work()
    teller.work()
    assert differences.is_carried_out(bill_of(number).bill_id)


def crashes(teller: Teller, at: int) -> None:
    """Change a paid bill, with a process that stops before the n-th write of what follows."""
    calls = iter(range(1000))
    real = storage.store_change

    def store(change: Any) -> bool:
        if next(calls) == at:
            raise Crash
        return real(change)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "store_change", store)
        with suppress(Crash):
            teller.work()
    teller.work()


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_crash_in_between_gives_back_once(teller: Teller, at: int) -> None:
    number = teller.owe()
    teller.pay_whole(number)
    teller.change(number, 2, 15000)
    crashes(teller, at)
    assert teller.kept() == 15000
    assert teller.told() == [("bill.paid", 20000), ("bill.refunded", 5000)]


STEPS = st.lists(
    st.sampled_from(
        ["begin", "begin", "wallet", "wallet", "dearer", "cheaper", "cancel", "give up",
         "hear", "work", "a day"]
    ),
    min_size=3,
    max_size=9,
)  # fmt: skip


_APART = (timedelta(minutes=number) for number in itertools.count())


class Play:
    """A bill, and steps of all who have to do with it, in any order."""

    def __init__(self, teller: Teller) -> None:
        self.teller, self.sequence, self.cents, self.cancelled = teller, 1, 20000, False
        self.number = teller.owe(due_on="2026-12-08")
        self.begun: list[dict[str, Any]] = []

    def step(self, name: str) -> None:
        acts: dict[str, Callable[[], object]] = {
            "begin": self.begin,
            "wallet": lambda: self.begun and outside.act(self.begun[-1]["action"]),
            "dearer": lambda: self.change(1500),
            "cheaper": lambda: self.change(-2500),
            "cancel": self.cancel,
            "give up": self.give_up,
            "hear": self.hear,
            "work": self.teller.work,
            "a day": lambda: self.teller.world.clock.advance(86400),
        }
        acts[name]()

    def begin(self) -> None:
        subject = {"bill_id": bill_of(self.number).bill_id}
        answer = pay(self.teller.world.client, self.teller.payer, subject)
        assert answer.status in (201, 409), answer.body
        if answer.status == 201:
            self.begun.append(answer.json())

    def change(self, by: int) -> None:
        self.sequence, self.cents = self.sequence + 1, self.cents + by
        self.teller.say(
            self.number, "changed", self.sequence, due_on="2026-12-08",
            items=[{"name": "罚款", "cents": self.cents}],
        )  # fmt: skip

    def cancel(self) -> None:
        self.cancelled = True
        self.sequence += 1
        items = [{"name": "罚款", "cents": self.cents}]
        self.teller.say(self.number, "cancelled", self.sequence, due_on="2026-12-08", items=items)

    def give_up(self) -> None:
        if self.begun:
            path = f"/v1/payments/{self.begun[-1]['payment_id']}/cancel"
            self.teller.world.client.post(path, token=fresh(self.teller.payer))

    def hear(self) -> None:
        for one in self.begun:
            self.teller.world.ask(one)

    def end(self) -> None:
        """Let everybody hear of everything, and time pass for what is still open."""
        self.hear()
        self.teller.work()
        self.teller.world.clock.advance(3600)
        self.teller.world.reconcile()
        self.teller.work()

    def check(self) -> None:
        """See that what was kept is what the bill comes to, and was paid for it once."""
        bill, kept = bill_of(self.number), self.teller.kept()
        payments = [transitions.load(one["payment_id"]) for one in self.begun]
        assert kept == sum(one.received - one.refunded for one in payments)
        assert all(one.finished and not one.refund_pending for one in payments)
        assert sum(believed(one) for one in payments) <= 1
        due = 0
        if bill.money.frozen_on and not bill.cancelled:
            due = bill.terms.amount_on(bill.money.frozen_on)
        assert kept + bill.owed == (due if bill.money.paid else 0)
        told = self.teller.told(self.number)
        back = sum(cents for type_, cents in told if type_ == "bill.refunded")
        came = sum(cents for type_, cents in told if type_ == "bill.paid")
        assert came - back == kept
        assert differences.is_carried_out(bill.bill_id)


def believed(payment: Payment) -> bool:
    return payment.status == "succeeded"


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_in_whatever_order_the_money_is_right(
    teller: Teller, steps: list[str]
) -> None:
    # No two begin at the same moment: what an index told of the one is not asked by the other.
    teller.world.clock.set(outside.MONDAY + next(_APART))
    teller.payer = teller.another()
    play = Play(teller)
    for name in steps:
        play.step(name)
    play.end()
    play.check()


def test_without_its_guard_a_bill_would_be_paid_twice(
    teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = teller.owe()
    first = teller.begin(number)
    # The control: the guard and the bill's own mark are taken away while the payment is open.
    GuardRecord(*guard_keys(bill_of(number).bill_id)).delete()
    second = teller.begin(number)
    for one in (first, second):
        assert outside.act(one["action"]) == 200
        teller.world.ask(one)
    assert teller.kept() == 40000
    statuses = [transitions.load(one["payment_id"]).status for one in (first, second)]
    assert statuses == ["succeeded", "succeeded"]
