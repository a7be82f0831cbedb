"""Payments and refunds, their transition tables, and the sums that must never be exceeded."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from chalicelib.core.errors import Problem
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Head
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger
from chalicelib.core.money import Money

CITIZEN_ID_LENGTH: Final = 8
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
Act = Literal["accept", "return"]
FeeStatus = Literal["unpaid", "pending", "paid", "refunded", "partly_refunded"]
ProviderState = Literal["unknown", "pending", "processing", "succeeded", "failed", "cancelled"]


def is_payment_id(text: str) -> bool:
    """Tell whether a number is of the shape that we give to payments, and bears our mark so."""
    return _PAYMENT_ID.fullmatch(text) is not None


class Status(StrEnum):
    """The states of a payment."""

    CREATED = "created"
    PENDING = "pending"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class RefundStatus(StrEnum):
    """The states of a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


_ENDS: Final = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.EXPIRED})
# An end is never left: money that comes after one is written down and given back.
TRANSITIONS: Final[Mapping[Status, frozenset[Status]]] = {
    Status.CREATED: _ENDS | {Status.PENDING, Status.PROCESSING},
    Status.PENDING: _ENDS | {Status.PROCESSING},
    Status.PROCESSING: _ENDS | {Status.PENDING},
    **{end: frozenset() for end in _ENDS},
}
REFUND_TRANSITIONS: Final[Mapping[RefundStatus, frozenset[RefundStatus]]] = {
    RefundStatus.PENDING: frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED}),
    # A payer's bank may send back what the provider had sent (Stripe, "Failed refunds").
    RefundStatus.SUCCEEDED: frozenset({RefundStatus.FAILED}),
    RefundStatus.FAILED: frozenset(),
}


class AlreadyPaid(Problem):
    """The fee is paid."""

    status = 409
    code = "already_paid"
    title = Text("该费用已缴纳", "This fee has been paid already")


class PaymentInProgress(Problem):
    """Another payment of the same fee is open; `payment` is that one."""

    status = 409
    code = "payment_in_progress"
    title = Text("该费用正在支付中", "A payment of this fee is in progress")


class NothingToPay(Problem):
    """What was to be paid for has ended."""

    status = 409
    code = "nothing_to_pay"
    title = Text("该事项已结束，无需缴费", "This has ended; there is nothing to pay")


class MethodNotServed(Problem):
    """The method cannot be used from this client."""

    status = 422
    code = "method_not_served"
    title = Text("此终端不支持该支付方式", "This way of paying cannot be used here")


class PayerUnknown(Problem):
    """The wallet asks for an account of its own platform, and the citizen logged in by another."""

    status = 409
    code = "payer_unknown"
    title = Text("请用该钱包所属平台登录后支付", "Log in on the wallet's own platform to pay")


class PaymentProviderDown(Problem):
    """The payment provider did not answer; the same request can be sent again."""

    status = 503
    code = "payment_provider_unavailable"
    title = Text("支付渠道暂时无法访问，请稍后重试", "The payment provider cannot be reached now")


class RefundTooLarge(Problem):
    """More would be given back than was received; `available` is what is left."""

    status = 409
    code = "refund_too_large"
    title = Text("退款金额超过可退余额", "This is more than can be refunded")


class Unpayable(Exception):  # noqa: N818 - its name states the fact.
    """A transition that the table does not have."""


@dataclass(frozen=True, slots=True)
class Refund:
    """One giving back of a part or the whole; `needs_approval` until a second person agreed.

    `sent_at` is when the provider was first asked for it, `trouble` why it has not gone yet: the
    provider's code of a refusal that passes, or ABNORMAL. `went_at` is when it went, although it
    came back.
    """

    refund_id: str
    amount: int
    reason: str
    asked_by: str
    asked_at: datetime
    status: RefundStatus = RefundStatus.PENDING
    needs_approval: bool = False
    approved_by: str | None = None
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    trouble: str | None = None
    went_at: datetime | None = None

    @property
    def returned(self) -> bool:
        """Tell whether it went, and came back."""
        return self.status is RefundStatus.FAILED and self.went_at is not None

    def to(self, status: RefundStatus, now: datetime) -> "Refund":
        """Return the refund in its end; raises Unpayable where the table has no such step."""
        if status not in REFUND_TRANSITIONS[self.status]:
            raise Unpayable(f"{self.status} → {status}")
        went = self.ended_at if self.status is RefundStatus.SUCCEEDED else None
        went_at = now if status is RefundStatus.SUCCEEDED else went
        return replace(self, status=status, ended_at=now, trouble=None, went_at=went_at)


