"""Paying a bill: what is due now, and what holds it while a payment lives.

A payment begins on the condition that nothing was said of its bill since it was read, and what it
asks for stays as it is while it lives: a day more, or a word of the issuer, changes only the next.
"""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.auth import Citizen
from chalicelib.core.errors import NotFound
from chalicelib.core.money import Money
from chalicelib.core.tables import Addition
from chalicelib.payments.bills.domain.bill import Bill, BillStatus
from chalicelib.payments.bills.domain.kinds import service_id_of
from chalicelib.payments.bills.domain.terms import day_of
from chalicelib.payments.bills.service import bills
from chalicelib.payments.bills.service.lookup import owner_key
from chalicelib.payments.bills.storage import bills as storage
from chalicelib.payments.bills.storage import money
from chalicelib.payments.domain.errors import NothingToPay


@dataclass(frozen=True, slots=True)
class BillDue:
    """A bill that can be paid, and what it comes to now."""

    bill: Bill
    amount: Money

    @property
    def service_id(self) -> str:
        """Return the name under which books and reports count the money: the bill's kind."""
        return service_id_of(self.bill.terms.kind)

    def holds(self, payment_id: str, now: datetime) -> Addition:
        """Return what lets a payment begin only while the bill is as it was read."""
        return money.write_begun(self.bill, payment_id, self.amount.cents, day_of(now))


def due(caller: Citizen, bill_id: str, now: datetime, *, is_holder: bool) -> BillDue:
    """Return what a caller is to pay, whose bill it is or who has its number and code.

    Raises NotFound, or NothingToPay for what was cancelled or given back.
    """
    bill = bills.load(bill_id)
    if not is_holder and bill.terms.owner != owner_key(caller):
        raise NotFound
    status = bill.status(now)
    if bill.cancelled or status is BillStatus.REFUNDED:
        raise NothingToPay(current=status)
    return BillDue(bill, Money(bill.terms.amount_on(day_of(now))))


def payment_of(bill_id: str) -> str | None:
    """Return the id of the payment of a bill that succeeded, or is open; None without a bill."""
    bill = storage.load(bill_id)
    return (bill.money.paid or bill.money.paying) if bill else None
