"""What staff look at: payments of their own halls, every look recorded for the citizen to see."""

from datetime import datetime
from typing import Final

from chalicelib.core.auth import Staff
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page
from chalicelib.core.parallel import map_concurrently
from chalicelib.identity import service as identity
from chalicelib.payments import storage
from chalicelib.payments.domain.payments import PAYMENT_ID_LENGTH, Payment
from chalicelib.payments.domain.refunds import Refund
from chalicelib.payments.service import listing, refunds

_REASON: Final = "payment_handling"


def look(staff: Staff, payment_id: str, now: datetime) -> Payment:
    """Return a payment of the staff's halls, the look recorded; raises NotFound."""
    payment = refunds.of_own_hall(staff, payment_id)
    identity.record_access(
        payment.citizen_id,
        staff,
        _REASON,
        f"payment:{payment_id}",
        now,
        office_id=payment.office_id,
    )
    return payment


def look_at_all(staff: Staff, subject: str, now: datetime) -> list[Payment]:
    """Return the payments of a case or appointment of the staff's halls, the look recorded."""
    own = [one for one in listing.all_of(subject) if one.office_id in staff.office_ids]
    if own:
        whose, what = own[0].citizen_id, f"payments:{subject}"
        identity.record_access(whose, staff, _REASON, what, now, office_id=own[0].office_id)
    return own


def waiting_refunds(
    staff: Staff, office_id: str, position: str | None, limit: int
) -> Page[tuple[Payment, Refund]]:
    """Return a hall's refunds that wait for a second person; nothing in it names the citizen.

    What was decided since the list was read is left out. Raises NotFound.
    """
    if office_id not in staff.office_ids:
        raise NotFound
    page = storage.list_waiting(office_id, position, limit)
    payments = map_concurrently(storage.load, [one[:PAYMENT_ID_LENGTH] for one in page.items])
    waiting = [
        (payment, refund)
        for payment, refund_id in zip(payments, page.items, strict=True)
        if payment and (refund := payment.refund(refund_id)) and refund.waits
    ]
    return Page(tuple(waiting), page.next_position)
