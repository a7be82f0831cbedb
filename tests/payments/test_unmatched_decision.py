"""What two persons make of money that is not believed."""

from datetime import timedelta

import pytest

from chalicelib.core.errors import Forbidden, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.money import Money
from chalicelib.payments.domain.payments import Payment, PaymentStatus
from chalicelib.payments.domain.unmatched import Act, UnmatchedMoney
from chalicelib.payments.domain.unmatched_decision import Vote, vote
from tests.payments.made import HOUR, MONDAY, fresh, paid

NOW = MONDAY + HOUR
HELD = UnmatchedMoney("wrong_amount", Money(999), MONDAY)
CLERK, SUPERVISOR, ADMIN = frozenset({"clerk"}), frozenset({"supervisor"}), frozenset({"admin"})


def held(status: PaymentStatus = PaymentStatus.PENDING, cents: int = 999) -> Payment:
    return fresh(status=status, unmatched=UnmatchedMoney("wrong_amount", Money(cents), MONDAY))


def say(act: Act, by: str = "staff:a", roles: frozenset[str] = CLERK) -> Vote:
    return Vote(act, by, f"{by} {act}", roles)


def asked_for(act: Act, payment: Payment | None = None) -> Payment:
    return vote(payment or held(), say(act), NOW).payment


@pytest.mark.parametrize("act", ["accept", "return"])
def test_the_first_word_asks_and_decides_nothing(act: Act) -> None:
    outcome = vote(held(), say(act), NOW)
    [event], money = outcome.events, outcome.payment.unmatched
    assert event.type == f"payment.held_{act}_asked"
    assert money
    assert money.asked
    assert (money.asked.act, money.asked.by, money.asked.at) == (act, "staff:a", NOW)
    assert money.asked.reason == f"staff:a {act}"
    assert (money.decided, outcome.payment.received) == (None, 0)
    # Never the words of those who decide.
    facts = {"reason": "wrong_amount", "held_amount": "999", "held_currency": "cny"}
    assert event.facts == facts


@pytest.mark.parametrize("roles", [SUPERVISOR, ADMIN, CLERK | ADMIN])
def test_two_persons_accept_it_for_the_fee(roles: frozenset[str]) -> None:
    outcome = vote(asked_for("accept"), say("accept", "staff:b", roles), NOW)
    payment = outcome.payment
    assert [one.type for one in outcome.events] == ["payment.held_accepted", "payment.succeeded"]
    assert outcome.events[0].facts["asked_by"] == "staff:a"
    assert outcome.events[1].facts == {"receipt": payment.receipt_number}
    assert (payment.status, payment.received, payment.late) == ("succeeded", 999, False)
    # It came when it came, whenever it was decided about.
    assert (payment.received_at, payment.ended_at) == (MONDAY, NOW)
    assert payment.unmatched
    assert payment.unmatched.decided


@pytest.mark.parametrize("status", list(PaymentStatus))
def test_two_persons_return_it_whatever_became_of_the_payment(status: PaymentStatus) -> None:
    payment = asked_for("return", held(status))
    outcome = vote(payment, say("return", "staff:b", SUPERVISOR), NOW)
    types = [one.type for one in outcome.events]
    cancelled = [] if payment.finished else ["payment.cancelled"]
    assert types == ["payment.held_returned", *cancelled, "payment.received_late"]
    end = status if payment.finished else PaymentStatus.CANCELLED
    assert (outcome.payment.status, outcome.payment.received) == (end, 999)
    assert outcome.payment.received_at == MONDAY


def test_the_second_person_must_be_one_who_may_agree() -> None:
    with pytest.raises(Forbidden):
        vote(asked_for("accept"), say("accept", "staff:b", CLERK), NOW)


def test_the_same_person_does_not_agree_with_itself() -> None:
    with pytest.raises(SecondPersonNeeded):
        vote(asked_for("accept"), say("accept", "staff:a", SUPERVISOR), NOW)


def test_who_wants_the_contrary_begins_anew() -> None:
    outcome = vote(asked_for("accept"), say("return", "staff:b", SUPERVISOR), NOW)
    assert [one.type for one in outcome.events] == ["payment.held_return_asked"]
    assert outcome.payment.unmatched
    assert outcome.payment.unmatched.asked
    assert outcome.payment.unmatched.asked.by == "staff:b"
    done = vote(outcome.payment, say("return", "staff:a", SUPERVISOR), NOW)
    assert done.payment.status is PaymentStatus.CANCELLED


@pytest.mark.parametrize(
    ("payment", "act"),
    [
        (fresh(), "return"),
        (paid(), "accept"),
        # For what has ended nothing can be accepted, nor nothing at all for a fee.
        (held(PaymentStatus.EXPIRED), "accept"),
        (held(PaymentStatus.SUCCEEDED), "accept"),
        (held(cents=0), "accept"),
    ],
)
def test_there_must_be_something_to_decide(payment: Payment, act: Act) -> None:
    with pytest.raises(WrongStatus) as refused:
        vote(payment, say(act), NOW)
    assert refused.value.extra == {"current": payment.status}


def test_money_of_nothing_can_be_returned_and_is_decided_once() -> None:
    asked = asked_for("return", held(cents=0))
    done = vote(asked, say("return", "staff:b", ADMIN), NOW + timedelta(days=1)).payment
    assert (done.received, done.status) == (0, "cancelled")
    with pytest.raises(WrongStatus):
        vote(done, say("return"), NOW)
