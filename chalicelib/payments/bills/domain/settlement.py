"""What a bill and its money come to: what its issuer is told, and what differs.

It is decided from the bill as it is, whatever happened to it in whatever order, and once more
changes nothing. A bill that was changed after it was paid comes to what it would have come to on
the day of its payment: less goes back, more is a bill of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.core.decisions import DomainEvent
from chalicelib.payments.bills.domain.bill import Bill


@dataclass(frozen=True, slots=True)
class Told:
    """What an issuer is told: the number of the message about its bill, its type, its data."""

    number: int
    type: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A bill after it was reckoned, what happened, and what its issuer is told."""

    bill: Bill
    events: tuple[DomainEvent, ...] = ()
    told: tuple[Told, ...] = ()

    def and_then(self, later: "Reckoned") -> "Reckoned":
        """Return this with what came next."""
        return Reckoned(later.bill, (*self.events, *later.events), (*self.told, *later.told))


def reckon(bill: Bill) -> Reckoned:
    """Note what came and went back for a bill, and what is still to come or to go."""
    if bill.money.paid is None:
        return Reckoned(bill)
    reckoned = Reckoned(bill)
    if bill.settled is None:
        reckoned = reckoned.and_then(_noted_paid(bill))
    reckoned = reckoned.and_then(_differing(reckoned.bill))
    return reckoned.and_then(_noted_back(reckoned.bill))


def to_give_back(bill: Bill) -> int:
    """Return how much of what was paid has to go back because of what the issuer said since."""
    return bill.money.amount - (bill.money.amount if bill.settled is None else bill.settled)


def _noted_paid(bill: Bill) -> Reckoned:
    amount = bill.money.amount
    noted = replace(bill, settled=amount)
    facts = {"amount": str(amount), "payment": bill.money.paid or ""}
    return telling(noted, DomainEvent("bill.paid", facts), {"amount": _cny(amount)})


def _differing(bill: Bill) -> Reckoned:
    """Note what a bill comes to now, other than what was settled."""
    settled, day = bill.settled or 0, bill.money.frozen_on
    if day is None:
        return Reckoned(bill)
    due = 0 if bill.cancelled else bill.terms.amount_on(day)
    # Who got everything back owes nothing more for what was paid.
    owed = 0 if bill.money.is_back else max(0, due - settled)
    differences = bill.differences + (owed > 0 and bill.owed == 0)
    new = replace(bill, settled=min(settled, due), owed=owed, differences=differences)
    if new == bill:
        return Reckoned(bill)
    facts = {"settled": str(new.settled), "owed": str(new.owed)}
    return Reckoned(new, (DomainEvent("bill.differed", facts),))


def _noted_back(bill: Bill) -> Reckoned:
    back = bill.money.refunded
    if back == bill.told_back:
        return Reckoned(bill)
    data = {"amount": _cny(abs(back - bill.told_back)), "amount_refunded": _cny(back)}
    event = DomainEvent("bill.refunded", {"amount": str(back)})
    return telling(replace(bill, told_back=back), event, data)


def telling(bill: Bill, event: DomainEvent, data: Mapping[str, object]) -> Reckoned:
    """Return a bill to which something happened, of which its issuer is told."""
    number = bill.messages + 1
    body = {"bill_number": bill.bill_number, **data}
    new = replace(bill, messages=number)
    return Reckoned(new, (event,), (Told(number, event.type, body),))


def _cny(cents: int) -> dict[str, object]:
    return {"cents": cents, "currency": "cny"}
