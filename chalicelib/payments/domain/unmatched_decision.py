"""What two persons make of unmatched money: they accept it for the fee, or return it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core import four_eyes
from chalicelib.core.errors import Forbidden, WrongStatus
from chalicelib.core.event_types import PaymentEvent
from chalicelib.core.four_eyes import Word
from chalicelib.payments.domain.payments import Outcome, Payment, PaymentStatus, happened
from chalicelib.payments.domain.unmatched import Act, UnmatchedMoney, unmatched_facts

_MAY_AGREE: Final = frozenset({"supervisor", "admin"})
_ASKED: Final[Mapping[str, PaymentEvent]] = {
    "accept": "payment.held_accept_asked",
    "return": "payment.held_return_asked",
}


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person wants to become of unmatched money, why, and in which roles."""

    act: Act
    by: str
    reason: str
    roles: frozenset[str]
    is_same: Callable[[str], bool] = lambda _by: False


def vote(old: Payment, cast: Vote, now: datetime) -> Outcome:
    """Return what a person's word makes of unmatched money: asked for, or agreed to.

    Raises WrongStatus, Forbidden or SecondPersonNeeded.
    """
    money, act = old.undecided, cast.act
    if money is None or (act == "accept" and (old.finished or not money.amount.cents)):
        raise WrongStatus(current=old.status)
    word = Word(act, cast.by, now, cast.reason, cast.is_same)
    if not four_eyes.is_agreed(money.asked, word):
        asked = replace(old, unmatched=replace(money, asked=word))
        return happened(asked, _ASKED[act], _facts(money))
    if not cast.roles & _MAY_AGREE:
        raise Forbidden
    new = replace(old, unmatched=replace(money, decided=word))
    return _accepted(new, money, now) if act == "accept" else _returned(new, money, now)


def _accepted(old: Payment, money: UnmatchedMoney, now: datetime) -> Outcome:
    new = old.with_money(money.amount, money.at).to(PaymentStatus.SUCCEEDED, now)
    receipt = {"receipt": new.receipt_number or ""}
    accepted = happened(new, "payment.held_accepted", _facts(money))
    return accepted.and_then(happened(new, "payment.succeeded", receipt))


def _returned(old: Payment, money: UnmatchedMoney, now: datetime) -> Outcome:
    """Return the payment ended with money that nobody has a claim to: its event gives it back."""
    new = old.with_money(money.amount, money.at)
    outcome = happened(new, "payment.held_returned", _facts(money))
    if not old.finished:
        outcome = outcome.and_then(
            happened(new.to(PaymentStatus.CANCELLED, now), "payment.cancelled")
        )
    return outcome.and_then(happened(outcome.payment, "payment.received_late"))


def _facts(money: UnmatchedMoney) -> dict[str, str]:
    asked = {"asked_by": money.asked.by} if money.asked else {}
    return {**unmatched_facts(money), **asked}
