"""Bills' numbers, sums, days and states, as rules of values."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.payments.bills.domain.bill import Bill, BillMoney, BillStatus
from chalicelib.payments.bills.domain.numbers import (
    check_digit,
    difference_number,
    is_bill_number,
)
from chalicelib.payments.bills.domain.settlement import Reckoned, reckon, to_give_back
from chalicelib.payments.bills.domain.terms import (
    Item,
    LateFee,
    Order,
    Statement,
    Terms,
    day_of,
)

DUE = date(2026, 12, 20)
MORNING = datetime(2026, 12, 1, 1, tzinfo=UTC)
TERMS = Terms("fine", "停车", (Item("罚款", 20000),), DUE, LateFee(30_000, 20000), None, "hash")
BILL = Bill("b" * 20, "3" * 20, "police", "hall", TERMS, Order(1, 0, "a"), MORNING, version=1)
PAID = replace(BILL, money=BillMoney(None, "p1", 20000, date(2026, 12, 2), 20000, 0, 2))


@pytest.mark.parametrize(("digits", "check"), [("7992739871", "3"), ("0", "0"), ("1", "8")])
def test_a_check_digit_is_luhns(digits: str, check: str) -> None:
    assert check_digit(digits) == check


@given(st.from_regex(r"[0-9]{19}", fullmatch=True), st.integers(0, 19), st.integers(1, 9))
def test_a_digit_typed_wrong_is_seen(digits: str, at: int, by: int) -> None:
    number = digits + check_digit(digits)
    assert is_bill_number(number)
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    assert not is_bill_number(wrong)


@pytest.mark.parametrize("number", ["", "1", "3" * 19, "3" * 21, "x" * 20, "３" * 20, "\n" * 20])
def test_what_has_no_twenty_digits_is_no_number(number: str) -> None:
    assert not is_bill_number(number)


@given(st.integers(0, 10**30))
def test_a_difference_has_a_number_of_ours(digits: int) -> None:
    number = difference_number(digits)
    assert is_bill_number(number)
    assert number.startswith("99")
    # Two large numbers lead to one number only where their ends are the same.
    assert number[2:-1] == f"{digits:017}"[-17:]


@pytest.mark.parametrize(
    ("day", "fee"),
    [
        (date(2026, 12, 1), 0),
        (DUE, 0),
        (date(2026, 12, 21), 600),
        (date(2026, 12, 31), 6600),
        (date(2027, 1, 1), 7200),
        (date(2027, 1, 22), 19800),
        (date(2027, 1, 23), 20000),
        (date(2030, 1, 1), 20000),
    ],
)
def test_a_late_fee_grows_by_the_day_up_to_its_cap(day: date, fee: int) -> None:
    assert TERMS.late_fee_on(day) == fee
    assert TERMS.amount_on(day) == 20000 + fee
    assert replace(TERMS, late_fee=None).amount_on(day) == 20000


def test_a_late_fee_is_rounded_down() -> None:
    terms = replace(TERMS, items=(Item("a", 333), Item("b", 0)), late_fee=LateFee(500, 10**6))
    assert [terms.late_fee_on(date(2026, 12, 20 + day)) for day in (1, 6, 7)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 16, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_a_day_ends_at_midnight_in_shanghai(moment: datetime, day: date) -> None:
    assert day_of(moment) == day


def test_a_bill_is_overdue_from_the_midnight_after_its_last_day() -> None:
    before, after = (datetime(2026, 12, 20, hour, tzinfo=UTC) for hour in (15, 16))
    assert [BILL.status(at) for at in (before, after)] == [BillStatus.OPEN, BillStatus.OVERDUE]
    assert [BILL.amount(at) for at in (before, after)] == [20000, 20600]
    assert [BILL.late_fee(at) for at in (before, after)] == [0, 600]


def test_money_decides_what_a_bill_is() -> None:
    late = datetime(2027, 1, 5, tzinfo=UTC)
    paying = replace(BILL, money=BillMoney("p1", None, 20000, DUE, revision=1))
    back = replace(PAID, money=replace(PAID.money, refunded=20000))
    part = replace(PAID, money=replace(PAID.money, refunded=19999))
    seen = [one.status(late) for one in (paying, PAID, part, back)]
    assert seen == ["in_payment", "paid", "paid", "refunded"]
    seen = [replace(one, cancelled=True).status(late) for one in (BILL, paying, PAID, back)]
    assert seen == ["cancelled", "cancelled", "cancelled", "refunded"]
    # What a payment froze does not grow, nor what it froze for being late.
    behind = replace(paying.money, amount=20600, frozen_on=date(2026, 12, 21))
    assert replace(BILL, money=behind).late_fee(late) == 600
    # The day that a payment which was given up had frozen is none.
    assert replace(BILL, money=replace(behind, paying=None)).late_fee(late) == 9600
    assert [one.amount(late) for one in (paying, PAID, part)] == [20000] * 3
    assert paying.late_fee(late) == 0
    assert (PAID.shown_version, BILL.shown_version) == (3, 1)


def statement(sequence: int, act: str = "changed", cents: int = 100) -> Statement:
    terms = replace(TERMS, items=(Item("罚款", cents),))
    return Statement(f"bill.{act}", sequence, terms, str(cents))  # type: ignore[arg-type]


def heard(statements: tuple[Statement, ...]) -> Bill:
    first = statements[0]
    bill = replace(BILL, version=0, terms=first.terms, order=first.order)
    for one in statements:
        bill = replace(bill.stated(one), version=1)
    return bill


@pytest.mark.parametrize(
    "statements",
    [
        [statement(1, "created"), statement(2, cents=7), statement(3, "cancelled")],
        [statement(1, "created"), statement(2, "cancelled"), statement(3, cents=9)],
        [statement(1, "created"), statement(1, cents=8), statement(1, cents=9)],
        [statement(4, cents=8), statement(4, "created", cents=8), statement(2, cents=3)],
    ],
)
def test_statements_lead_to_the_same_in_any_order_and_doubled(
    statements: list[Statement],
) -> None:
    ends = {heard((*order, *doubled)) for order in permutations(statements) for doubled in [order]}
    assert len(ends) == 1
    [end] = ends
    assert end.order == max(one.order for one in statements)
    assert end.cancelled == any(one.type == "bill.cancelled" for one in statements)


def types(reckoned: Reckoned) -> list[str]:
    return [event.type for event in reckoned.events]


def test_nothing_is_noted_of_a_bill_that_was_not_paid() -> None:
    for bill in (BILL, replace(BILL, cancelled=True)):
        assert reckon(bill) == Reckoned(bill)
        assert to_give_back(bill) == 0


def test_a_bill_of_which_nothing_was_said_has_no_money_and_told_nothing() -> None:
    new = Bill("b" * 20, "3" * 20, "police", "hall", TERMS, Order(1, 0, "a"), MORNING)
    assert (new.subject_id, new.version, new.shown_version) == ("b" * 20, 0, 0)
    assert (new.owed, new.differences, new.told_back, new.messages) == (0, 0, 0, 0)
    money = new.money
    assert (money.amount, money.received, money.refunded, money.is_back) == (0, 0, 0, False)
    # Whatever is said first holds, whatever its number.
    early = replace(statement(0), sequence=-1)
    assert new.stated(early).terms == early.terms


def test_of_two_statements_with_one_number_the_later_in_a_bills_life_holds() -> None:
    acts = ("created", "changed", "cancelled")
    orders = [replace(statement(1, act), digest="z"[: act == "created"]).order for act in acts]
    assert orders == sorted(orders)
    assert statement(2, "created").order > statement(1, "cancelled").order


def test_what_was_paid_is_told_once() -> None:
    noted = reckon(PAID)
    assert types(noted) == ["bill.paid"]
    [told] = noted.told
    assert (told.number, told.type) == (1, "bill.paid")
    assert told.data == {
        "bill_number": BILL.bill_number,
        "amount": {"cents": 20000, "currency": "cny"},
    }
    assert (noted.bill.settled, noted.bill.messages) == (20000, 1)
    assert reckon(noted.bill) == Reckoned(noted.bill)


@pytest.mark.parametrize(
    ("cents", "settled", "owed", "differences"),
    [(20000, 20000, 0, 0), (15000, 15000, 0, 0), (0, 0, 0, 0), (20001, 20000, 1, 1)],
)
def test_what_was_changed_after_it_was_paid_differs(
    cents: int, settled: int, owed: int, differences: int
) -> None:
    noted = reckon(PAID).bill
    changed = replace(noted, terms=replace(TERMS, items=(Item("罚款", cents),)))
    differing = reckon(changed)
    assert types(differing) == (["bill.differed"] if cents != 20000 else [])
    new = differing.bill
    assert (new.settled, new.owed, new.differences) == (settled, owed, differences)
    assert to_give_back(new) == 20000 - settled
    assert reckon(new) == Reckoned(new)
    # The same comes of it when the payment is noted only now.
    assert reckon(replace(PAID, terms=changed.terms)).bill == new


def test_a_change_counts_the_late_fee_of_the_day_of_the_payment() -> None:
    late = replace(PAID.money, frozen_on=date(2026, 12, 22), amount=21200)
    noted = reckon(replace(PAID, money=late)).bill
    assert noted.settled == 21200
    extended = replace(noted, terms=replace(TERMS, due_on=date(2026, 12, 21)))
    assert to_give_back(reckon(extended).bill) == 600


def test_a_difference_that_is_gone_and_comes_again_is_another_bill() -> None:
    bill = reckon(PAID).bill
    serials = []
    for cents in (25000, 26000, 20000, 24000, 10000, 12000):
        bill = reckon(replace(bill, terms=replace(TERMS, items=(Item("罚款", cents),)))).bill
        serials.append((bill.owed, bill.differences))
    assert serials == [(5000, 1), (6000, 1), (0, 1), (4000, 2), (0, 2), (2000, 3)]
    assert bill.settled == 10000


def test_what_is_cancelled_after_it_was_paid_goes_back_and_is_told() -> None:
    cancelled = reckon(replace(reckon(PAID).bill, cancelled=True)).bill
    assert to_give_back(cancelled) == 20000
    back = reckon(replace(cancelled, money=replace(PAID.money, refunded=20000, revision=3)))
    assert types(back) == ["bill.refunded"]
    assert back.told[0].data["amount_refunded"] == {"cents": 20000, "currency": "cny"}
    assert reckon(back.bill) == Reckoned(back.bill)


def test_nothing_more_is_asked_of_who_got_everything_back() -> None:
    noted = reckon(PAID).bill
    back = replace(noted, money=replace(PAID.money, refunded=20000))
    dearer = replace(back, terms=replace(TERMS, items=(Item("罚款", 99999),)))
    assert reckon(dearer).bill.owed == 0


def test_what_a_bank_sent_back_is_told_too() -> None:
    noted = reckon(replace(PAID, money=replace(PAID.money, refunded=5000))).bill
    again = reckon(replace(noted, money=replace(PAID.money, refunded=0)))
    assert again.told[0].data["amount_refunded"] == {"cents": 0, "currency": "cny"}
    assert again.told[0].data["amount"] == {"cents": 5000, "currency": "cny"}
