"""What came free by a refund that was declined, where all that is left goes back by itself.

What has to go back is less by what staff had set aside meanwhile; when that is declined, nobody
else would give it back.
"""

from datetime import datetime
from typing import Final

from chalicelib.payments.domain.payments import Payment, PaymentStatus
from chalicelib.payments.service import appointment_fees, case_fees, refunds, transitions

LATE: Final = "late"


def give_back(payment_id: str, refund_id: str, now: datetime) -> None:
    """Give back what a declined refund left behind, if it is to go back. Idempotent."""
    payment = transitions.load(payment_id)
    reason = _cause(payment)
    if reason:
        refunds.automatic(payment, reason, now, refund_id)


def is_given_back(payment_id: str, refund_id: str) -> bool:
    """Tell whether what a declined refund left behind went back, if it is to."""
    payment = transitions.load(payment_id)
    reason = _cause(payment)
    return reason is None or refunds.is_given_back(payment, reason, refund_id)


def _cause(payment: Payment) -> str | None:
    if payment.status is not PaymentStatus.SUCCEEDED:
        return LATE
    causes = {"case": case_fees.cause, "appointment": appointment_fees.cause}
    return causes[payment.kind](payment) if payment.kind in causes else None
