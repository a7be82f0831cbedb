"""Paying a fee: begin, look, cancel, and what other rooms' events mean for payments.

Our record is there before the provider is called, and the provider is called with our id: whatever
gets lost on the way is found again by the same request, by a notification, or by the timer.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from chalicelib.appointments import service as appointments
from chalicelib.appointments.domain.appointments import AppointmentStatus
from chalicelib.appointments.domain.slots import RESERVED_FOR
from chalicelib.cases import service as cases
from chalicelib.cases.domain import CaseStatus
from chalicelib.catalogue import service as catalogue
from chalicelib.core import history, idempotency, parallel
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import NotFound, TryAgain, WrongStatus
from chalicelib.core.idempotency import Attempt
from chalicelib.core.money import Money
from chalicelib.core.pagination import Page
from chalicelib.payments import following, providers, settling, storage
from chalicelib.payments.domain import (
    ASK_AFTER,
    CITIZEN_ID_LENGTH,
    LIVES,
    AlreadyPaid,
    Client,
    Method,
    NothingToPay,
    PayerUnknown,
    Payment,
    PaymentInProgress,
    PaymentProviderDown,
    Status,
)
from chalicelib.payments.providers.base import Action, Refused, Unanswered

Kind = Literal["case", "appointment"]
follow_up: Final = following.follow_up
_TRIES: Final = 4
_ID_LENGTH: Final = 8
_CALLED_OFF: Final = frozenset({CaseStatus.WITHDRAWN, CaseStatus.DECLINED, CaseStatus.REJECTED})
_NOTHING: Final = Action("none")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a citizen wants to pay, and how."""

    kind: Kind
    subject: str
    method: Method
    client: Client


@dataclass(frozen=True, slots=True)
class Shown:
    """A payment, and what the phone is to do about it."""

    payment: Payment
    action: Action | None


@dataclass(frozen=True, slots=True)
class _Due:
    service_id: str
    office_id: str
    amount: Money
    lives: timedelta


def start(caller: Citizen, wanted: Wanted, attempt: Attempt, now: datetime) -> tuple[Shown, bool]:
    """Begin to pay a fee; tells whether the same attempt had done so before.

    Raises NotFound, NothingToPay, AlreadyPaid, PaymentInProgress, MethodNotServed, PayerUnknown,
    PaymentProviderDown or IdempotencyKeyReused.
    """
    due, payer = _due_and_payer(caller.citizen_id, wanted, now)
    payment_id = caller.citizen_id + attempt.id_for("payment", _ID_LENGTH)
    fresh = _fresh(payment_id, wanted, due, attempt, now)
    for _ in range(_TRIES):
        payment, entry = _begun(fresh, caller.actor, now)
        if storage.create(payment, entry):
            return _started(payment, payer, now), False
        existing = storage.load(payment_id)
        if existing and idempotency.already_applied(existing.ledger, attempt):
            return look(existing, now), True
        _refuse(wanted.subject, now)
    raise TryAgain(retry_after=1)


def show(citizen_id: str, payment_id: str, now: datetime) -> Shown:
    """Return the citizen's own payment, asking the provider if it has been pending long.

    Raises NotFound.
    """
    return look(mine(citizen_id, payment_id), now)


def mine(citizen_id: str, payment_id: str) -> Payment:
    """Return the citizen's own payment as it is kept; raises NotFound."""
    found = storage.load(payment_id) if payment_id.startswith(citizen_id) else None
    if found is None:
        raise NotFound
    return found


def list_mine(
    citizen_id: str, subject: str | None, position: str | None, limit: int
) -> Page[Payment]:
    """Return the citizen's payments, those of one case or appointment if asked for."""
    page = storage.list_of(citizen_id, position, limit)
    kept = [one for one in page.items if subject in (None, one.subject)]
    newest_first = sorted(kept, key=lambda one: one.created_at, reverse=True)
    return Page(tuple(newest_first), page.next_position)


def all_of(subject: str) -> list[Payment]:
    """Return all payments of a case or appointment, newest first."""
    own = storage.all_of(subject[:CITIZEN_ID_LENGTH])
    found = [one for one in own if one.subject == subject]
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def cancel(caller: Citizen, payment_id: str, attempt: Attempt, now: datetime) -> tuple[Shown, bool]:
    """Give up an open payment, so that another can begin; a second time answers the same.

    The provider closes it first: what is paid meanwhile stays paid. Raises NotFound, WrongStatus
    or PaymentProviderDown.
    """
    payment = mine(caller.citizen_id, payment_id)
    again = idempotency.already_applied(payment.ledger, attempt)
    if payment.status is Status.CANCELLED:
        return Shown(payment, None), again
    if payment.finished:
        raise WrongStatus(current=payment.status)
    try:
        payment = settling.close(payment, Status.CANCELLED, caller.actor, now)
    except Unanswered as error:
        raise PaymentProviderDown(retry_after=5) from error
    if payment.status is not Status.CANCELLED:
        raise WrongStatus(current=payment.status)
    return Shown(payment, None), again


