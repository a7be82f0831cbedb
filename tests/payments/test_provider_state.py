"""What a provider says of a payment or a refund, and what that makes of it, case by case."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.money import Money
from chalicelib.payments.domain import provider_state, refund_limits
from chalicelib.payments.domain.errors import NoSuchTransition
from chalicelib.payments.domain.movements import (
    Movement,
    add,
    changed_refunds,
    is_first_money,
    movements_between,
    no_sums,
)
from chalicelib.payments.domain.payments import Payment, PaymentStatus
from chalicelib.payments.domain.provider_state import (
    ExternalRefund,
    ProviderState,
    apply_refund,
    external_refund_id,
    is_external,
    is_refund_id,
    refund_waits,
)
from chalicelib.payments.domain.refunds import ProviderRefundState, RefundStatus
from tests.payments.made import FEE, HOUR, MONDAY, SECOND, asked, fresh, late, paid, refunded

LATER = MONDAY + HOUR
OPEN = ["created", "pending", "processing"]
WORDS = ["unknown", "pending", "processing", "failed", "cancelled"]
ENDS = ["succeeded", "failed", "cancelled", "expired"]
REFUND_STATES: list[ProviderRefundState] = ["unknown", "pending", "abnormal", "succeeded", "failed"]


def heard(payment: Payment, word: Any, now: datetime = LATER, **said: Any) -> tuple[Payment, Any]:
    """Return what a provider's word makes of a payment, and the types of what happened."""
    end, account = said.pop("end", None), said.pop("account", None)
    state = ProviderState(word, **said)
    outcome = provider_state.apply(payment, state, now, account=account, end=end)
    return outcome.payment, [one.type for one in outcome.events]


# From which status a word leads where; where nothing is said the payment stays.
@pytest.mark.parametrize(("old", "word"), [*itertools.product(OPEN, WORDS)])
def test_an_open_payment_goes_where_its_provider_says(old: str, word: str) -> None:
    payment, types = heard(fresh(status=PaymentStatus(old)), word)
    # Only the answer to its start makes a payment pending.
    stays = word in {"unknown", "pending", old}
    assert payment.status == (old if stays else word)
    assert types == ([] if stays else [f"payment.{word}"])


@pytest.mark.parametrize(
    ("old", "word", "end"),
    [*itertools.product(OPEN, ["unknown", "cancelled", "failed"], ["expired", "cancelled"])],
)
def test_what_we_closed_ends_as_we_meant_it(old: str, word: str, end: str) -> None:
    payment, types = heard(fresh(status=PaymentStatus(old)), word, end=PaymentStatus(end))
    assert (payment.status, types) == (end, [f"payment.{end}"])
    assert payment.ended_at == LATER


@pytest.mark.parametrize("word", ["pending", "processing"])
def test_what_the_provider_has_not_closed_goes_on(word: str) -> None:
    old = fresh(status=PaymentStatus.PROCESSING)
    payment, types = heard(old, word, end=PaymentStatus.EXPIRED)
    assert (payment.status, types) == (PaymentStatus.PROCESSING, [])


@pytest.mark.parametrize(
    ("old", "word"), [*itertools.product(ENDS, ["unknown", "pending", "failed", "cancelled"])]
)
def test_an_end_is_never_left(old: str, word: str) -> None:
    payment, types = heard(fresh(status=PaymentStatus(old)), word, end=PaymentStatus.CANCELLED)
    assert (payment.status, types) == (old, [])


def test_the_providers_own_id_is_learnt_once() -> None:
    known, _ = heard(fresh(), "pending", reference="pi_1")
    assert known.reference == "pi_1"
    assert heard(known, "processing", reference="pi_2")[0].reference == "pi_1"
    assert heard(known, "processing")[0].reference == "pi_1"


@pytest.mark.parametrize("old", OPEN)
def test_its_money_makes_a_payment_succeed(old: str) -> None:
    payment, types = heard(
        fresh(status=PaymentStatus(old)), "succeeded", received=FEE, received_at=MONDAY
    )
    assert (payment.status, payment.received, types) == ("succeeded", 1000, ["payment.succeeded"])
    assert (payment.received_at, payment.ended_at) == (MONDAY, LATER)
    assert heard(payment, "succeeded", received=FEE) == (payment, [])


