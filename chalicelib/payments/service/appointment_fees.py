"""What a payment means for the appointment that it pays for, and its end for the payment."""

from datetime import datetime
from typing import Final

from chalicelib.appointments import service as appointments
from chalicelib.appointments.domain.appointments import AppointmentStatus
from chalicelib.appointments.service import reservations
from chalicelib.payments import storage
from chalicelib.payments.domain.payments import Payment, PaymentStatus
from chalicelib.payments.service import refunds, transitions

_REASON: Final = "appointment_ended"
_ENDED: Final = frozenset({AppointmentStatus.CANCELLED, AppointmentStatus.EXPIRED})


def confirm(appointment_id: str, payment_id: str, event_id: str, now: datetime) -> None:
    """Book the seat that was paid for, or give the money back where it is gone. Idempotent."""
    if not reservations.confirm_paid(appointment_id, event_id, now):
        refunds.automatic(transitions.load(payment_id), _REASON, now)


def is_confirmed(appointment_id: str, payment_id: str) -> bool:
    """Tell whether the seat was booked, or the money given back where it is gone."""
    status = appointments.load(appointment_id).status
    if status in _ENDED:
        return refunds.is_given_back(transitions.load(payment_id), _REASON)
    return status is not AppointmentStatus.RESERVED


def refund_ended(appointment_id: str, now: datetime) -> None:
    """Give back what was paid for an appointment that will not be. Idempotent."""
    payment = _paid(appointment_id)
    if payment:
        refunds.automatic(payment, _REASON, now)


def is_refunded(appointment_id: str) -> bool:
    """Tell whether nothing that was paid for an ended appointment is left to give back."""
    payment = _paid(appointment_id)
    return payment is None or refunds.is_given_back(payment, _REASON)


def cause(payment: Payment) -> str | None:
    """Return why all that is left of an appointment's payment goes back by itself, if it does."""
    return _REASON if appointments.load(payment.subject).status in _ENDED else None


def _paid(appointment_id: str) -> Payment | None:
    _, paid_id = storage.load_guard(appointment_id)
    payment = storage.load(paid_id) if paid_id else None
    return payment if payment and payment.status is PaymentStatus.SUCCEEDED else None
