"""Whose a bill is, and what its notices say: whom its issuer named, by a keyed hash.

A bill that names nobody, or whose person or organisation has no account here, is told to nobody: it
is found by its number and code. Who verifies later finds it among their own.
"""

from typing import Final

from chalicelib.core.errors import NotFound
from chalicelib.core.events import Event
from chalicelib.identity import service as identity
from chalicelib.mandates.service import organisations
from chalicelib.payments.bills.domain.bill import Bill, BillStatus
from chalicelib.payments.bills.domain.kinds import service_id_of
from chalicelib.payments.bills.service import bills

_NEWS: Final = {
    "bill.created": (BillStatus.OPEN, BillStatus.OVERDUE),
    "bill.changed": (BillStatus.OPEN, BillStatus.OVERDUE, BillStatus.PAID),
    "bill.cancelled": (BillStatus.CANCELLED, BillStatus.REFUNDED),
}


def payer_of(event: Event) -> str | None:
    """Return the citizen, or the organisation, whose the bill of an event is."""
    bill = _load(event.subject)
    owner = bill.terms.owner if bill else None
    if owner is None:
        return None
    return identity.account_of_person(owner) or organisations.known_by(owner)


def facts_of(event: Event, payer: str) -> tuple[dict[str, str], bool]:
    """Return what a notice says of a bill as it is now, and whether the event is still news."""
    bill = _load(event.subject)
    if bill is None:
        return {}, False
    facts = {
        "service": service_id_of(bill.terms.kind),
        "amount": str(bill.amount(event.moment)),
        "currency": "cny",
        "until": bill.terms.due_on.isoformat(),
        # What an organisation is to pay its managers are told of.
        "mandate": payer,
    }
    return facts, bill.status(event.moment) in _NEWS.get(event.type, ())


def _load(bill_id: str) -> Bill | None:
    try:
        return bills.load(bill_id)
    except NotFound:
        return None