def test_a_receipt_is_told_with_the_success() -> None:
    state = ProviderState("succeeded", received=FEE)
    outcome = provider_state.apply(fresh(), state, LATER, account=None)
    assert outcome.events[0].facts == {"receipt": outcome.payment.receipt_number}


@pytest.mark.parametrize(
    ("said", "kept"),
    [(None, LATER), (MONDAY, MONDAY), (LATER, LATER), (LATER + SECOND, LATER)],
)
def test_money_did_not_come_in_the_future(said: datetime | None, kept: datetime) -> None:
    assert heard(fresh(), "succeeded", received=FEE, received_at=said)[0].received_at == kept
    held, _ = heard(fresh(), "succeeded", received=Money(1), received_at=said)
    assert held.unmatched
    assert held.unmatched.at == kept


@pytest.mark.parametrize("end", ["failed", "cancelled", "expired"])
def test_money_after_an_end_is_late_and_changes_no_end(end: str) -> None:
    payment, types = heard(fresh(status=PaymentStatus(end)), "succeeded", received=FEE)
    assert (payment.status, payment.late, types) == (end, True, ["payment.received_late"])


@pytest.mark.parametrize(
    ("received", "account", "reason"),
    [
        (None, None, "wrong_amount"),
        (Money(999), None, "wrong_amount"),
        (Money(1001), None, "wrong_amount"),
        (Money(1000, "hkd"), None, "wrong_currency"),
        (Money(999, "hkd"), "acct_2", "wrong_amount"),
        (Money(1000), "acct_2", "wrong_account"),
        (Money(1000), "acct_1", None),
        (Money(1000), None, None),
    ],
)
@pytest.mark.parametrize("old", ["pending", "expired"])
def test_other_money_than_was_asked_for_is_never_believed(
    old: str, received: Money | None, account: str | None, reason: str | None
) -> None:
    payment = fresh(status=PaymentStatus(old))
    told = {"received": received, "account": account}
    state = ProviderState("succeeded", **told)  # type: ignore[arg-type]
    outcome = provider_state.apply(payment, state, LATER, account="acct_1")
    if reason is None:
        assert outcome.payment.received == 1000
        assert outcome.payment.unmatched is None
        return
    assert (outcome.payment.status, outcome.payment.received) == (old, 0)
    money = received or Money(0)
    [event] = outcome.events
    assert (event.type, event.facts) == (
        "payment.held",
        {
            "reason": reason,
            "held_amount": str(money.cents),
            "held_currency": money.currency,
        },
    )
    # The same again is no news; another sum is.
    assert not provider_state.apply(outcome.payment, state, LATER, account="acct_1").events
    other = replace(state, received=Money(5))
    assert provider_state.apply(outcome.payment, other, LATER, account="acct_1").events


def test_the_right_money_takes_the_place_of_what_was_held() -> None:
    held, _ = heard(fresh(), "succeeded", received=Money(5))
    payment, types = heard(held, "succeeded", received=FEE)
    assert (payment.unmatched, payment.received, types) == (None, 1000, ["payment.succeeded"])


# What each word makes of a refund in each status; what is not named stays.
MOVED = {
    ("pending", "succeeded"): "succeeded",
    ("pending", "failed"): "failed",
    ("succeeded", "failed"): "failed",
    # It went to nobody: the money is with us again.
    ("succeeded", "abnormal"): "failed",
}


@pytest.mark.parametrize(
    ("status", "word"), [*itertools.product(["pending", "succeeded", "failed"], REFUND_STATES)]
)
def test_a_refund_goes_where_its_provider_says(status: str, word: ProviderRefundState) -> None:
    refund = asked(1000)
    if status != "pending":
        refund = refund.to(RefundStatus(status), MONDAY)
    payment = paid().with_refund(refund)
    outcome = apply_refund(payment, refund, word, LATER)
    [after], types = outcome.payment.refunds, [one.type for one in outcome.events]
    if (status, word) == ("pending", "abnormal"):
        assert (after.status, after.trouble) == (RefundStatus.PENDING, "ABNORMAL")
        assert types == ["payment.refund_waits"]
        return
    moved = MOVED.get((status, word))
    if moved is None:
        assert (outcome.payment, types) == (payment, [])
        return
    assert (after.status, after.ended_at, types) == (moved, LATER, [f"payment.refund_{moved}"])
    facts = outcome.events[0].facts
    came_back = status == "succeeded"
    assert (after.returned, facts.get("returned")) == (came_back, "yes" if came_back else None)
    assert facts["given_back"] == ("whole" if moved == "succeeded" else "part")
    assert "vendor_code" not in facts


