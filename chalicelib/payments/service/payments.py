"""Paying a fee: begin, look, and cancel.

Our record is there before the provider is called, and the provider is called with our id: whatever
gets lost on the way is found again by the same request, by a notification, or by the timer.
"""

from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from chalicelib.core import changes, history, idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Author
from chalicelib.core.errors import NotFound, WrongStatus
from chalicelib.core.event_types import PaymentEvent
from chalicelib.core.idempotency import Attempt
from chalicelib.core.key_notes import KeyNote
from chalicelib.core.tables import Addition
from chalicelib.payments import providers, storage
from chalicelib.payments.domain.errors import (
    AlreadyPaid,
    NothingToPay,
    PayerUnknown,
    PaymentInProgress,
    PaymentProviderDown,
)
from chalicelib.payments.domain.next_action import Action
from chalicelib.payments.domain.payments import (
    ASK_AFTER,
    Payment,
    PaymentStatus,
    entry_facts,
    next_ask,
)
from chalicelib.payments.providers.base import Refused, Unanswered
from chalicelib.payments.service import orders, transitions
from chalicelib.payments.service.amount_due import Due, PaymentRequest, due_and_payer

_ID_LENGTH: Final = 8
_NOTHING: Final = Action("none")


@dataclass(frozen=True, slots=True)
class PaymentResult:
    """A payment, what the phone is to do about it, and whether the attempt had done this before."""

    payment: Payment
    action: Action | None = None
    replayed: bool = False


def start(
    caller: Citizen, request: PaymentRequest, attempt: Attempt, now: datetime
) -> PaymentResult:
    """Begin to pay a fee.

    Raises NotFound, NothingToPay, AlreadyPaid, PaymentInProgress, MethodNotServed, PayerUnknown,
    PaymentProviderDown or IdempotencyKeyReused.
    """
    payment_id, own_id = (
        one + attempt.id_for("payment", _ID_LENGTH) for one in (caller.citizen_id, caller.calls)
    )
    key = storage.KEYS.of(attempt, now, storage.payment_keys(own_id))

    def write() -> PaymentResult | None:
        try:
            # Anew each time: a bill may have been changed since.
            due, payer = due_and_payer(caller, request, now)
        except NothingToPay:
            replay = _replayed(payment_id, attempt, now)
            if replay is None:
                raise
            return replay
        payment, entry = _begun(_fresh(caller, payment_id, request, due, attempt, now), caller, now)
        if storage.create(payment, entry, _also(caller, payment_id, due, key)):
            return _started(payment, payer, now)
        replay = _replayed(payment_id, attempt, now)
        if replay is None:
            _refuse(caller, request.subject, now)
            key.check()
            if caller.standing:
                caller.standing.check()
        return replay

    with key.unless_reused() if caller.standing else nullcontext():
        return changes.until_stored(write)


def show(citizen_id: str, payment_id: str, now: datetime) -> PaymentResult:
    """Return the citizen's own payment, asking the provider if it has been pending long.

    Raises NotFound.
    """
    return look(mine(citizen_id, payment_id), now)


def mine(citizen_id: str, payment_id: str) -> Payment:
    """Return the citizen's own payment as it is kept; raises NotFound."""
    if not payment_id.startswith(citizen_id):
        raise NotFound
    return transitions.load(payment_id)


def cancel(caller: Citizen, payment_id: str, attempt: Attempt, now: datetime) -> PaymentResult:
    """Give up an open payment, so that another can begin. Idempotent.

    The provider closes it first: what is paid meanwhile stays paid. Raises NotFound, WrongStatus,
    PaymentProviderDown or IdempotencyKeyReused.
    """
    payment = mine(caller.citizen_id, payment_id)
    replayed = idempotency.already_applied(payment.ledger, attempt)
    if not payment.finished:
        try:
            author = Author.of(caller, now, attempt)
            applied = transitions.close(payment, PaymentStatus.CANCELLED, author)
        except Unanswered as error:
            raise PaymentProviderDown(retry_after=5) from error
        payment, replayed = applied.new, applied.replayed
    if payment.status is not PaymentStatus.CANCELLED:
        raise WrongStatus(current=payment.status)
    return PaymentResult(payment, replayed=replayed)


