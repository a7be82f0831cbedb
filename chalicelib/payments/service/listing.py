"""Lists of payments: of a citizen, of a right, of one case or appointment."""

from chalicelib.appointments import service as appointments
from chalicelib.cases import service as cases
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.pagination import Page, from_last
from chalicelib.mandates.service import Scope, first_matching
from chalicelib.payments import storage
from chalicelib.payments.bills.service import paying
from chalicelib.payments.domain.payments import Payment


def list_covered(
    scope: Scope, subject: str | None, position: str | None, limit: int
) -> Page[Payment]:
    """Return a page of the payments that a scope covers."""
    return first_matching(
        lambda after: list_mine(scope.owner, subject, after, limit),
        lambda payment: scope.covers(payment.payment_id, _member(scope, payment)),
        position,
    )


def _member(scope: Scope, payment: Payment) -> str | None:
    if payment.kind == "bill":
        return None
    room = cases if payment.kind == "case" else appointments
    return room.load(payment.subject).for_member if scope.member else None


def list_mine(
    citizen_id: str, subject: str | None, position: str | None, limit: int
) -> Page[Payment]:
    """Return the citizen's payments, or those of one case or appointment, newest first."""
    chosen = [one for one in storage.all_of(citizen_id) if subject in (None, one.subject)]
    return from_last(chosen, _place, position, limit)


def _place(payment: Payment) -> str:
    return f"{payment.created_at.timestamp():017.6f}#{payment.payment_id}"


def all_of(subject: str) -> list[Payment]:
    """Return all payments of a case or appointment, newest first; of a bill the one that counts."""
    citizens = storage.all_of(subject[:CITIZEN_ID_LENGTH])
    payments = [payment for payment in citizens if payment.subject == subject]
    if not payments:
        counting = paying.payment_of(subject)
        found = storage.load(counting) if counting else None
        payments = [found] if found else []
    return sorted(payments, key=lambda payment: payment.created_at, reverse=True)
