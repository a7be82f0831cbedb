"""What is pending for long: payments of which no end is known, and seats reserved for one."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chalicelib.appointments.domain.slots import RESERVED_FOR
from chalicelib.appointments.service import reservations
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.changes import Author
from chalicelib.core.errors import TryAgain
from chalicelib.payments import storage
from chalicelib.payments.domain.payments import Payment, PaymentStatus
from chalicelib.payments.providers.base import Unanswered
from chalicelib.payments.service import refunds, transitions

_LOG: Final = logging.getLogger("onetrip.payments")
_ACTOR: Final = "system:reconcile"


def due(now: datetime, part: Part = WHOLE) -> Mapping[str, datetime]:
    """Return the ids of the payments that are to be asked about, and since when."""
    return storage.list_to_ask(now, part)


def refresh(payment_id: str, now: datetime) -> bool:
    """Ask about a payment and its refunds, and end it past its time; tell whether it has ended."""
    try:
        payment = transitions.load(payment_id)
        if not payment.finished and payment.expires_at <= now:
            payment = transitions.close(payment, PaymentStatus.EXPIRED, Author(_ACTOR, now)).new
        else:
            payment = transitions.refresh(payment, now)
        return refunds.resend(payment, now).finished
    except (Unanswered, TryAgain):
        _LOG.warning("payment_unanswered", extra={"reason": "unanswered"})
        return False


def reserved_seats(now: datetime, part: Part = WHOLE) -> list[str]:
    """Return the ids of the appointments whose fee was not paid in time."""
    return reservations.reserved_before(now - RESERVED_FOR, part)


def give_up_seat(appointment_id: str, now: datetime) -> bool:
    """Give up a seat whose fee was not paid in time; the provider is asked first."""
    open_id, paid_id = storage.load_guard(appointment_id)
    payment = storage.load(open_id) if open_id else None
    try:
        if payment and not payment.finished:
            payment = transitions.close(payment, PaymentStatus.EXPIRED, Author(_ACTOR, now)).new
    except (Unanswered, TryAgain):
        return False
    # What is paid books the seat by its own event, which may be on its way.
    if paid_id is not None or (payment and _may_be_paid(payment)):
        return False
    reservations.expire_reservation(appointment_id, now)
    return True


def _may_be_paid(payment: Payment) -> bool:
    return not payment.finished or payment.status is PaymentStatus.SUCCEEDED
