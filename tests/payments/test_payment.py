"""A payment's transition table, its sums, and when its provider is asked again."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.core.four_eyes import Word
from chalicelib.core.money import Money
from chalicelib.payments.domain import errors, payments
from chalicelib.payments.domain.errors import NoSuchTransition, RefundTooLarge
from chalicelib.payments.domain.fees import fee_status
from chalicelib.payments.domain.payments import (
    EVENT_OF,
    Payment,
    PaymentStatus,
    entry_facts,
    is_payment_id,
    next_ask,
    refund_facts,
    reserve,
)
from chalicelib.payments.domain.refunds import RefundStatus
from chalicelib.payments.domain.unmatched import UnmatchedMoney
from tests.payments.made import (
    FEE,
    HOUR,
    MINUTE,
    MONDAY,
    SECOND,
    asked,
    fresh,
    late,
    paid,
    refunded,
)

ENDS = {"succeeded", "failed", "cancelled", "expired"}
# docs/payments.md: where a payment may go from each status.
TABLE = {
    "created": ENDS | {"pending", "processing"},
    "pending": ENDS | {"processing"},
    "processing": ENDS | {"pending"},
}
OPEN = [PaymentStatus.CREATED, PaymentStatus.PENDING, PaymentStatus.PROCESSING]
CLOSED = [PaymentStatus(end) for end in sorted(ENDS)]


@pytest.mark.parametrize(("old", "new"), [*itertools.product(PaymentStatus, PaymentStatus)])
def test_a_payment_goes_where_its_table_says_alone(old: PaymentStatus, new: PaymentStatus) -> None:
    payment = fresh(status=old, sealed_action="sealed")
    assert payment.finished is (old.value in ENDS)
    if new.value not in TABLE.get(old.value, ()):
        with pytest.raises(NoSuchTransition, match=f"{old} → {new}"):
            payment.to(new, MONDAY)
        return
    moved = payment.to(new, MONDAY)
    ended = new.value in ENDS
    assert (moved.status, moved.ended_at) == (new, MONDAY if ended else None)
    # What the phone was to do is forgotten when there is nothing more to do.
    assert moved.sealed_action == (None if ended else "sealed")


def test_each_status_has_the_event_of_its_name() -> None:
    assert {status: f"payment.{status}" for status in PaymentStatus} == EVENT_OF


@pytest.mark.parametrize(
    ("number", "ours"),
    [
        ("abcdefgh1234567Z", True),
        ("ABCDEFGH1234567z", True),
        ("abcdefgh1234567z", False),
        ("ABCDEFGH1234567Z", False),
        ("abcdefgh123456Z", False),
        ("abcdefgh12345678Z", False),
        ("abcdefgh123456-Z", False),
        ("abcdefgh1234567Z\n", False),
        ("4200001234567890", False),
        ("", False),
    ],
)
def test_our_numbers_are_told_from_a_providers(number: str, *, ours: bool) -> None:
    assert is_payment_id(number) is ours


def test_a_payment_begins_with_nothing_received_and_names_who_pays() -> None:
    payment = fresh()
    assert (payment.status, payment.version, payment.ledger) == (PaymentStatus.CREATED, 1, ())
    assert (payment.received, payment.refunded, payment.refund_pending) == (0, 0, 0)
    assert (payment.refunds, payment.refundable, payment.late) == ((), 0, False)
    assert payment.citizen_id == "abcdefgh"
    assert payment.subject_id == payment.payment_id == "abcdefgh1234567Z"
    assert len(payment.payment_id) == payments.PAYMENT_ID_LENGTH
    times = (payments.LIVES, payments.ASK_AFTER, payments.YOUNG)
    assert times == (30 * MINUTE, 10 * SECOND, 5 * MINUTE)


@pytest.mark.parametrize(
    ("payment", "is_late"),
    [(fresh(), False), (paid(), False), (fresh(status=PaymentStatus.EXPIRED), False)]
    + [(late(status), True) for status in CLOSED if status is not PaymentStatus.SUCCEEDED],
)
def test_money_after_another_end_than_success_is_late(payment: Payment, *, is_late: bool) -> None:
    assert payment.late is is_late


def test_money_comes_with_a_receipt_of_its_day_in_shanghai() -> None:
    evening = datetime.fromisoformat("2026-12-07T16:00:00+00:00")
    numbers = [
        fresh().with_money(Money(7), at).receipt_number or ""
        for at in (evening - SECOND, evening, evening)
    ]
    assert [one[:9] for one in numbers] == ["20261207-", "20261208-", "20261208-"]
    assert len(numbers[1]) == 19
    assert numbers[1] == numbers[2]
    assert numbers[0][9:] == numbers[1][9:]
    other = fresh(payment_id="abcdefgh1234568Z").with_money(Money(7), evening)
    assert other.receipt_number != numbers[1]
    assert (other.received, other.received_at) == (7, evening)


def test_refunds_stand_in_the_order_in_which_they_were_asked_for() -> None:
    first, second = asked(1, refund_id="b"), asked(2, refund_id="a", asked_at=MONDAY + SECOND)
    third = asked(4, refund_id="c", asked_at=MONDAY + SECOND)
    payment = paid().with_refund(third).with_refund(first).with_refund(second)
    assert [one.refund_id for one in payment.refunds] == ["b", "a", "c"]
    assert (payment.refund_pending, payment.refunded, payment.refundable) == (7, 0, 993)
    went = payment.with_refund(second.to(RefundStatus.SUCCEEDED, MONDAY))
    assert (went.refund_pending, went.refunded, went.refundable) == (5, 2, 993)
    failed = went.with_refund(first.to(RefundStatus.FAILED, MONDAY))
    assert (failed.refund_pending, failed.refunded, failed.refundable) == (4, 2, 994)
    assert failed.refund("a") == second.to(RefundStatus.SUCCEEDED, MONDAY)
    assert failed.refund("d") is None


@pytest.mark.parametrize(("cents", "fits"), [(0, False), (1, True), (600, True), (601, False)])
def test_a_sum_is_set_aside_while_it_is_left(cents: int, *, fits: bool) -> None:
    payment = paid().with_refund(asked(400, refund_id="before"))
    if fits:
        assert reserve(payment, asked(cents)).refund_pending == 400 + cents
        return
    with pytest.raises(RefundTooLarge) as refused:
        reserve(payment, asked(cents))
    assert refused.value.extra == {"available": {"cents": 600, "currency": "cny"}}


def test_what_a_bank_took_beyond_what_came_leaves_nothing_to_give_back() -> None:
    assert replace(paid(), refunded=1400).refundable == 0


def test_money_that_staff_accepted_keeps_its_own_currency() -> None:
    money = UnmatchedMoney("wrong_currency", Money(900, "hkd"), MONDAY)
    held = fresh(unmatched=money)
    assert (held.currency, held.undecided) == ("cny", money)
    decided = replace(money, decided=Word("accept", "staff:b", MONDAY, "x"))
    accepted = replace(held, unmatched=decided, received=900)
    assert (accepted.currency, accepted.undecided) == ("hkd", None)
    assert fresh().undecided is None


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(0), MINUTE),
        (MINUTE, MINUTE),
        (5 * MINUTE, 5 * MINUTE),
        # What lives no longer is asked about when its time is up, and soon after.
        (20 * MINUTE, 10 * MINUTE),
        (30 * MINUTE - SECOND, 10 * SECOND),
        (3 * HOUR, 10 * SECOND),
    ],
)
@pytest.mark.parametrize("status", OPEN)
def test_an_open_payment_is_asked_about_after_twice_its_age(
    status: PaymentStatus, age: timedelta, pause: timedelta
) -> None:
    now = MONDAY + age
    assert next_ask(fresh(status=status), now) == now + pause


@pytest.mark.parametrize(
    ("age", "pause"),
    [(timedelta(0), MINUTE), (2 * HOUR, 2 * HOUR), (6 * HOUR, 6 * HOUR), (9 * HOUR, 6 * HOUR)],
)
def test_a_refund_that_waits_is_asked_about_until_it_ends(age: timedelta, pause: timedelta) -> None:
    now = MONDAY + age
    old = asked(100, refund_id="old", asked_at=MONDAY - HOUR)
    payment = paid().with_refund(old).with_refund(asked(100))
    # Its age is that of the youngest.
    assert next_ask(payment, now) == now + pause
    done = payment.with_refund(asked(100).to(RefundStatus.SUCCEEDED, now))
    done = done.with_refund(old.to(RefundStatus.FAILED, now))
    assert next_ask(done, now) is None


@pytest.mark.parametrize("end", CLOSED)
def test_a_refund_without_its_second_person_is_not_asked_about(end: PaymentStatus) -> None:
    refund = asked(100, needs_approval=True)
    waits = fresh(status=end, received=1000).with_refund(refund)
    assert next_ask(waits, MONDAY) is None
    agreed = waits.with_refund(replace(refund, approved_by="staff:b"))
    assert next_ask(agreed, MONDAY) == MONDAY + MINUTE


@pytest.mark.parametrize(
    ("payments_of_fee", "status"),
    [
        ([], "unpaid"),
        ([fresh(status=PaymentStatus.FAILED)], "unpaid"),
        ([late()], "unpaid"),
        ([late(), fresh()], "pending"),
        *(([fresh(status=status)], "pending") for status in OPEN),
        ([paid()], "paid"),
        ([paid(), fresh()], "paid"),
        ([refunded(1)], "partly_refunded"),
        ([refunded(400, 599)], "partly_refunded"),
        ([refunded(1000)], "refunded"),
        ([refunded(400, 600)], "refunded"),
        ([refunded(1000), fresh()], "pending"),
        ([refunded(1000), paid()], "paid"),
        ([refunded(1000), refunded(1)], "partly_refunded"),
        ([refunded(1), paid()], "paid"),
        # A fee of nothing is paid by nothing.
        ([fresh(status=PaymentStatus.SUCCEEDED)], "paid"),
    ],
)
def test_what_the_payments_of_a_fee_come_to(payments_of_fee: list[Payment], status: str) -> None:
    assert fee_status(payments_of_fee) == status
    assert fee_status(iter(reversed(payments_of_fee))) == status


def test_entries_say_ids_and_sums() -> None:
    assert entry_facts(fresh()) == {
        "case": "abcdefghcase",
        "service": "passport-issue",
        "office": "hall-330200",
        "status": "created",
        "method": "card",
        "amount": "1000",
        "currency": "cny",
    }
    visit = fresh(kind="appointment", subject="abcdefghseat", received=900)
    facts = entry_facts(visit)
    assert (facts["appointment"], facts["amount"], "case" in facts) == (
        *("abcdefghseat", "900"),
        False,
    )


@pytest.mark.parametrize(("cents", "given_back"), [(1, "part"), (999, "part"), (1000, "whole")])
def test_entries_of_a_refund_say_whether_the_whole_went(cents: int, given_back: str) -> None:
    payment = refunded(cents)
    assert refund_facts(payment, payment.refunds[0]) == {
        "refund": "refund-0",
        "refund_amount": str(cents),
        "refunded": str(cents),
        "given_back": given_back,
    }


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.AlreadyPaid, 409, "already_paid"),
        (errors.PaymentInProgress, 409, "payment_in_progress"),
        (errors.NothingToPay, 409, "nothing_to_pay"),
        (errors.MethodNotServed, 422, "method_not_served"),
        (errors.PayerUnknown, 409, "payer_unknown"),
        (errors.PaymentProviderDown, 503, "payment_provider_unavailable"),
        (errors.RefundTooLarge, 409, "refund_too_large"),
    ],
)
def test_what_stands_in_the_way_is_told_by_its_own_code(
    error: type[errors.AlreadyPaid], status: int, code: str
) -> None:
    assert (error.status, error.code) == (status, code)


def test_the_fee_is_in_yuan_unless_said_otherwise() -> None:
    assert Money(1000, "cny") == FEE
