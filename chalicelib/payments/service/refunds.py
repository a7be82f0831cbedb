"""Giving back: the sum is set aside before the provider is asked, and freed on a definite no."""

import itertools
import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.core.money import Money
from chalicelib.core.settings import SETTINGS
from chalicelib.payments import providers, storage
from chalicelib.payments.domain import provider_state, refund_limits
from chalicelib.payments.domain.errors import RefundTooLarge
from chalicelib.payments.domain.payments import (
    PAYMENT_ID_LENGTH,
    Outcome,
    Payment,
    happened,
    refund_facts,
    reserve,
)
from chalicelib.payments.domain.refunds import ProviderRefundState, Refund, RefundStatus
from chalicelib.payments.providers.base import NotNow, Refused, Unanswered
from chalicelib.payments.service import orders, transitions

_SYSTEM: Final = "system:follow_up"
_SETTLER: Final = "system:settle"
_OTHER: Final = Text("款项不是这个币种", "The money is in another currency")
_LOG: Final = logging.getLogger("onetrip.payments")


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """How much to give back (all that is left without `amount`, in cents), and why.

    `currency` is the money's own where it is said.
    """

    amount: int | None
    reason: str
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class RefundResult:
    """A refund as it is now, its payment, and whether the same attempt had done this before."""

    payment: Payment
    refund: Refund
    replayed: bool


def request(
    staff: Staff, payment_id: str, wanted: RefundRequest, attempt: Attempt, now: datetime
) -> RefundResult:
    """Give back a part or the whole; what passes the set sum waits for a second person.

    Raises NotFound, InvalidRequest for another currency than the money's, RefundTooLarge or
    IdempotencyKeyReused.
    """
    payment = of_own_hall(staff, payment_id)
    if wanted.currency not in (None, payment.currency):
        raise InvalidRequest(errors=[FieldError("/amount/currency", "wrong_currency", _OTHER)])
    return _request(payment, wanted, Author(staff.actor, now, attempt), attempt)


def automatic(payment: Payment, reason: str, now: datetime, freed: str = "") -> None:
    """Give back all that is left, once for a reason, and once more where a sum came free.

    `freed` is the refund whose sum that was. Idempotent.
    """
    attempt = _automatic(payment, reason, freed)
    try:
        _request(payment, RefundRequest(None, reason), Author(_SYSTEM, now, attempt), attempt)
    except RefundTooLarge:
        _LOG.info("nothing_left_to_refund")


def up_to(payment: Payment, reason: str, total: int, now: datetime) -> None:
    """Give back for a reason until so much went back for it in all, in cents. Idempotent."""

    def decide(old: Payment) -> Outcome | None:
        amount = is_left(old, reason, total)
        if not amount:
            return None
        # What others had set aside may come free: then the rest goes, by a number of its own.
        before = sum(one.reason == reason for one in old.refunds)
        attempt = _automatic(old, reason, str(total), *([str(before)] if before else []))
        refund = Refund(_id_of(old, attempt), amount, reason, _SYSTEM, now)
        new = reserve(old, refund)
        return happened(new, "payment.refund_requested", refund_facts(new, refund))

    sent = transitions.change(payment, decide, Author(_SYSTEM, now)).new
    for one in sent.refunds:
        if one.reason == reason:
            sent = send(sent, one.refund_id, now)


def is_left(payment: Payment, reason: str, total: int) -> int:
    """Return how much is left to give back for a reason, in cents.

    What failed for good is for staff, who were told, and counts as given back.
    """
    given = sum(one.amount for one in payment.refunds if one.reason == reason)
    return max(0, min(total - given, payment.refundable))


def is_given_back(payment: Payment, reason: str, freed: str = "") -> bool:
    """Tell whether what is left was given back for a reason, or nothing is left to give back."""
    refund_id = _id_of(payment, _automatic(payment, reason, freed))
    return payment.refundable == 0 or payment.refund(refund_id) is not None


def approve(staff: Staff, refund_id: str, attempt: Attempt, now: datetime) -> RefundResult:
    """Agree to a refund as the second person, and send it. Idempotent.

    Raises NotFound, SecondPersonNeeded, WrongStatus or IdempotencyKeyReused.
    """

    def decide(old: Payment) -> Outcome | None:
        refund = _refund_of(old, refund_id)
        if refund.approved:
            return None
        if refund.status is not RefundStatus.PENDING:
            raise WrongStatus(current=refund.status)
        if refund.asked_by == staff.actor or staff.is_same(refund.asked_by):
            raise SecondPersonNeeded
        approved = replace(refund, approved_by=staff.actor)
        facts = refund_facts(old, refund)
        return happened(old.with_refund(approved), "payment.refund_approved", facts)

    payment = _payment_of(staff, refund_id)
    applied = transitions.change(payment, decide, Author(staff.actor, now, attempt))
    return _result(send(applied.new, refund_id, now), refund_id, applied)


