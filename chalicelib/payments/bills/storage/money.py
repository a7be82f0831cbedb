"""What payments write into bills, as parts of their own transactions."""

from datetime import date
from typing import Any

from chalicelib.core.tables import Addition
from chalicelib.payments.bills.domain.bill import Bill
from chalicelib.payments.bills.storage._records import BillRecord, bill_keys
from chalicelib.payments.bills.storage.bills import is_still


def write_begun(bill: Bill, payment_id: str, cents: int, day: date) -> Addition:
    """Return what freezes a bill for a payment, unless anything of the bill changed since.

    Where nothing is to be paid it is paid with that.
    """
    name = BillRecord.paying if cents else BillRecord.paid
    actions: list[Any] = [
        name.set(payment_id),
        BillRecord.cents.set(cents),
        BillRecord.frozen_on.set(str(day)),
        BillRecord.revision.add(1),
    ]
    record = BillRecord(*bill_keys(bill.bill_id))
    return lambda write: write.update(record, actions, condition=is_still(bill))


def write_ended(bill_id: str) -> Addition:
    """Return what frees a bill whose payment ended without success."""
    actions: list[Any] = [
        BillRecord.paying.remove(),
        BillRecord.frozen_on.remove(),
        BillRecord.cents.set(0),
        BillRecord.revision.add(1),
    ]
    return lambda write: write.update(BillRecord(*bill_keys(bill_id)), actions)


def write_paid(bill_id: str, payment_id: str, received: int, refunded: int) -> Addition:
    """Return what keeps what came for a bill by its payment, and how much of it went back."""
    actions: list[Any] = [
        BillRecord.paying.remove(),
        BillRecord.paid.set(payment_id),
        BillRecord.received.set(received),
        BillRecord.refunded.set(refunded),
        BillRecord.revision.add(1),
    ]
    return lambda write: write.update(BillRecord(*bill_keys(bill_id)), actions)
