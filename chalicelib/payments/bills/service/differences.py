"""What a bill that was changed or cancelled leads to: money goes back, or a bill asks for the rest.

Called by events, at least once and in any order: it acts on what the bill is now, and once more
does nothing. A crash in between leaves the rest to the event's next time.
"""

from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.changes import Author
from chalicelib.core.errors import TryAgain
from chalicelib.payments.bills.domain.bill import Bill
from chalicelib.payments.bills.domain.numbers import difference_number
from chalicelib.payments.bills.domain.settlement import to_give_back
from chalicelib.payments.bills.domain.terms import Item, Statement, StatementType, Terms, day_of
from chalicelib.payments.bills.service import bills
from chalicelib.payments.bills.service.issuers import DIRECTORY
from chalicelib.payments.bills.storage import bills as storage
from chalicelib.payments.domain.payments import PaymentStatus
from chalicelib.payments.providers.base import Unanswered
from chalicelib.payments.service import refunds, transitions

_REASON: Final = "bill_changed"
_NAME: Final = "差额 Difference"
# Administrative Penalty Law, article 67: fifteen days to pay from the day on which one is told.
_TO_PAY: Final = timedelta(days=15)


def carry_out(bill_id: str, now: datetime) -> None:
    """End a payment of what was cancelled, give back what is too much, ask for what is missing.

    Idempotent. Raises NotFound, or TryAgain while the provider does not answer.
    """
    bill = bills.load(bill_id)
    if bill.cancelled and bill.money.paying:
        _close(bill.money.paying, now)
    if bill.money.paid and to_give_back(bill):
        payment = transitions.load(bill.money.paid)
        refunds.up_to(payment, _REASON, to_give_back(bill), now)
    for serial in _differing(bill):
        _ask_for(bill, serial, now)


def is_carried_out(bill_id: str) -> bool:
    """Tell whether nothing is left to do because of what was said of a bill."""
    bill = bills.load(bill_id)
    if bill.cancelled and bill.money.paying:
        return False
    if bill.money.paid and to_give_back(bill):
        payment = transitions.load(bill.money.paid)
        if refunds.is_left(payment, _REASON, to_give_back(bill)):
            return False
    return not _differing(bill)


def _close(payment_id: str, now: datetime) -> None:
    """Close the payment at its provider; what is paid meanwhile goes back by its own event."""
    author = Author("system:follow_up", now)
    try:
        transitions.close(transitions.load(payment_id), PaymentStatus.CANCELLED, author)
    except Unanswered as error:
        raise TryAgain(retry_after=5) from error


def _differing(bill: Bill) -> list[int]:
    """Return which of the bills for a difference do not say what they should."""
    return [n for n in range(1, bill.differences + 1) if not _is_said(bill, n)]


def _is_said(bill: Bill, serial: int) -> bool:
    owed = _owed(bill, serial)
    there = storage.load(bills.id_of(_number(bill, serial)))
    if there is None:
        return owed == 0
    return there.cancelled if owed == 0 else there.terms.sum == owed


def _owed(bill: Bill, serial: int) -> int:
    return bill.owed if serial == bill.differences else 0


def _ask_for(bill: Bill, serial: int, now: datetime) -> None:
    owed = _owed(bill, serial)
    type_: StatementType = "bill.changed" if owed else "bill.cancelled"
    terms = _terms(bill, owed, day_of(now))
    # The bill's own version orders what it says of its difference.
    statement = Statement(type_, bill.version, terms, "")
    issuer = DIRECTORY.find(bill.issuer_id)
    of = bill.difference_of or bill.bill_number
    bills.state(issuer, _number(bill, serial), statement, now, of)


def _number(bill: Bill, serial: int) -> str:
    named = dependencies.vault().keyed_hash("difference", f"{bill.bill_id}/{serial}")
    return difference_number(int.from_bytes(named.encode(), "big"))


def _terms(bill: Bill, owed: int, today: date) -> Terms:
    old = bill.terms
    return Terms(
        old.kind,
        old.title,
        (Item(_NAME, owed),),
        max(old.due_on, today + _TO_PAY),
        old.late_fee,
        old.owner,
        old.code_hash,
    )
