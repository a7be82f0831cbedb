"""What a provider's truth makes of a payment: rules, and the events that they write.

A truth moves a payment along its table. Money of another amount, currency or account than asked for
is held, never believed; money after an end is written down as such.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.core.clock import office_time
from chalicelib.core.ids import derived_id
from chalicelib.core.money import Money
from chalicelib.payments import providers
from chalicelib.payments.domain import (
    REFUND_TRANSITIONS,
    Held,
    Payment,
    Refund,
    RefundStatus,
    Status,
)
from chalicelib.payments.providers.base import Outside, RefundState, Truth

Facts = Mapping[str, str]
REFUND_SUFFIX: Final = 8
_PROVIDER: Final = "provider:"
_OPEN: Final[Mapping[str, Status]] = {
    "pending": Status.PENDING,
    "processing": Status.PROCESSING,
    "failed": Status.FAILED,
    "cancelled": Status.CANCELLED,
}


def decided(
    old: Payment, truth: Truth, now: datetime, end: Status | None = None
) -> tuple[Payment, list[tuple[str, Facts]]]:
    """Return what a truth makes of a payment, and the events of it."""
    new = replace(old, reference=old.reference or truth.reference)
    events: list[tuple[str, Facts]] = []
    if truth.state == "succeeded":
        new, events = _received(new, truth, now)
    elif not old.finished:
        closed = end is not None and truth.state in ("cancelled", "failed", "unknown")
        status = end if closed else _OPEN.get(truth.state)
        if status and status is not old.status and not _steps_nowhere(old.status, status):
            new, events = new.to(status, now), [(f"payment.{status.value}", {})]
    for refund_id, state in truth.refunds.items():
        refund = new.refund(refund_id)
        if refund:
            new, more = refund_decided(new, refund, state, now)
            events += more
    for outside in truth.outside:
        new, more = _went_outside(new, outside, now)
        events += more
    return new, events


def refund_decided(
    old: Payment, refund: Refund, state: RefundState, now: datetime
) -> tuple[Payment, list[tuple[str, Facts]]]:
    """Return what a provider's word makes of a refund, and the events of it.

    What went and came back again is free again. What the merchant is to free stays set aside.
    """
    if state == "abnormal" and refund.status is RefundStatus.PENDING:
        return refund_waits(old, refund, "ABNORMAL")
    if state == "abnormal":
        state = "failed"
    if state not in ("succeeded", "failed"):
        return old, []
    status = RefundStatus(state)
    if status not in REFUND_TRANSITIONS[refund.status]:
        return old, []
    ended = refund.to(status, now)
    new = old.with_refund(ended)
    facts = {**refund_facts(new, refund), **({"returned": "yes"} if ended.returned else {})}
    facts |= {"vendor_code": refund.trouble} if refund.trouble else {}
    return new, [(f"payment.refund_{state}", facts)]


def refund_waits(
    old: Payment, refund: Refund, trouble: str
) -> tuple[Payment, list[tuple[str, Facts]]]:
    """Return the payment with a refund that waits, and why; once for each trouble."""
    if refund.trouble == trouble:
        return old, []
    facts = {**refund_facts(old, refund), "vendor_code": trouble}
    return old.with_refund(replace(refund, trouble=trouble)), [("payment.refund_waits", facts)]


def is_refund_id(payment_id: str, refund_id: str) -> bool:
    """Tell whether a number is one that we give to refunds of a payment."""
    own = refund_id.startswith(payment_id) and len(refund_id) == len(payment_id) + REFUND_SUFFIX
    return own and refund_id.isalnum()


def outside_id(payment: Payment, outside: Outside) -> str:
    """Return the number under which we keep what went back without us: always the same."""
    own = derived_id("outside", payment.provider, outside.reference, length=REFUND_SUFFIX)
    return payment.payment_id + own


def is_outside(refund: Refund) -> bool:
    """Tell whether a refund was not asked for by us."""
    return refund.asked_by.startswith(_PROVIDER)


def _went_outside(
    old: Payment, outside: Outside, now: datetime
) -> tuple[Payment, list[tuple[str, Facts]]]:
    """Write down what went back without us, once: it is gone, whatever was asked of us."""
    refund_id, cents = outside_id(old, outside), outside.amount.cents
    same = outside.amount.currency == old.currency
    if not old.received or not cents or not same or old.refund(refund_id):
        return old, []
    at, actor = min(outside.at, now), f"{_PROVIDER}{old.provider}"
    refund = Refund(refund_id, cents, outside.kind, actor, at, RefundStatus.SUCCEEDED, sent_at=at)
    new = old.with_refund(replace(refund, ended_at=at, went_at=at))
    facts = {**refund_facts(new, refund), "outside": outside.kind}
    return new, [("payment.refund_succeeded", facts)]


def refund_facts(payment: Payment, refund: Refund) -> Facts:
    """Return what entries say of a refund: ids and sums, never the reason's words."""
    whole = payment.refunded >= payment.received
    return {
        "refund": refund.refund_id,
        "refund_amount": str(refund.amount),
        "refunded": str(payment.refunded),
        "given_back": "whole" if whole else "part",
    }


def came(old: Payment, amount: Money, at: datetime) -> Payment:
    """Return the payment with its money, whatever becomes of it, and a receipt's number."""
    number = f"{office_time(at):%Y%m%d}-{derived_id('receipt', old.payment_id, length=10)}"
    return replace(old, received=amount.cents, received_at=at, receipt_number=number)


def _received(old: Payment, truth: Truth, now: datetime) -> tuple[Payment, list[tuple[str, Facts]]]:
    if old.received:
        return old, []
    at = min(truth.received_at or now, now)
    wrong = _mismatch(old, truth)
    if wrong:
        return _held(old, Held(wrong, truth.received or Money(0, old.amount.currency), at))
    new = came(replace(old, held=None), old.amount, at)
    if old.finished:
        return new, [("payment.received_late", {})]
    receipt = {"receipt": new.receipt_number or ""}
    return new.to(Status.SUCCEEDED, now), [("payment.succeeded", receipt)]


def _held(old: Payment, held: Held) -> tuple[Payment, list[tuple[str, Facts]]]:
    """Return the payment with money that is not believed; what was said of the same sum holds."""
    known = old.held
    if known and (known.reason, known.amount) == (held.reason, held.amount):
        return old, []
    return replace(old, held=held), [("payment.held", held_facts(held))]


def held_facts(held: Held) -> Facts:
    """Return what entries say of held money: never the words of those who decide."""
    return {
        "reason": held.reason,
        "held_amount": str(held.amount.cents),
        "held_currency": held.amount.currency,
    }


def _mismatch(payment: Payment, truth: Truth) -> str | None:
    account = providers.provider(payment.provider).account
    if truth.received is None or truth.received.cents != payment.amount.cents:
        return "wrong_amount"
    if truth.received.currency != payment.amount.currency:
        return "wrong_currency"
    if truth.account and account and truth.account != account:
        return "wrong_account"
    return None


def _steps_nowhere(old: Status, new: Status) -> bool:
    # Only the answer to its start makes a payment pending: with it comes what the phone is to do.
    # To one that goes on already, an answer from before may come late.
    return new is Status.PENDING and old in (Status.CREATED, Status.PROCESSING)
