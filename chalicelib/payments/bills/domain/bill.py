"""A bill: what its issuer said last, the money that came for it, and what was told of that."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.core.decisions import Versioned
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Head
from chalicelib.core.idempotency import Ledger
from chalicelib.payments.bills.domain.terms import Order, Statement, Terms, day_of


class BillStatus(StrEnum):
    """What a bill is at a moment."""

    OPEN = "open"
    IN_PAYMENT = "in_payment"
    PAID = "paid"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class BillMoney:
    """What payments did to a bill, kept in their own transactions; sums are in cents.

    `paying` is the open payment, `paid` the one that succeeded; `amount` is what either froze, on
    the day `frozen_on`. `revision` counts these changes.
    """

    paying: str | None = None
    paid: str | None = None
    amount: int = 0
    frozen_on: date | None = None
    received: int = 0
    refunded: int = 0
    revision: int = 0

    @property
    def is_back(self) -> bool:
        """Tell whether all that came went back."""
        return 0 < self.received <= self.refunded


@dataclass(frozen=True, slots=True)
class Bill(Versioned):
    """A bill of an issuer; `version` 0 is one of which nothing was said yet.

    `order` is that of the statement which holds. `settled` is what the payment has settled, None
    until that was noted; `owed` is what is to be paid beside it by the `differences`-th bill for a
    difference. `told_back` is of how much giving back the issuer was told, `messages` how often it
    was told anything. `difference_of` is the number of the bill whose difference this one is.
    """

    bill_id: str
    bill_number: str
    issuer_id: str
    office_id: str
    terms: Terms
    order: Order
    created_at: datetime
    cancelled: bool = False
    cancelling: Word | None = None
    money: BillMoney = BillMoney()
    settled: int | None = None
    owed: int = 0
    differences: int = 0
    told_back: int = 0
    messages: int = 0
    difference_of: str | None = None
    version: int = 0
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.bill_id

    @property
    def shown_version(self) -> int:
        """Return a number that grows with every change, of money too."""
        return self.version + self.money.revision

    def status(self, now: datetime) -> BillStatus:
        """Return what the bill is at a moment."""
        if self.money.is_back:
            return BillStatus.REFUNDED
        if self.cancelled:
            return BillStatus.CANCELLED
        if self.money.paid:
            return BillStatus.PAID
        if self.money.paying:
            return BillStatus.IN_PAYMENT
        return BillStatus.OVERDUE if day_of(now) > self.terms.due_on else BillStatus.OPEN

    def amount(self, now: datetime) -> int:
        """Return what is to be paid at a moment, or what a payment has frozen; in cents."""
        return self.money.amount if self._frozen else self.terms.amount_on(day_of(now))

    def late_fee(self, now: datetime) -> int:
        """Return how much of the amount is a late fee, in cents."""
        return self.terms.late_fee_on(self._counted_on(now))

    def stated(self, statement: Statement) -> "Bill":
        """Return the bill after a statement: the highest holds, and an end stays an end.

        In whatever order statements come, and however often, they lead to the same.
        """
        cancelled = self.cancelled or statement.type == "bill.cancelled"
        new = replace(self, cancelled=cancelled)
        if statement.order <= self.order and self.version:
            return new
        return replace(new, terms=statement.terms, order=statement.order)

    @property
    def _frozen(self) -> bool:
        return self.money.paying is not None or self.money.paid is not None

    def _counted_on(self, now: datetime) -> date:
        return self.money.frozen_on if self._frozen and self.money.frozen_on else day_of(now)
