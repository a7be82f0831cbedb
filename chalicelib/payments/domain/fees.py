"""What all payments of one fee come to."""

from collections.abc import Iterable
from typing import Final, Literal

from chalicelib.cases.domain import CaseStatus
from chalicelib.payments.domain.payments import Payment, PaymentStatus

# Nothing is to be paid for what was called off.
CALLED_OFF: Final = frozenset({CaseStatus.WITHDRAWN, CaseStatus.DECLINED, CaseStatus.REJECTED})
FeeStatus = Literal["unpaid", "pending", "paid", "refunded", "partly_refunded"]


def fee_status(payments: Iterable[Payment]) -> FeeStatus:
    """Return what all payments of one fee come to: money that came late and went decides nothing.

    A fee that was given back whole is `refunded` until somebody begins to pay it again.
    """
    all_ = tuple(payments)
    paid = [one for one in all_ if one.status is PaymentStatus.SUCCEEDED]
    kept = [one for one in paid if not one.received or one.refunded < one.received]
    if kept:
        return "partly_refunded" if all(one.refunded for one in kept) else "paid"
    if any(not one.finished for one in all_):
        return "pending"
    return "refunded" if paid else "unpaid"