def look(payment: Payment, now: datetime) -> Shown:
    """Return a payment as it is now, and what the phone is to do."""
    if payment.finished:
        return Shown(payment, None)
    try:
        if now - payment.created_at >= ASK_AFTER:
            payment = settling.ask(payment, now)
        if payment.status is Status.CREATED:
            payment = settling.confirm(payment, settling.start(payment), now)
    except (Unanswered, Refused, PayerUnknown):
        # What is kept is shown; the next look asks again.
        return Shown(payment, settling.action_of(payment))
    return Shown(payment, settling.action_of(payment))


def _due_and_payer(citizen_id: str, wanted: Wanted, now: datetime) -> tuple[_Due, str | None]:
    if wanted.client not in settling.PLATFORMS:
        return _due(citizen_id, wanted, now), None
    reads: list[Callable[[], Any]] = [
        lambda: _due(citizen_id, wanted, now),
        lambda: settling.payer_of(citizen_id, wanted.client),
    ]
    due, payer = parallel.map_concurrently(lambda read: read(), reads)
    return due, payer


def _due(citizen_id: str, wanted: Wanted, now: datetime) -> _Due:
    if wanted.kind == "appointment":
        appointment = appointments.mine(citizen_id, wanted.subject)
        if not appointment.active:
            raise NothingToPay(current=appointment.status)
        service = catalogue.service(appointment.service_id)
        amount = service.fee.amount
        lives = max(appointment.created_at + RESERVED_FOR - now, timedelta(minutes=1))
        if appointment.status is not AppointmentStatus.RESERVED:
            lives = LIVES
        return _Due(service.service_id, appointment.slot.office_id, amount, lives)
    case = cases.mine(citizen_id, wanted.subject)
    if case.status in _CALLED_OFF:
        raise NothingToPay(current=case.status)
    return _Due(case.service_id, case.office_id, case.fee or Money(0), LIVES)


def _fresh(payment_id: str, wanted: Wanted, due: _Due, attempt: Attempt, now: datetime) -> Payment:
    provider = providers.serving(wanted.method, wanted.client)
    return Payment(
        payment_id,
        wanted.kind,
        wanted.subject,
        due.service_id,
        due.office_id,
        due.amount,
        wanted.method,
        wanted.client,
        provider,
        now,
        now + due.lives,
        ledger=idempotency.note((), attempt, now),
    )


def _begun(fresh: Payment, actor: str, now: datetime) -> tuple[Payment, history.Entry]:
    type_ = "payment.created"
    if not fresh.amount.cents:
        # Nothing is to be paid, and nobody need be asked.
        fresh, type_ = fresh.to(Status.SUCCEEDED, now), "payment.succeeded"
    entry = history.append(
        fresh.payment_id,
        history.Head(),
        type_=type_,
        at=now,
        actor=actor,
        data=settling.entry_facts(fresh),
    )
    return replace(fresh, head=entry.head, ask_at=settling.next_ask(fresh, now)), entry


def _started(payment: Payment, payer: str | None, now: datetime) -> Shown:
    if payment.finished:
        return Shown(payment, _NOTHING)
    try:
        started = settling.start(payment, payer)
    except Unanswered as error:
        raise PaymentProviderDown(retry_after=5) from error
    except Refused as error:
        _give_up(payment, now)
        raise PaymentProviderDown(retry_after=60) from error
    # It is kept as pending by the first look; the answer need not wait for that.
    return Shown(replace(payment, status=Status.PENDING), started.action)


def _give_up(payment: Payment, now: datetime) -> None:
    """End what could not begin, so that another can; without an answer the timer does it."""
    with suppress(Unanswered):
        settling.close(payment, Status.FAILED, "system:settle", now)


def _refuse(subject: str, now: datetime) -> None:
    """Say what stands in the way of a new payment; a guard that was just freed says nothing."""
    open_id, paid_id = storage.load_guard(subject)
    if paid_id:
        raise AlreadyPaid(payment_id=paid_id)
    found = storage.load(open_id) if open_id else None
    if found is None:
        return
    payment = look(found, now).payment
    if payment.status is Status.SUCCEEDED:
        raise AlreadyPaid(payment_id=payment.payment_id)
    if not payment.finished:
        raise PaymentInProgress(payment_id=payment.payment_id, payment=_brief(payment))


def _brief(payment: Payment) -> dict[str, object]:
    return {
        "payment_id": payment.payment_id,
        f"{payment.kind}_id": payment.subject,
        "method": payment.method,
        "status": payment.status.value,
        "amount": {"cents": payment.amount.cents, "currency": payment.amount.currency},
    }
