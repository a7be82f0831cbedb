"""A payment, its transition table, and the sums that must never be exceeded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from chalicelib.core.clock import office_time
from chalicelib.core.decisions import DomainEvent, Versioned
from chalicelib.core.event_types import PaymentEvent
from chalicelib.core.history import Head
from chalicelib.core.idempotency import Ledger
from chalicelib.core.ids import CITIZEN_ID_LENGTH, derived_id
from chalicelib.core.money import Money
from chalicelib.payments.domain.errors import NoSuchTransition, RefundTooLarge
from chalicelib.payments.domain.refunds import Refund, RefundStatus
from chalicelib.payments.domain.unmatched import UnmatchedMoney

PAYMENT_ID_LENGTH: Final = 16
# Others' numbers of the same length are digits or hexadecimal: ours are base 62, of both cases.
_PAYMENT_ID: Final = re.compile(r"(?=.*[a-z])(?=.*[A-Z])[0-9A-Za-z]{16}")
# How long a person may take to pay.
LIVES: Final = timedelta(minutes=30)
# After this a look asks the provider, and the timer asks.
ASK_AFTER: Final = timedelta(seconds=10)
# A notification about a payment that we do not know yet may have overtaken our own write.
YOUNG: Final = timedelta(minutes=5)

Method = Literal["wechat_pay", "alipay", "card"]
Client = Literal["wechat_mini", "alipay_mini", "web", "kiosk"]
# What is paid for.
PaymentKind = Literal["case", "appointment", "bill"]


def is_payment_id(text: str) -> bool:
    """Tell whether a number is of the shape that we give to payments, and bears our mark so."""
    return _PAYMENT_ID.fullmatch(text) is not None


class PaymentStatus(StrEnum):
    """The states of a payment."""

    CREATED = "created"
    PENDING = "pending"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


EVENT_OF: Final[Mapping[PaymentStatus, PaymentEvent]] = {
    PaymentStatus.CREATED: "payment.created",
    PaymentStatus.PENDING: "payment.pending",
    PaymentStatus.PROCESSING: "payment.processing",
    PaymentStatus.SUCCEEDED: "payment.succeeded",
    PaymentStatus.FAILED: "payment.failed",
    PaymentStatus.CANCELLED: "payment.cancelled",
    PaymentStatus.EXPIRED: "payment.expired",
}
_ENDS: Final = frozenset(
    {PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.CANCELLED, PaymentStatus.EXPIRED}
)
# An end is never left: money that comes after one is written down and given back.
TRANSITIONS: Final[Mapping[PaymentStatus, frozenset[PaymentStatus]]] = {
    PaymentStatus.CREATED: _ENDS | {PaymentStatus.PENDING, PaymentStatus.PROCESSING},
    PaymentStatus.PENDING: _ENDS | {PaymentStatus.PROCESSING},
    PaymentStatus.PROCESSING: _ENDS | {PaymentStatus.PENDING},
    **{end: frozenset() for end in _ENDS},
}


@dataclass(frozen=True, slots=True)
class Payment(Versioned):
    """One try to pay a fee.

    `subject` is the case, the appointment or the bill, `kind` which of these. `reference` is the
    provider's own id, `sealed_action` what the phone of the `payer` is to do, sealed: another's who
    pays for the citizen by a mandate. `received_at` is when the provider got the money.
    """

    payment_id: str
    kind: PaymentKind
    subject: str
    service_id: str
    office_id: str
    amount: Money
    method: Method
    client: Client
    provider: str
    created_at: datetime
    expires_at: datetime
    status: PaymentStatus = PaymentStatus.CREATED
    reference: str | None = None
    sealed_action: str | None = None
    unmatched: UnmatchedMoney | None = None
    received: int = 0
    refunded: int = 0
    refund_pending: int = 0
    received_at: datetime | None = None
    ended_at: datetime | None = None
    receipt_number: str | None = None
    refunds: tuple[Refund, ...] = ()
    ask_at: datetime | None = None
    version: int = 1
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()
    payer: str | None = None

    @property
    def subject_id(self) -> str:
        """Return the id that its history names."""
        return self.payment_id

    @property
    def citizen_id(self) -> str:
        """Return who pays."""
        return self.payment_id[:CITIZEN_ID_LENGTH]

    @property
    def finished(self) -> bool:
        """Tell whether the status is an end."""
        return self.status in _ENDS

    @property
    def undecided(self) -> UnmatchedMoney | None:
        """Return money that came and is neither accepted nor sent back."""
        return self.unmatched if self.unmatched and not self.unmatched.decided else None

    @property
    def currency(self) -> str:
        """Return what the money is in: staff may have decided on another than was asked for."""
        amount = self.unmatched.amount if self.unmatched and self.received else self.amount
        return amount.currency

    @property
    def refundable(self) -> int:
        """Return what can still be given back; what a payer's bank took may have been more."""
        return max(0, self.received - self.refunded - self.refund_pending)

    @property
    def late(self) -> bool:
        """Tell whether money came after an end without success: nobody has any claim to it."""
        return self.status is not PaymentStatus.SUCCEEDED and self.received > 0

    def refund(self, refund_id: str) -> Refund | None:
        """Return one of its refunds."""
        return next((one for one in self.refunds if one.refund_id == refund_id), None)

    def to(self, status: PaymentStatus, now: datetime) -> "Payment":
        """Return the payment in another status; raises NoSuchTransition."""
        if status not in TRANSITIONS[self.status]:
            raise NoSuchTransition(f"{self.status} → {status}")
        if status not in _ENDS:
            return replace(self, status=status, ended_at=None)
        # There is nothing more that the phone is to do.
        return replace(self, status=status, ended_at=now, sealed_action=None)

    def with_money(self, amount: Money, at: datetime) -> "Payment":
        """Return the payment with its money and a receipt's number, whatever becomes of it."""
        number = f"{office_time(at):%Y%m%d}-{derived_id('receipt', self.payment_id, length=10)}"
        return replace(self, received=amount.cents, received_at=at, receipt_number=number)

    def with_refund(self, refund: Refund) -> "Payment":
        """Return the payment with a refund added or replaced, and its sums made anew."""
        others = [one for one in self.refunds if one.refund_id != refund.refund_id]
        refunds = tuple(sorted([*others, refund], key=lambda one: (one.asked_at, one.refund_id)))
        return replace(
            self,
            refunds=refunds,
            refunded=_sum(refunds, RefundStatus.SUCCEEDED),
            refund_pending=_sum(refunds, RefundStatus.PENDING),
        )


def reserve(payment: Payment, refund: Refund) -> Payment:
    """Set a refund's sum aside; raises RefundTooLarge."""
    if not 0 < refund.amount <= payment.refundable:
        left = {"cents": payment.refundable, "currency": payment.currency}
        raise RefundTooLarge(available=left)
    return payment.with_refund(refund)


def next_ask(payment: Payment, now: datetime) -> datetime | None:
    """Return when the timer should ask the provider again: after twice the time each time.

    None once nothing is open: the payment has ended and so have its refunds.
    """
    waiting = [one for one in payment.refunds if one.status is RefundStatus.PENDING]
    if payment.finished and not any(one.approved for one in waiting):
        return None
    since = payment.created_at
    if payment.finished:
        since = max(one.asked_at for one in waiting)
    pause = min(max(now - since, timedelta(minutes=1)), timedelta(hours=6))
    due = now + pause
    return due if payment.finished else min(due, max(payment.expires_at, now + ASK_AFTER))


def _sum(refunds: tuple[Refund, ...], status: RefundStatus) -> int:
    return sum(one.amount for one in refunds if one.status is status)


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
