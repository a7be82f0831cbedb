"""What becomes of a payment by a rule, and the facts of its events: ids and sums, never words."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.core.decisions import DomainEvent
from chalicelib.core.event_types import PaymentEvent
from chalicelib.payments.domain.payments import Payment
from chalicelib.payments.domain.refunds import Refund
from chalicelib.payments.domain.unmatched import UnmatchedMoney


@dataclass(frozen=True, slots=True)
class Outcome:
    """A payment's new state and what happened to it; without `events` nothing changes."""

    payment: Payment
    events: tuple[DomainEvent, ...] = ()

    def and_then(self, later: "Outcome") -> "Outcome":
        """Return this outcome with what happened to its payment next."""
        return Outcome(later.payment, (*self.events, *later.events))


def happened(
    payment: Payment, type_: PaymentEvent, facts: Mapping[str, str] | None = None
) -> Outcome:
    """Return a payment to which one thing happened."""
    return Outcome(payment, (DomainEvent(type_, facts or {}),))


def entry_facts(payment: Payment) -> dict[str, str]:
    """Return what every history entry of a payment says."""
    return {
        payment.kind: payment.subject,
        "service": payment.service_id,
        "office": payment.office_id,
        "status": payment.status.value,
        "method": payment.method,
        "amount": str(payment.received or payment.amount.cents),
        "currency": payment.currency,
    }


def refund_facts(payment: Payment, refund: Refund) -> dict[str, str]:
    """Return what entries say of a refund: ids and sums, never the reason's words."""
    whole = payment.refunded >= payment.received
    return {
        "refund": refund.refund_id,
        "refund_amount": str(refund.amount),
        "refunded": str(payment.refunded),
        "given_back": "whole" if whole else "part",
    }


def unmatched_facts(money: UnmatchedMoney) -> dict[str, str]:
    """Return what entries say of unmatched money: never the words of those who decide."""
    return {
        "reason": money.reason,
        "held_amount": str(money.amount.cents),
        "held_currency": money.amount.currency,
    }
