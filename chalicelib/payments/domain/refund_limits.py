"""What one person may give back alone: sums, so that parts do not pass where the whole may not.

The four-eyes principle (COSO, segregation of duties). Counted are refunds that staff asked for and
that need no second person: of a payment, of its case or appointment, and of who asks, by day. What
failed or came back counts all the same: else a limit could be used again and again.
"""

from typing import Final

from chalicelib.core.clock import office_time
from chalicelib.payments.domain.payments import Payment
from chalicelib.payments.domain.refunds import Refund

_STAFF: Final = "staff:"


def is_by_staff(refund: Refund) -> bool:
    """Tell whether a person asked for it, and neither a rule nor a provider."""
    return refund.asked_by.startswith(_STAFF)


def is_alone(refund: Refund) -> bool:
    """Tell whether a person gives it back without a second one."""
    return is_by_staff(refund) and not refund.needs_approval


def given_alone(payment: Payment) -> int:
    """Return what was given back of a payment without a second person, in cents."""
    return sum(one.amount for one in payment.refunds if is_alone(one))


def counted_at(payment: Payment, refund: Refund) -> tuple[str, ...]:
    """Return the names of the sums that a refund counts in beside its payment's."""
    return payment.subject, f"{refund.asked_by}#{office_time(refund.asked_at):%Y%m%d}"