def test_a_refund_that_goes_at_last_says_what_had_kept_it() -> None:
    refund = asked(300, trouble="NOT_ENOUGH")
    payment = paid().with_refund(refund)
    outcome = apply_refund(payment, refund, "succeeded", LATER)
    assert outcome.events[0].facts["vendor_code"] == "NOT_ENOUGH"
    assert outcome.payment.refunds[0].trouble is None


def test_a_trouble_is_told_once_and_of_what_still_waits_alone() -> None:
    refund = asked(300)
    outcome = refund_waits(paid().with_refund(refund), refund, "NOT_ENOUGH")
    [waits] = outcome.payment.refunds
    assert (waits.trouble, outcome.events[0].type) == ("NOT_ENOUGH", "payment.refund_waits")
    assert outcome.events[0].facts["vendor_code"] == "NOT_ENOUGH"
    assert not refund_waits(outcome.payment, waits, "NOT_ENOUGH").events
    assert refund_waits(outcome.payment, waits, "OTHER").events
    done = refund.to(RefundStatus.FAILED, MONDAY)
    assert not refund_waits(paid().with_refund(done), done, "OTHER").events


def test_a_providers_word_counts_for_refunds_that_we_know() -> None:
    payment = paid().with_refund(asked(300))
    payment, types = heard(payment, "unknown", refunds={"other": "failed", "refund-1": "succeeded"})
    assert (payment.refunded, types) == (300, ["payment.refund_succeeded"])


@pytest.mark.parametrize(("status", "approved"), [("pending", False), ("succeeded", True)])
def test_a_refunds_fields_follow_its_steps(status: str, *, approved: bool) -> None:
    refund = asked(needs_approval=True, approved_by="staff:b" if approved else None)
    assert refund.approved is approved
    assert asked().approved
    assert (asked().needs_approval, asked().status, asked().returned) == (False, "pending", False)
    if status == "succeeded":
        went = refund.to(RefundStatus.SUCCEEDED, MONDAY)
        assert (went.ended_at, went.went_at, went.returned) == (MONDAY, MONDAY, False)
        back = went.to(RefundStatus.FAILED, LATER)
        assert (back.ended_at, back.went_at, back.returned) == (LATER, MONDAY, True)
    never = refund.to(RefundStatus.FAILED, LATER)
    assert (never.ended_at, never.went_at, never.returned) == (LATER, None, False)
    with pytest.raises(NoSuchTransition, match="failed → succeeded"):
        never.to(RefundStatus.SUCCEEDED, LATER)


@pytest.mark.parametrize(
    ("refund_id", "ours"),
    [
        ("abcdefgh1234567Z12345678", True),
        ("abcdefgh1234567Zabcdefgh", True),
        ("abcdefgh1234567Z1234567", False),
        ("abcdefgh1234567Z123456789", False),
        ("abcdefgh1234567Z1234567-", False),
        ("abcdefgh1234568Z12345678", False),
        ("", False),
    ],
)
def test_our_refunds_are_told_by_their_number(refund_id: str, *, ours: bool) -> None:
    assert is_refund_id("abcdefgh1234567Z", refund_id) is ours


def external(cents: int = 400, currency: str = "cny", at: datetime = MONDAY) -> ExternalRefund:
    return ExternalRefund("re_1", Money(cents, currency), "chargeback", at)


def test_what_went_without_us_is_written_down_as_gone() -> None:
    payment, types = heard(paid(), "unknown", outside=[external()])
    [refund] = payment.refunds
    assert (refund.status, refund.amount, refund.reason) == ("succeeded", 400, "chargeback")
    assert (refund.asked_at, refund.sent_at, refund.ended_at, refund.went_at) == (MONDAY,) * 4
    assert refund.asked_by == "provider:stripe"
    assert is_external(refund)
    assert not is_external(asked())
    assert is_refund_id(payment.payment_id, refund.refund_id)
    assert refund.refund_id == external_refund_id(payment, external(900))
    assert types == ["payment.refund_succeeded"]
    assert heard(paid(), "unknown", outside=[external(at=LATER + SECOND)])[0].refunds[
        0
    ].asked_at == (LATER)


