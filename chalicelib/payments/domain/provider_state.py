"""What a provider says about a payment, and what that makes of it: pure rules.

A provider's state moves a payment along its transition table. Money of another amount, currency or
account than asked for is unmatched, never believed; money after an end is late, and given back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from chalicelib.core.ids import derived_id
from chalicelib.core.money import Money
from chalicelib.payments.domain.payments import (
    EVENT_OF,
    Outcome,
    Payment,
    PaymentStatus,
    happened,
    refund_facts,
)
from chalicelib.payments.domain.refunds import (
    REFUND_EVENT_OF,
    REFUND_TRANSITIONS,
    ProviderRefundState,
    Refund,
    RefundStatus,
)
from chalicelib.payments.domain.unmatched import UnmatchedMoney, unmatched_facts

ProviderStatus = Literal["unknown", "pending", "processing", "succeeded", "failed", "cancelled"]
ExternalRefundKind = Literal["refund", "chargeback"]
REFUND_SUFFIX: Final = 8
_PROVIDER: Final = "provider:"
_OPEN: Final[Mapping[str, PaymentStatus]] = {
    "pending": PaymentStatus.PENDING,
    "processing": PaymentStatus.PROCESSING,
    "failed": PaymentStatus.FAILED,
    "cancelled": PaymentStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class ExternalRefund:
    """Money that went back without us: a refund made at the provider, or a payer's dispute.

    `reference` is the provider's own id of it; `at` is when it went.
    """

    reference: str
    amount: Money
    kind: ExternalRefundKind
    at: datetime


@dataclass(frozen=True, slots=True)
class ProviderState:
    """What a provider says about a payment; `received` is None until it has the money.

    `refunds` are those of the order's refunds that it knows, by our ids; `outside` is what went
    back without us. `account` is the receiver's, where it is said.
    """

    status: ProviderStatus
    reference: str | None = None
    received: Money | None = None
    received_at: datetime | None = None
    account: str | None = None
    refunds: Mapping[str, ProviderRefundState] = field(default_factory=dict)
    outside: Sequence[ExternalRefund] = ()


def apply(
    old: Payment,
    state: ProviderState,
    now: datetime,
    *,
    account: str | None,
    end: PaymentStatus | None = None,
) -> Outcome:
    """Return what a provider's state makes of a payment.

    `account` is ours at the provider, where it has one; `end` is what becomes of a payment that the
    provider has closed.
    """
    outcome = _status_applied(old, state, now, account, end)
    for refund_id, refund_state in state.refunds.items():
        refund = outcome.payment.refund(refund_id)
        if refund:
            outcome = outcome.and_then(apply_refund(outcome.payment, refund, refund_state, now))
    for external in state.outside:
        outcome = outcome.and_then(_went_outside(outcome.payment, external, now))
    return outcome


def apply_refund(
    old: Payment, refund: Refund, state: ProviderRefundState, now: datetime
) -> Outcome:
    """Return what a provider's word makes of a refund of a payment.

    What went and came back again is free again. What the merchant is to free stays set aside.
    """
    if state == "abnormal" and refund.status is RefundStatus.PENDING:
        return refund_waits(old, refund, "ABNORMAL")
    if state == "abnormal":
        state = "failed"
    if state not in ("succeeded", "failed"):
        return Outcome(old)
    status = RefundStatus(state)
    if status not in REFUND_TRANSITIONS[refund.status]:
        return Outcome(old)
    ended = refund.to(status, now)
    new = old.with_refund(ended)
    facts = {**refund_facts(new, refund), **({"returned": "yes"} if ended.returned else {})}
    facts |= {"vendor_code": refund.trouble} if refund.trouble else {}
    return happened(new, REFUND_EVENT_OF[status], facts)


def refund_waits(old: Payment, refund: Refund, trouble: str) -> Outcome:
    """Return the payment with a refund that waits, and why; once for each trouble."""
    if refund.status is not RefundStatus.PENDING or refund.trouble == trouble:
        return Outcome(old)
    facts = {**refund_facts(old, refund), "vendor_code": trouble}
    return happened(
        old.with_refund(replace(refund, trouble=trouble)), "payment.refund_waits", facts
    )


def is_refund_id(payment_id: str, refund_id: str) -> bool:
    """Tell whether a number is one that we give to refunds of a payment."""
    own = refund_id.startswith(payment_id) and len(refund_id) == len(payment_id) + REFUND_SUFFIX
    return own and refund_id.isalnum()


def external_refund_id(payment: Payment, external: ExternalRefund) -> str:
    """Return the number under which we keep what went back without us: always the same."""
    own = derived_id("outside", payment.provider, external.reference, length=REFUND_SUFFIX)
    return payment.payment_id + own


def is_external(refund: Refund) -> bool:
    """Tell whether a refund was not asked for by us."""
    return refund.asked_by.startswith(_PROVIDER)


def _status_applied(
    old: Payment,
    state: ProviderState,
    now: datetime,
    account: str | None,
    end: PaymentStatus | None,
) -> Outcome:
    new = replace(old, reference=old.reference or state.reference)
    if state.status == "succeeded":
        return _received(new, state, now, account)
    if old.finished:
        return Outcome(new)
    closed = end is not None and state.status in ("cancelled", "failed", "unknown")
    status = end if closed else _OPEN.get(state.status)
    if status is None or status is old.status or _is_no_step(old.status, status):
        return Outcome(new)
    return happened(new.to(status, now), EVENT_OF[status])


def _received(old: Payment, state: ProviderState, now: datetime, account: str | None) -> Outcome:
    if old.received:
        return Outcome(old)
    at = min(state.received_at or now, now)
    reason = _mismatch(old, state, account)
    if reason:
        amount = state.received or Money(0, old.amount.currency)
        return _unmatched(old, UnmatchedMoney(reason, amount, at))
    new = replace(old, unmatched=None).with_money(old.amount, at)
    if old.finished:
        return happened(new, "payment.received_late")
    receipt = {"receipt": new.receipt_number or ""}
    return happened(new.to(PaymentStatus.SUCCEEDED, now), "payment.succeeded", receipt)


def _unmatched(old: Payment, money: UnmatchedMoney) -> Outcome:
    """Return the payment with money that is not believed; what was said of the same sum holds."""
    known = old.unmatched
    if known and (known.reason, known.amount) == (money.reason, money.amount):
        return Outcome(old)
    return happened(replace(old, unmatched=money), "payment.held", unmatched_facts(money))


def _mismatch(payment: Payment, state: ProviderState, account: str | None) -> str | None:
    if state.received is None or state.received.cents != payment.amount.cents:
        return "wrong_amount"
    if state.received.currency != payment.amount.currency:
        return "wrong_currency"
    if state.account and account and state.account != account:
        return "wrong_account"
    return None


def _went_outside(old: Payment, external: ExternalRefund, now: datetime) -> Outcome:
    """Write down what went back without us, once: it is gone, whatever was asked of us."""
    refund_id, cents = external_refund_id(old, external), external.amount.cents
    same = external.amount.currency == old.currency
    if not old.received or not cents or not same or old.refund(refund_id):
        return Outcome(old)
    at, actor = min(external.at, now), f"{_PROVIDER}{old.provider}"
    refund = Refund(refund_id, cents, external.kind, actor, at, RefundStatus.SUCCEEDED, sent_at=at)
    new = old.with_refund(replace(refund, ended_at=at, went_at=at))
    facts = {**refund_facts(new, refund), "outside": external.kind}
    return happened(new, "payment.refund_succeeded", facts)


def _is_no_step(old: PaymentStatus, new: PaymentStatus) -> bool:
    # Only the answer to its start makes a payment pending: with it comes what the phone is to do.
    # To one that goes on already, an answer from before may come late.
    return new is PaymentStatus.PENDING and old in (PaymentStatus.CREATED, PaymentStatus.PROCESSING)
