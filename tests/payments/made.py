"""Payments as values, for the tests of their rules."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.core.money import Money
from chalicelib.payments.domain import provider_state
from chalicelib.payments.domain.payments import Payment, PaymentStatus
from chalicelib.payments.domain.provider_state import ProviderState
from chalicelib.payments.domain.refunds import Refund, RefundStatus

MONDAY = datetime.fromisoformat("2026-12-07T09:00:00+08:00")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
FEE = Money(1000)


def fresh(**changes: Any) -> Payment:
    about: dict[str, Any] = {
        "payment_id": "abcdefgh1234567Z",
        "kind": "case",
        "subject": "abcdefghcase",
        "service_id": "passport-issue",
        "office_id": "hall-330200",
        "amount": FEE,
        "method": "card",
        "client": "web",
        "provider": "stripe",
        "created_at": MONDAY,
        "expires_at": MONDAY + timedelta(minutes=30),
    }
    return Payment(**{**about, **changes})


def paid(**changes: Any) -> Payment:
    state = ProviderState("succeeded", "pi_1", FEE, MONDAY)
    return provider_state.apply(fresh(**changes), state, MONDAY, account=None).payment


def late(status: PaymentStatus = PaymentStatus.EXPIRED) -> Payment:
    """Return a payment that ended before its money came."""
    return paid(status=status, ended_at=MONDAY)


def asked(amount: int = 300, **changes: Any) -> Refund:
    about: dict[str, Any] = {
        "refund_id": "refund-1",
        "amount": amount,
        "reason": "x",
        "asked_by": "staff:a",
        "asked_at": MONDAY,
    }
    return Refund(**{**about, **changes})


def refunded(*cents: int) -> Payment:
    """Return a payment that was paid and of which these sums went back."""
    payment = paid()
    for number, amount in enumerate(cents):
        refund = asked(amount, refund_id=f"refund-{number}")
        payment = payment.with_refund(refund.to(RefundStatus.SUCCEEDED, MONDAY))
    return payment
