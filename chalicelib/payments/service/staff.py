"""What staff look at: payments of their own halls, every look recorded for the citizen to see."""

from datetime import datetime
from typing import Final

from chalicelib.core.auth import Staff
from chalicelib.identity import service as identity
from chalicelib.payments.domain.payments import Payment
from chalicelib.payments.service import listing, refunds

_REASON: Final = "payment_handling"


def look(staff: Staff, payment_id: str, now: datetime) -> Payment:
    """Return a payment of the staff's halls, the look recorded; raises NotFound."""
    payment = refunds.of_own_hall(staff, payment_id)
    identity.record_access(
        payment.citizen_id, staff.staff_id, _REASON, f"payment:{payment_id}", now
    )
    return payment


def look_at_all(staff: Staff, subject: str, now: datetime) -> list[Payment]:
    """Return the payments of a case or appointment of the staff's halls, the look recorded."""
    own = [one for one in listing.all_of(subject) if one.office_id in staff.office_ids]
    if own:
        whose, what = own[0].citizen_id, f"payments:{subject}"
        identity.record_access(whose, staff.staff_id, _REASON, what, now)
    return own
