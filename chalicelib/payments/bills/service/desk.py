"""What staff see of bills and do about them: two persons cancel one (four-eyes principle)."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core import four_eyes
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Author
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import NotFound, WrongStatus
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.mandates.service import first_matching
from chalicelib.payments.bills.domain.bill import Bill, BillStatus
from chalicelib.payments.bills.domain.settlement import Reckoned, telling
from chalicelib.payments.bills.service import bills
from chalicelib.payments.bills.storage import bills as storage

_ACT: Final = "cancel"


@dataclass(frozen=True, slots=True)
class CancelResult:
    """The bill, whether it is cancelled by this word, and whether the attempt said so before."""

    bill: Bill
    done: bool
    replayed: bool


def halls_of(staff: Staff, office_id: str | None) -> list[str]:
    """Return the hall that is asked for, or all one's own; raises NotFound for another's."""
    if office_id is None:
        return sorted(staff.office_ids)
    if office_id not in staff.office_ids:
        raise NotFound
    return [office_id]


def list_of_halls(
    halls: list[str], status: BillStatus | None, position: str | None, limit: int, now: datetime
) -> Page[Bill]:
    """Return a page of halls' bills, hall by hall, by when they are due."""
    return first_matching(
        lambda after: _page(halls, after, limit),
        lambda bill: status in (None, bill.status(now)),
        position,
    )


def cancel(
    staff: Staff, bill_id: str, reason: str, attempt: Attempt, now: datetime
) -> CancelResult:
    """Ask for a bill to be cancelled, or agree to what another asked for; its money goes back.

    Raises NotFound, WrongStatus, SecondPersonNeeded or IdempotencyKeyReused.
    """

    def load() -> Bill:
        bill = bills.load(bill_id)
        if bill.office_id not in staff.office_ids:
            raise NotFound
        return bill

    def decide(old: Bill) -> Reckoned:
        if old.cancelled or old.money.is_back:
            raise WrongStatus(current=old.status(now))
        word = staff.word(_ACT, now, reason)
        if not four_eyes.is_agreed(old.cancelling, word):
            asked = replace(old, cancelling=word)
            return Reckoned(asked, (DomainEvent("bill.cancel_asked", {"asked_by": word.by}),))
        by = old.cancelling.by if old.cancelling else ""
        event = DomainEvent("bill.cancelled", {"reason": "staff", "asked_by": by})
        new = replace(old, cancelled=True, cancelling=word)
        return telling(new, event, {"cancelled_by": "office"})

    applied = bills.change(load, decide, Author(staff.actor, now, attempt))
    bill = applied.new
    own = bill.cancelling is not None and bill.cancelling.by == staff.actor
    return CancelResult(bill, bill.cancelled and own, applied.replayed)


def _page(halls: list[str], position: str | None, limit: int) -> Page[Bill]:
    """Return a page of one hall; a position names the hall."""
    if not halls:
        return Page((), None)
    hall, inner = json.loads(position) if position else (halls[0], None)
    page = storage.list_of_office(hall, inner, limit)
    if page.next_position:
        return Page(page.items, json.dumps([hall, page.next_position]))
    later = next((one for one in halls if one > hall), None)
    return Page(page.items, json.dumps([later, None]) if later else None)