@pytest.mark.parametrize(
    ("payment", "went"),
    [
        (fresh(), external()),
        (paid(), external(0)),
        (paid(), external(currency="hkd")),
        (paid(), external(currency="aud")),
        (heard(paid(), "unknown", outside=[external()])[0], external(400)),
    ],
)
def test_what_cannot_have_gone_is_not_written_down(payment: Payment, went: ExternalRefund) -> None:
    assert heard(payment, "unknown", outside=[went]) == (payment, [])


def test_who_gives_back_alone_is_counted() -> None:
    alone = asked(100, refund_id="1")
    second = asked(200, refund_id="2", needs_approval=True, approved_by="staff:b")
    rule = asked(400, refund_id="3", asked_by="rule:late")
    bank = asked(50, refund_id="4", asked_by="provider:stripe", needs_approval=True)
    payment = paid()
    for one in (alone, second, rule, bank):
        payment = payment.with_refund(one)
    assert refund_limits.given_alone(payment) == 100
    # What failed counts all the same: else a limit could be used again and again.
    failed = payment.with_refund(alone.to(RefundStatus.FAILED, MONDAY))
    assert refund_limits.given_alone(failed) == 100
    by_staff = [refund_limits.is_by_staff(one) for one in (alone, second, rule, bank)]
    is_alone = [refund_limits.is_alone(one) for one in (alone, second, rule, bank)]
    assert (by_staff, is_alone) == ([True, True, False, False], [True, False, False, False])


@pytest.mark.parametrize(
    ("at", "day"),
    [("2026-12-07T15:59:59+00:00", "20261207"), ("2026-12-07T16:00:00+00:00", "20261208")],
)
def test_a_limit_counts_by_case_and_by_day_in_shanghai(at: str, day: str) -> None:
    refund = asked(asked_at=datetime.fromisoformat(at))
    assert refund_limits.counted_at(paid(), refund) == ("abcdefghcase", f"staff:a#{day}")


def test_money_moves_once_by_each_change() -> None:
    assert is_first_money(fresh(), paid())
    assert is_first_money(fresh(), replace(paid(), received=1))
    assert not is_first_money(paid(), paid())
    assert not is_first_money(fresh(), fresh())
    assert movements_between(paid(), paid()) == ()
    [came] = movements_between(fresh(), paid())
    assert came == Movement(
        *("in", "abcdefgh1234567Z", "stripe", "hall-330200", "passport-issue", "card"),
        *(FEE, MONDAY),
    )
    assert came.came
    old, new = refunded(1), refunded(1, 2)
    assert changed_refunds(old, new) == (new.refunds[1],)
    [went] = movements_between(old, new)
    assert (went.what, went.amount, went.came) == ("refund-1", Money(2), False)
    assert not replace(went, what="abcdefgh1234567Z12345678").came


def test_a_refund_that_fails_before_it_went_moves_nothing() -> None:
    waits = paid().with_refund(asked())
    failed = waits.with_refund(asked().to(RefundStatus.FAILED, LATER))
    assert movements_between(waits, failed) == ()
    gone = waits.with_refund(asked().to(RefundStatus.SUCCEEDED, MONDAY))
    back = gone.with_refund(gone.refunds[0].to(RefundStatus.FAILED, LATER))
    [moved] = movements_between(gone, back)
    assert (moved.what, moved.at, moved.came) == ("+refund-1", LATER, True)


def test_a_days_sums_are_of_what_came_and_what_went() -> None:
    sums = no_sums()
    assert sums == {"in": 0, "out": 0, "their_in": 0, "their_out": 0}
    for moved in (*movements_between(fresh(), paid()), *movements_between(paid(), refunded(1, 2))):
        add(sums, moved)
    assert sums == {"in": 1000, "out": 3, "their_in": 0, "their_out": 0}


def test_money_that_came_late_keeps_the_payments_end() -> None:
    assert late().ended_at == MONDAY
    assert late().received_at == MONDAY
    assert timedelta(0) == MONDAY - late().created_at