def look(payment: Payment, now: datetime) -> PaymentResult:
    """Return a payment as it is now, and what the phone is to do."""
    if payment.finished:
        return PaymentResult(payment)
    try:
        if now - payment.created_at >= ASK_AFTER:
            payment = transitions.refresh(payment, now)
        if payment.status is PaymentStatus.CREATED:
            payment = transitions.confirm(payment, orders.start(payment), now)
    except (Unanswered, Refused, PayerUnknown):
        # What is kept is shown; the next look asks again.
        return PaymentResult(payment, orders.action_of(payment))
    return PaymentResult(payment, orders.action_of(payment))


def _replayed(payment_id: str, attempt: Attempt, now: datetime) -> PaymentResult | None:
    """Return the payment that an attempt made; None where it made none."""
    existing = storage.load(payment_id)
    if existing is None or not idempotency.already_applied(existing.ledger, attempt):
        return None
    return replace(look(existing, now), replayed=True)


def _also(caller: Citizen, payment_id: str, due: Due, key: KeyNote) -> list[Addition]:
    """Return what a payment begins with, or not at all: the right to pay, the bill as it is.

    Of what is paid for another the key is noted too, where one's own payment would be.
    """
    holds = caller.holds("payment", payment_id)
    also = [holds, key.write] if holds else []
    return [*also, due.bill.holds(payment_id, key.now)] if due.bill else also


def _fresh(  # noqa: PLR0913 - a payment has these facts.
    caller: Citizen,
    payment_id: str,
    request: PaymentRequest,
    due: Due,
    attempt: Attempt,
    now: datetime,
) -> Payment:
    if caller.standing:
        caller.standing.check(due.service_id)
    provider = providers.serving(request.method, request.client)
    return Payment(
        payment_id,
        request.kind,
        request.subject,
        due.service_id,
        due.office_id,
        due.amount,
        request.method,
        request.client,
        provider,
        now,
        now + due.lives,
        ledger=idempotency.note((), attempt, now),
        payer=caller.calls if caller.standing else None,
    )


def _begun(fresh: Payment, caller: Citizen, now: datetime) -> tuple[Payment, history.Entry]:
    type_: PaymentEvent = "payment.created"
    if not fresh.amount.cents:
        # Nothing is to be paid, and nobody need be asked.
        fresh, type_ = fresh.to(PaymentStatus.SUCCEEDED, now), "payment.succeeded"
    entry = history.append(
        fresh.payment_id,
        history.Head(),
        type_=type_,
        at=now,
        actor=caller.actor,
        data=entry_facts(fresh),
    )
    return replace(fresh, head=entry.head, ask_at=next_ask(fresh, now)), entry


def _started(payment: Payment, payer: str | None, now: datetime) -> PaymentResult:
    if payment.finished:
        return PaymentResult(payment, _NOTHING)
    try:
        started = orders.start(payment, payer)
    except Unanswered as error:
        raise PaymentProviderDown(retry_after=5) from error
    except Refused as error:
        _give_up(payment, now)
        raise PaymentProviderDown(retry_after=60) from error
    # It is kept as pending by the first look; the answer need not wait for that.
    return PaymentResult(replace(payment, status=PaymentStatus.PENDING), started.action)


def _give_up(payment: Payment, now: datetime) -> None:
    """End what could not begin, so that another can; without an answer the timer does it."""
    with suppress(Unanswered):
        transitions.close(payment, PaymentStatus.FAILED, Author("system:settle", now))


def _refuse(caller: Citizen, subject: str, now: datetime) -> None:
    """Say what stands in the way of a new payment; a guard that was just freed says nothing.

    A bill may be paid by another, of whose payment nothing is told.
    """
    open_id, paid_id = storage.load_guard(subject)
    if paid_id:
        raise AlreadyPaid(**_named(caller, paid_id))
    open_payment = storage.load(open_id) if open_id else None
    if open_payment is None:
        return
    payment = look(open_payment, now).payment
    if payment.status is PaymentStatus.SUCCEEDED:
        raise AlreadyPaid(**_named(caller, payment.payment_id))
    if not payment.finished:
        named = _named(caller, payment.payment_id)
        raise PaymentInProgress(**({**named, "payment": _brief(payment)} if named else named))


def _named(caller: Citizen, payment_id: str) -> dict[str, Any]:
    return {"payment_id": payment_id} if payment_id.startswith(caller.citizen_id) else {}


def _brief(payment: Payment) -> dict[str, object]:
    return {
        "payment_id": payment.payment_id,
        f"{payment.kind}_id": payment.subject,
        "method": payment.method,
        "status": payment.status.value,
        "amount": {"cents": payment.amount.cents, "currency": payment.amount.currency},
    }