def decline(staff: Staff, refund_id: str, attempt: Attempt, now: datetime) -> RefundResult:
    """Refuse a refund that waits for approval; its sum is free again. Idempotent by its key.

    Raises NotFound, WrongStatus or IdempotencyKeyReused.
    """

    def decide(old: Payment) -> Outcome:
        refund = _refund_of(old, refund_id)
        if refund.status is not RefundStatus.PENDING or refund.approved:
            raise WrongStatus(current=refund.status)
        new = old.with_refund(refund.to(RefundStatus.FAILED, now))
        return happened(new, "payment.refund_declined", refund_facts(new, refund))

    payment = _payment_of(staff, refund_id)
    applied = transitions.change(payment, decide, Author(staff.actor, now, attempt))
    return _result(applied.new, refund_id, applied)


def send(payment: Payment, refund_id: str, now: datetime) -> Payment:
    """Ask the provider to give back what was set aside; no answer leaves it to be asked again."""
    refund = _refund_of(payment, refund_id)
    if refund.status is not RefundStatus.PENDING or not refund.approved:
        return payment
    provider = providers.provider(payment.provider)
    amount = Money(refund.amount, payment.currency)
    state: ProviderRefundState
    try:
        state = provider.refund(orders.order_of(payment), refund_id, amount)
    except NotNow as refusal:
        return _wait(payment, refund_id, refusal.reason, now)
    except Unanswered:
        return payment
    except Refused as refusal:
        facts = {"provider": payment.provider, "vendor_code": refusal.reason}
        _LOG.warning("refund_refused", extra=facts)
        state = "failed"
    return _apply(payment, refund_id, state, now)


def resend(payment: Payment, now: datetime) -> Payment:
    """Send again what is set aside and approved: the provider may never have heard of it."""
    for refund in payment.refunds:
        if refund.status is RefundStatus.PENDING:
            payment = send(payment, refund.refund_id, now)
    return payment


def of_own_hall(staff: Staff, payment_id: str) -> Payment:
    """Return a payment of the staff's halls; raises NotFound."""
    payment = transitions.load(payment_id)
    if payment.office_id not in staff.office_ids:
        raise NotFound
    return payment


def _automatic(payment: Payment, reason: str, *why: str) -> Attempt:
    said = [one for one in why if one]
    return Attempt(
        derived_id("automatic", payment.payment_id, reason, *said, length=16), "automatic"
    )


def _id_of(payment: Payment, attempt: Attempt) -> str:
    return payment.payment_id + attempt.id_for("refund", provider_state.REFUND_SUFFIX)


def _request(
    payment: Payment, wanted: RefundRequest, author: Author, attempt: Attempt
) -> RefundResult:
    refund_id = _id_of(payment, attempt)
    tries = itertools.count()

    def decide(old: Payment) -> Outcome | None:
        if old.refund(refund_id):
            return None
        amount = old.refundable if wanted.amount is None else wanted.amount
        refund = Refund(refund_id, amount, wanted.reason, author.actor, author.now)
        # The write itself holds the limit: the sums are read only once it was refused.
        above = _passes_limit(old, refund, look=next(tries) > 0)
        new = reserve(old, replace(refund, needs_approval=above))
        return happened(new, "payment.refund_requested", refund_facts(new, refund))

    applied = transitions.change(payment, decide, author)
    sent = send(applied.new, refund_id, author.now)
    # The refund's id comes from the key, which notes may have forgotten by now.
    return RefundResult(sent, _refund_of(sent, refund_id), applied.replayed or not applied.changed)


def _passes_limit(payment: Payment, refund: Refund, *, look: bool) -> bool:
    """Tell whether one person would give back more than the set sum with this refund."""
    if not refund_limits.is_by_staff(refund):
        return False
    before = refund_limits.given_alone(payment)
    if look:
        before = max(before, storage.given_alone(payment, refund))
    return before + refund.amount > SETTINGS.refund_approval_cents


def _apply(payment: Payment, refund_id: str, state: ProviderRefundState, now: datetime) -> Payment:
    if state not in ("succeeded", "failed", "abnormal"):
        return payment

    def decide(old: Payment) -> Outcome:
        return provider_state.apply_refund(old, _refund_of(old, refund_id), state, now)

    return transitions.change(payment, decide, Author(_SETTLER, now)).new


def _wait(payment: Payment, refund_id: str, trouble: str, now: datetime) -> Payment:
    """Leave a refund set aside that the provider refused for a while; the timer asks again."""

    def decide(old: Payment) -> Outcome:
        return provider_state.refund_waits(old, _refund_of(old, refund_id), trouble)

    return transitions.change(payment, decide, Author(_SETTLER, now)).new


def _payment_of(staff: Staff, refund_id: str) -> Payment:
    payment = of_own_hall(staff, refund_id[:PAYMENT_ID_LENGTH])
    _refund_of(payment, refund_id)
    return payment


def _refund_of(payment: Payment, refund_id: str) -> Refund:
    refund = payment.refund(refund_id)
    if refund is None:
        raise NotFound
    return refund


def _result(payment: Payment, refund_id: str, applied: Applied[Payment]) -> RefundResult:
    return RefundResult(payment, _refund_of(payment, refund_id), applied.replayed)
