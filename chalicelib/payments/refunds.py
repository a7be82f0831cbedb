"""Giving back: the sum is set aside before the provider is asked, and freed on a definite no."""

import itertools
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core.auth import Staff
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.core.money import Money
from chalicelib.core.settings import SETTINGS
from chalicelib.payments import limits, providers, settling, storage, truths
from chalicelib.payments.domain import (
    Payment,
    Refund,
    RefundStatus,
    RefundTooLarge,
    reserve,
)
from chalicelib.payments.providers.base import NotNow, RefundState, Refused, Unanswered

Decided = tuple[Payment, list[tuple[str, Mapping[str, str]]]]
PAYMENT_ID_LENGTH: Final = 16
_SUFFIX: Final = 8
_SYSTEM: Final = "system:follow_up"
_OTHER: Final = Text("款项不是这个币种", "The money is in another currency")
_LOG: Final = logging.getLogger("onetrip.payments")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much to give back (all that is left without `amount`, in cents), and why.

    `currency` is the money's own where it is said.
    """

    amount: int | None
    reason: str
    currency: str | None = None


def ask_for(
    staff: Staff, payment_id: str, wanted: Wanted, attempt: Attempt, now: datetime
) -> tuple[Payment, Refund, bool]:
    """Give back a part or the whole; what passes the set sum waits for a second person.

    Tells whether the same attempt had asked before. Raises NotFound, InvalidRequest for another
    currency than the money's, RefundTooLarge or IdempotencyKeyReused.
    """
    payment = of_own_hall(staff, payment_id)
    if wanted.currency not in (None, payment.currency):
        raise InvalidRequest(errors=[FieldError("/amount/currency", "wrong_currency", _OTHER)])
    return _begin(payment, wanted, staff.actor, attempt, now)


def automatic(payment: Payment, reason: str, now: datetime) -> None:
    """Give back all that is left, once; again is the same."""
    try:
        _begin(payment, Wanted(None, reason), _SYSTEM, _automatic(payment, reason), now)
    except RefundTooLarge:
        _LOG.info("nothing is left to give back")


def is_given_back(payment: Payment, reason: str) -> bool:
    """Tell whether what is left was given back for a reason, or nothing is left to give back."""
    refund_id = _id_of(payment, _automatic(payment, reason))
    return payment.refundable == 0 or payment.refund(refund_id) is not None


def approve(
    staff: Staff, refund_id: str, attempt: Attempt, now: datetime
) -> tuple[Payment, Refund]:
    """Agree to a refund as the second person; again is the same.

    Raises NotFound, SecondPersonNeeded or WrongStatus.
    """

    def decide(old: Payment) -> Decided:
        refund = _refund_of(old, refund_id)
        if refund.approved_by or not refund.needs_approval:
            return old, []
        if refund.status is not RefundStatus.PENDING:
            raise WrongStatus(current=refund.status)
        if refund.asked_by == staff.actor:
            raise SecondPersonNeeded
        agreed = replace(refund, approved_by=staff.actor)
        facts = truths.refund_facts(old, refund)
        return old.with_refund(agreed), [("payment.refund_approved", facts)]

    found = of_own_hall(staff, refund_id[:PAYMENT_ID_LENGTH])
    _refund_of(found, refund_id)
    payment = settling.change(found.payment_id, decide, staff.actor, now, attempt=attempt)
    payment = send(payment, refund_id, now)
    return payment, _refund_of(payment, refund_id)


def decline(
    staff: Staff, refund_id: str, attempt: Attempt, now: datetime
) -> tuple[Payment, Refund]:
    """Refuse a refund that waits for approval; its sum is free again. Again is the same.

    Raises NotFound or WrongStatus.
    """

    def decide(old: Payment) -> Decided:
        refund = _refund_of(old, refund_id)
        waits = refund.needs_approval and refund.approved_by is None
        if refund.status is not RefundStatus.PENDING or not waits:
            raise WrongStatus(current=refund.status)
        new = old.with_refund(refund.to(RefundStatus.FAILED, now))
        return new, [("payment.refund_declined", truths.refund_facts(new, refund))]

    found = of_own_hall(staff, refund_id[:PAYMENT_ID_LENGTH])
    payment = settling.change(found.payment_id, decide, staff.actor, now, attempt=attempt)
    return payment, _refund_of(payment, refund_id)


def send(payment: Payment, refund_id: str, now: datetime) -> Payment:
    """Ask the provider to give back what was set aside; no answer leaves it to be asked again."""
    refund = _refund_of(payment, refund_id)
    unapproved = refund.needs_approval and refund.approved_by is None
    if refund.status is not RefundStatus.PENDING or unapproved:
        return payment
    provider = providers.provider(payment.provider)
    amount = Money(refund.amount, payment.currency)
    state: RefundState
    try:
        state = provider.refund(settling.order_of(payment), refund_id, amount)
    except NotNow as refusal:
        return _wait(payment, refund_id, refusal.reason, now)
    except Unanswered:
        return payment
    except Refused as refusal:
        facts = {"provider": payment.provider, "vendor_code": refusal.reason}
        _LOG.warning("refund refused", extra=facts)
        state = "failed"
    return _keep(payment, refund_id, state, now)


def resend(payment: Payment, now: datetime) -> Payment:
    """Send again what is set aside and approved: the provider may never have heard of it."""
    for refund in payment.refunds:
        if refund.status is RefundStatus.PENDING:
            payment = send(payment, refund.refund_id, now)
    return payment


def of_own_hall(staff: Staff, payment_id: str) -> Payment:
    """Return a payment of the staff's halls; raises NotFound."""
    found = storage.load(payment_id)
    if found is None or found.office_id not in staff.office_ids:
        raise NotFound
    return found


