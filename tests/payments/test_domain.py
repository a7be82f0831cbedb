"""Whatever providers say, in whatever order: ends stay, and no more goes back than came."""

import contextlib
import itertools
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Forbidden, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.money import Money
from chalicelib.payments.domain import movements, provider_state, refund_limits
from chalicelib.payments.domain.errors import NoSuchTransition, RefundTooLarge
from chalicelib.payments.domain.movements import movements_between
from chalicelib.payments.domain.payments import PaymentStatus, next_ask, reserve
from chalicelib.payments.domain.provider_state import (
    ExternalRefund,
    ExternalRefundKind,
    ProviderState,
)
from chalicelib.payments.domain.refunds import Refund, RefundStatus
from chalicelib.payments.domain.unmatched_decision import Vote, vote
from tests.payments.made import FEE, MONDAY, fresh, paid

STATES = st.sampled_from(
    [
        ProviderState("unknown"),
        ProviderState("pending", "pi_1"),
        ProviderState("processing", "pi_1"),
        ProviderState("failed", "pi_1"),
        ProviderState("cancelled", "pi_1"),
        ProviderState("succeeded", "pi_1", FEE),
        ProviderState("succeeded", "pi_1", Money(999)),
        ProviderState("succeeded", "pi_1", Money(1000, "usd")),
    ]
)
STEPS = st.lists(
    st.one_of(
        st.tuples(STATES, st.sampled_from([None, PaymentStatus.CANCELLED, PaymentStatus.EXPIRED])),
        st.integers(0, 1200),
        st.sampled_from([RefundStatus.SUCCEEDED, RefundStatus.FAILED]),
    ),
    max_size=30,
)


@given(STEPS)
def test_ends_stay_and_no_more_goes_back_than_came(steps: list[object]) -> None:
    payment, ended, number = fresh(), None, 0
    for step in steps:
        if isinstance(step, int):
            number += 1
            asked = Refund(f"refund{number}", step, "x", "staff:x", MONDAY)
            try:
                payment = reserve(payment, asked)
            except RefundTooLarge:
                assert not 0 < step <= payment.refundable
        elif isinstance(step, RefundStatus):
            for one in payment.refunds:
                if one.status is RefundStatus.PENDING:
                    payment = payment.with_refund(one.to(step, MONDAY))
        elif isinstance(step, tuple):
            payment = provider_state.apply(
                payment, step[0], MONDAY, account=None, end=step[1]
            ).payment
        assert payment.received in (0, FEE.cents)
        assert 0 <= payment.refunded + payment.refund_pending <= payment.received
        assert ended in (None, payment.status)
        ended = payment.status if payment.finished else None


def test_a_refunds_end_stays() -> None:
    done = Refund("r", 1, "x", "y", MONDAY).to(RefundStatus.SUCCEEDED, MONDAY)
    returned = done.to(RefundStatus.FAILED, MONDAY)
    assert (done.returned, returned.returned) == (False, True)
    for status in RefundStatus:
        with pytest.raises(NoSuchTransition):
            returned.to(status, MONDAY)


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        ("acct_1", "acct_1", None),
        ("acct_1", "acct_2", "wrong_account"),
        ("acct_1", None, None),
        (None, "acct_2", None),
    ],
)
def test_money_at_another_account_is_unmatched(
    ours: str | None, theirs: str | None, reason: str | None
) -> None:
    state = ProviderState("succeeded", "pi_1", FEE, MONDAY, theirs)
    payment = provider_state.apply(fresh(), state, MONDAY, account=ours).payment
    assert (payment.unmatched and payment.unmatched.reason) == reason
    assert payment.received == (0 if reason else FEE.cents)


@given(st.integers(1, FEE.cents), st.sampled_from(["refund", "chargeback"]), st.integers(1, 3))
def test_an_external_refund_is_written_down_once(
    cents: int, kind: ExternalRefundKind, times: int
) -> None:
    external = ExternalRefund("re_1", Money(cents), kind, MONDAY)
    state = ProviderState("unknown", outside=(external,) * times)
    outcome = provider_state.apply(paid(), state, MONDAY, account=None)
    assert [one.type for one in outcome.events] == ["payment.refund_succeeded"]
    [refund] = outcome.payment.refunds
    assert provider_state.is_external(refund)
    assert outcome.payment.refunded == cents
    again = provider_state.apply(outcome.payment, state, MONDAY, account=None)
    assert not again.events


VOTES = st.lists(
    st.builds(
        Vote,
        st.sampled_from(["accept", "return"]),
        st.sampled_from(["staff:a", "staff:b", "staff:c"]),
        st.just("x"),
        st.sampled_from([frozenset({"clerk"}), frozenset({"supervisor"})]),
    ),
    max_size=8,
)


