"""What becomes of money that came and does not match: two persons accept it, or send it back."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.auth import Staff
from chalicelib.core.changes import Author
from chalicelib.core.idempotency import Attempt
from chalicelib.payments.domain.errors import PaymentProviderDown
from chalicelib.payments.domain.payments import Outcome, Payment
from chalicelib.payments.domain.unmatched import Act
from chalicelib.payments.domain.unmatched_decision import Vote, vote
from chalicelib.payments.providers.base import Unanswered
from chalicelib.payments.service import refunds, transitions


@dataclass(frozen=True, slots=True)
class VoteResult:
    """The payment, whether it is decided by this word, and whether the attempt said so before."""

    payment: Payment
    decided: bool
    replayed: bool


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """What is to become of a payment's unmatched money, and why."""

    payment_id: str
    act: Act
    reason: str


def decide(staff: Staff, request: DecisionRequest, attempt: Attempt, now: datetime) -> VoteResult:
    """Ask for unmatched money to be accepted or sent back, or agree to what another asked for.

    What is sent back goes by the event of late money. Raises NotFound, WrongStatus, Forbidden,
    SecondPersonNeeded, PaymentProviderDown or IdempotencyKeyReused.
    """
    own = Vote(request.act, staff.actor, request.reason, staff.roles, staff.is_same)

    def decided(old: Payment) -> Outcome:
        return vote(old, own, now)

    payment = _with_sum(refunds.of_own_hall(staff, request.payment_id), now)
    applied = transitions.change(payment, decided, Author(staff.actor, now, attempt))
    money = applied.new.unmatched
    by_this_word = bool(money and money.decided and money.decided.by == staff.actor)
    return VoteResult(applied.new, by_this_word, applied.replayed)


def _with_sum(payment: Payment, now: datetime) -> Payment:
    """Return the payment with the sum that came, asked for where it was not kept."""
    if payment.undecided is None or payment.undecided.amount.cents:
        return payment
    try:
        return transitions.refresh(payment, now)
    except Unanswered as error:
        raise PaymentProviderDown(retry_after=5) from error