def _automatic(payment: Payment, reason: str) -> Attempt:
    return Attempt(derived_id("automatic", payment.payment_id, reason, length=16), "automatic")


def _id_of(payment: Payment, attempt: Attempt) -> str:
    return payment.payment_id + attempt.id_for("refund", _SUFFIX)


def _begin(
    payment: Payment, wanted: Wanted, actor: str, attempt: Attempt, now: datetime
) -> tuple[Payment, Refund, bool]:
    refund_id = _id_of(payment, attempt)
    again = payment.refund(refund_id) is not None
    tries = itertools.count()

    def decide(old: Payment) -> Decided:
        amount = old.refundable if wanted.amount is None else wanted.amount
        refund = Refund(refund_id, amount, wanted.reason, actor, now)
        # The write itself holds the limit: the sums are read only once it was refused.
        above = _passes_limit(old, refund, look=next(tries) > 0)
        new = reserve(old, replace(refund, needs_approval=above))
        return new, [("payment.refund_requested", truths.refund_facts(new, refund))]

    payment = settling.change(payment.payment_id, decide, actor, now, attempt=attempt)
    payment = send(payment, refund_id, now)
    return payment, _refund_of(payment, refund_id), again


def _passes_limit(payment: Payment, refund: Refund, *, look: bool) -> bool:
    """Tell whether one person would give back more than the set sum with this refund."""
    if not limits.is_by_staff(refund):
        return False
    before = limits.given_alone(payment)
    if look:
        before = max(before, storage.given_alone(payment, refund))
    return before + refund.amount > SETTINGS.refund_approval_cents


def _keep(payment: Payment, refund_id: str, state: RefundState, now: datetime) -> Payment:
    if state not in ("succeeded", "failed", "abnormal"):
        return payment

    def decide(old: Payment) -> Decided:
        return truths.refund_decided(old, _refund_of(old, refund_id), state, now)

    return settling.change(payment.payment_id, decide, "system:settle", now)


def _wait(payment: Payment, refund_id: str, trouble: str, now: datetime) -> Payment:
    """Leave a refund set aside that the provider refused for a while; the timer asks again."""

    def decide(old: Payment) -> Decided:
        refund = _refund_of(old, refund_id)
        waits = refund.status is RefundStatus.PENDING
        return truths.refund_waits(old, refund, trouble) if waits else (old, [])

    return settling.change(payment.payment_id, decide, "system:settle", now)


def _refund_of(payment: Payment, refund_id: str) -> Refund:
    found = payment.refund(refund_id)
    if found is None:
        raise NotFound
    return found