@given(VOTES)
def test_two_persons_of_one_mind_decide_about_unmatched_money_once(votes: list[Vote]) -> None:
    other = ProviderState("succeeded", "pi_1", Money(999), MONDAY)
    payment = provider_state.apply(fresh(), other, MONDAY, account=None).payment
    for cast in votes:
        with contextlib.suppress(WrongStatus, Forbidden, SecondPersonNeeded):
            payment = vote(payment, cast, MONDAY).payment
    money = payment.unmatched
    assert money
    if money.decided is None:
        assert (payment.received, payment.finished) == (0, False)
        return
    assert money.asked
    assert money.asked.act == money.decided.act
    assert money.asked.by != money.decided.by
    status = PaymentStatus.SUCCEEDED if money.decided.act == "accept" else PaymentStatus.CANCELLED
    assert (payment.status, payment.received) == (status, 999)


@given(st.integers(0, 10**6))
def test_a_payment_is_asked_about_ever_more_seldom_until_it_ends(seconds: int) -> None:
    now = MONDAY + timedelta(seconds=seconds)
    asked_next = next_ask(fresh(), now)
    assert asked_next
    assert timedelta(0) < asked_next - now <= timedelta(hours=6)
    assert next_ask(paid(), now) is None


def test_each_change_moves_what_it_brought_or_gave_back() -> None:
    payment = paid()
    asked = payment.with_refund(Refund("r", 300, "x", "staff:x", MONDAY))
    gone = asked.with_refund(asked.refunds[0].to(RefundStatus.SUCCEEDED, MONDAY))
    back = gone.with_refund(gone.refunds[0].to(RefundStatus.FAILED, MONDAY))
    states = [fresh(), payment, asked, gone, back]
    steps = [movements_between(old, new) for old, new in itertools.pairwise(states)]
    moved = [[(one.what, one.came, one.amount.cents) for one in step] for step in steps]
    assert moved == [[("in", True, 1000)], [], [("r", False, 300)], [("+r", True, 300)]]


@pytest.mark.parametrize(
    ("needs_approval", "approved_by", "status", "may_go", "waits"),
    [
        (False, None, RefundStatus.PENDING, True, False),
        (True, None, RefundStatus.PENDING, False, True),
        (True, "staff:b", RefundStatus.PENDING, True, False),
        (True, None, RefundStatus.FAILED, False, False),
    ],
)
def test_a_refund_waits_until_a_second_person_agrees(
    needs_approval: bool, approved_by: str | None, status: RefundStatus, may_go: bool, waits: bool
) -> None:
    refund = Refund(
        *("r", 1, "x", "staff:a", MONDAY, status),
        needs_approval=needs_approval,
        approved_by=approved_by,
    )
    assert (refund.approved, refund.waits) == (may_go, waits)


def test_what_a_person_gives_back_alone_counts_even_when_it_failed() -> None:
    asked = [
        Refund("a", 100, "x", "staff:a", MONDAY),
        Refund("b", 20, "x", "staff:a", MONDAY, RefundStatus.FAILED),
        Refund("c", 3, "x", "staff:a", MONDAY, needs_approval=True, approved_by="staff:b"),
        Refund("d", 4, "x", "rule:late", MONDAY),
    ]
    payment = paid()
    for one in asked:
        payment = payment.with_refund(one)
    assert refund_limits.given_alone(payment) == 120
    assert [refund_limits.is_by_staff(one) for one in asked] == [True, True, True, False]
    assert refund_limits.counted_at(payment, asked[0]) == ("abcdefghcase", "staff:a#20261207")


def test_a_days_sums_are_what_came_and_what_went() -> None:
    before = paid()
    refund = Refund("a", 300, "x", "staff:a", MONDAY)
    gone = before.with_refund(refund.to(RefundStatus.SUCCEEDED, MONDAY))
    back = gone.with_refund(gone.refunds[0].to(RefundStatus.FAILED, MONDAY))
    sums = movements.no_sums()
    assert sums == {"in": 0, "out": 0, "their_in": 0, "their_out": 0}
    for old, new in ((fresh(), before), (before, gone), (gone, back), (back, back)):
        for moved in movements_between(old, new):
            movements.add(sums, moved)
    # What came back of a refund came to us once more.
    assert (sums["in"], sums["out"]) == (1300, 300)


def test_no_sdk_is_imported_until_it_is_used() -> None:
    code = (
        "import sys, app; from functions import entry; entry.follow_up;"
        "print(sorted({'stripe', 'wechatpayv3', 'fpdf', 'requests', 'segno'} & set(sys.modules)))"
    )
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"
