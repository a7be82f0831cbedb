"""What payments mean for the case that they pay for, and its end for them."""

from datetime import datetime

from chalicelib.cases import service as cases
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.payments import storage
from chalicelib.payments.domain.fees import CALLED_OFF, FeeStatus, fee_status
from chalicelib.payments.domain.payments import Payment, PaymentStatus
from chalicelib.payments.service import refunds, transitions

_REASON = "case_ended"
_PART_REJECTED = "part_rejected"


def note(case_id: str, event_id: str, now: datetime) -> None:
    """Let the case note what its payments come to. Idempotent by the event."""
    cases.note_payment(case_id, event_id, now, lambda: _fee_status(case_id))


def is_noted(case_id: str, event_id: str) -> bool:
    """Tell whether the case has noted an event of its payments."""
    return cases.was_noted(case_id, event_id)


def refund_if_called_off(case_id: str, payment_id: str, paid_at: datetime, now: datetime) -> None:
    """Give back what was paid for a case that had been called off. Idempotent."""
    if _was_called_off(case_id, paid_at):
        refunds.automatic(transitions.load(payment_id), _REASON, now)


def is_refund_due(case_id: str, payment_id: str, paid_at: datetime) -> bool:
    """Tell whether a payment of a case that was called off is still to be given back."""
    if not _was_called_off(case_id, paid_at):
        return False
    return not refunds.is_given_back(transitions.load(payment_id), _REASON)


def refund_if_part_rejected(case_id: str, now: datetime) -> None:
    """Give back what was paid for a case that ended by a department's no. Idempotent."""
    for payment in _due_after_part(case_id):
        refunds.automatic(payment, _PART_REJECTED, now)


def is_part_refunded(case_id: str) -> bool:
    """Tell whether nothing is left to give back of a case that ended by a department's no."""
    return all(refunds.is_given_back(one, _PART_REJECTED) for one in _due_after_part(case_id))


def cause(payment: Payment) -> str | None:
    """Return why all that is left of a case's payment goes back by itself, if it does."""
    if cases.load(payment.subject).ended_by_part:
        return _PART_REJECTED
    paid_at = payment.ended_at
    return _REASON if paid_at and _was_called_off(payment.subject, paid_at) else None


def _due_after_part(case_id: str) -> list[Payment]:
    if not cases.load(case_id).ended_by_part:
        return []
    return [one for one in _payments_of(case_id) if one.status is PaymentStatus.SUCCEEDED]


def _was_called_off(case_id: str, paid_at: datetime) -> bool:
    case = cases.load(case_id)
    ended_before = case.decided_at is None or case.decided_at <= paid_at
    return case.status in CALLED_OFF and ended_before


def _fee_status(case_id: str) -> FeeStatus:
    return fee_status(_payments_of(case_id))


def _payments_of(case_id: str) -> list[Payment]:
    citizens = storage.all_of(case_id[:CITIZEN_ID_LENGTH])
    return [payment for payment in citizens if payment.subject == case_id]