@dataclass(frozen=True, slots=True)
class Held:
    """Money that came at a moment and is not believed, why, and what two persons made of it."""

    reason: str
    amount: Money
    at: datetime
    asked: Word | None = None
    decided: Word | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """One try to pay a fee.

    `subject` is the case or the appointment, `kind` which of both. `reference` is the provider's
    own id, `sealed_action` what the person's phone is to do, sealed. `received_at` is when the
    provider got the money.
    """

    payment_id: str
    kind: Literal["case", "appointment"]
    subject: str
    service_id: str
    office_id: str
    amount: Money
    method: Method
    client: Client
    provider: str
    created_at: datetime
    expires_at: datetime
    status: Status = Status.CREATED
    reference: str | None = None
    sealed_action: str | None = None
    held: Held | None = None
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

    @property
    def citizen_id(self) -> str:
        """Return who pays."""
        return self.payment_id[:CITIZEN_ID_LENGTH]

    @property
    def finished(self) -> bool:
        """Tell whether the status is an end."""
        return self.status in _ENDS

    @property
    def undecided(self) -> Held | None:
        """Return money that came and is neither accepted nor sent back."""
        return self.held if self.held and not self.held.decided else None

    @property
    def currency(self) -> str:
        """Return what the money is in: staff may have decided on another than was asked for."""
        return self.held.amount.currency if self.held and self.received else self.amount.currency

    @property
    def refundable(self) -> int:
        """Return what can still be given back; what a payer's bank took may have been more."""
        return max(0, self.received - self.refunded - self.refund_pending)

    @property
    def late(self) -> bool:
        """Tell whether money came after an end without success: nobody has any claim to it."""
        return self.status is not Status.SUCCEEDED and self.received > 0

    def refund(self, refund_id: str) -> Refund | None:
        """Return one of its refunds."""
        return next((one for one in self.refunds if one.refund_id == refund_id), None)

    def to(self, status: Status, now: datetime) -> "Payment":
        """Return the payment in another status; raises Unpayable where the table has no step."""
        if status not in TRANSITIONS[self.status]:
            raise Unpayable(f"{self.status} → {status}")
        if status not in _ENDS:
            return replace(self, status=status, ended_at=None)
        # There is nothing more that the phone is to do.
        return replace(self, status=status, ended_at=now, sealed_action=None)

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


def fee_status(payments: Iterable[Payment]) -> FeeStatus:
    """Return what all payments of one fee come to: money that came late and went decides nothing.

    A fee that was given back whole is `refunded` until somebody begins to pay it again.
    """
    found = tuple(payments)
    paid = [one for one in found if one.status is Status.SUCCEEDED]
    kept = [one for one in paid if not one.received or one.refunded < one.received]
    if kept:
        return "partly_refunded" if all(one.refunded for one in kept) else "paid"
    if any(not one.finished for one in found):
        return "pending"
    return "refunded" if paid else "unpaid"


def reserve(payment: Payment, refund: Refund) -> Payment:
    """Set a refund's sum aside; raises RefundTooLarge."""
    if not 0 < refund.amount <= payment.refundable:
        left = {"cents": payment.refundable, "currency": payment.currency}
        raise RefundTooLarge(available=left)
    return payment.with_refund(refund)


def _sum(refunds: tuple[Refund, ...], status: RefundStatus) -> int:
    return sum(one.amount for one in refunds if one.status is status)
