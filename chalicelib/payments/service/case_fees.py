"""What payments mean for the case that they pay for, and its end for them."""

from datetime import datetime

from chalicelib.cases import service as cases
from chalicelib.payments import storage
from chalicelib.payments.domain.fees import CALLED_OFF, FeeStatus, fee_status
from chalicelib.payments.domain.payments import CITIZEN_ID_LENGTH
from chalicelib.payments.service import refunds, transitions

_REASON = "case_ended"


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


def _was_called_off(case_id: str, paid_at: datetime) -> bool:
    case = cases.load(case_id)
    ended_before = case.decided_at is None or case.decided_at <= paid_at
    return case.status in CALLED_OFF and ended_before


def _fee_status(case_id: str) -> FeeStatus:
    citizens = storage.all_of(case_id[:CITIZEN_ID_LENGTH])
    return fee_status(payment for payment in citizens if payment.subject == case_id)
