"""Books that are right: asking about all that is open, and the days as providers list them."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.appointments import service as appointments
from chalicelib.appointments.domain.slots import RESERVED_FOR
from chalicelib.core import metrics, worker
from chalicelib.core.auth import Staff
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound, TryAgain
from chalicelib.payments import providers, refunds, settling, storage
from chalicelib.payments.comparing import NOT_COMPARED, Comparison, add, nothing
from chalicelib.payments.domain import Payment, Status
from chalicelib.payments.providers.base import Refused, Unanswered
from chalicelib.payments.storage import Books
from chalicelib.supervision import service as supervision

_LOG: Final = logging.getLogger("onetrip.payments")
_NAME: Final = "reconcile_payments"
_ACTOR: Final = "system:reconcile"
# What was not compared is tried again for as long as providers keep their lists at hand.
_TRIED_AGAIN: Final = 7
# Today's books go on; who looks often sees them as they were a moment ago.
_LOOKED_AT: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run did: payments asked about, of these ended, and held seats given up."""

    asked: int = 0
    ended: int = 0
    given_up: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """A day's books of some halls: sums by provider and currency, what differs, since when."""

    totals: Mapping[tuple[str, str], Mapping[str, int]]
    differences: Sequence[Mapping[str, str]]
    compared_at: str | None


def reconcile(now: datetime) -> Reconciled:
    """Ask about all that has been open too long, and end what is past its time; again is safe."""
    due = storage.list_to_ask(now)
    metrics.waited(_NAME, due.values())
    ended = sum(worker.each(_NAME, due, lambda one: _ended(one, now)))
    held = appointments.reserved_before(now - RESERVED_FOR)
    given_up = sum(worker.each(_NAME, held, lambda one: _given_up(one, now)))
    return Reconciled(len(due), ended, given_up)


def _ended(payment_id: str, now: datetime) -> bool:
    try:
        return _looked_after(settling.load(payment_id), now).finished
    except (Unanswered, TryAgain):
        _LOG.warning("payment_unanswered", extra={"reason": "unanswered"})
        return False


def compare(day: date, now: datetime, names: Collection[str] | None = None) -> list[Books]:
    """Compare a day with each provider (or those named), and keep what was found.

    One that does not answer, says no, or makes no sense is `not_compared`; the others go on.
    Raises TryAgain when one could not be kept, after the others.
    """
    wanted = [name for name in providers.in_use() if names is None or name in names]
    found = worker.each("compare_books", wanted, lambda name: _compared(name, day, now))
    if len(found) < len(wanted):
        raise TryAgain(retry_after=2)
    return found


def _compared(name: str, day: date, now: datetime) -> Books:
    comparison = Comparison(name, day, now)
    try:
        books = comparison.run()
        supervision.clear_alert(f"books:{name}:{day}", "books_unavailable", now)
    except (Unanswered, Refused, TryAgain, NotFound) as error:
        facts = {"provider": name, "reason": type(error).__name__}
        _LOG.warning("day_not_compared", extra=facts)
        books = comparison.not_compared()
    storage.store_books(f"{day:%Y%m%d}", books)
    return books


def compare_yesterday(now: datetime) -> int:
    """Compare the day before, and what was compared in vain before it; again is the same.

    Returns how many differences there are.
    """
    yesterday = office_time(now).date() - timedelta(days=1)
    return sum(len(books.differences) for books in compare_missing(yesterday, now))


def compare_missing(last: date, now: datetime) -> list[Books]:
    """Compare a day, and those before it that were compared in vain or not to their end."""
    found = compare(last, now)
    for step in range(1, _TRIED_AGAIN):
        day = last - timedelta(days=step)
        kept = storage.load_books(f"{day:%Y%m%d}")
        if kept:
            found += compare(day, now, _to_compare(kept, day, now))
    return found


def of_day(staff: Staff, day: date, now: datetime) -> Day:
    """Return a day's books of the staff's halls, and the differences from the providers'.

    A day that was last compared before it was over, or in vain, is compared now.
    """
    kept = storage.load_books(f"{day:%Y%m%d}")
    again = _to_compare(kept, day, now)
    if again:
        kept = [one for one in kept if one.provider not in again] + compare(day, now, again)
    totals: dict[tuple[str, str], dict[str, int]] = {}
    for moved in storage.movements_of(f"{day:%Y%m%d}"):
        if moved.office_id in staff.office_ids:
            sums = totals.setdefault((moved.provider, moved.amount.currency), nothing())
            add(sums, moved)
    offices = staff.office_ids | {""}
    differences = [
        one for books in kept for one in books.differences if one["office_id"] in offices
    ]
    return Day(totals, differences, max((books.at for books in kept), default=None))


def _is_old(books: Books, day: date, now: datetime) -> bool:
    at = datetime.fromisoformat(books.at)
    in_vain = any(one["name"] == NOT_COMPARED for one in books.differences)
    return (in_vain or office_time(at).date() <= day) and now - at > _LOOKED_AT


def _to_compare(kept: Sequence[Books], day: date, now: datetime) -> set[str]:
    done = {books.provider for books in kept if not _is_old(books, day, now)}
    return set(providers.in_use()) - done


def _looked_after(payment: Payment, now: datetime) -> Payment:
    if not payment.finished and payment.expires_at <= now:
        payment = settling.close(payment, Status.EXPIRED, _ACTOR, now)
    else:
        payment = settling.ask(payment, now)
    return refunds.resend(payment, now)


def _given_up(appointment_id: str, now: datetime) -> bool:
    """Give up a seat whose fee was not paid in time; the provider is asked first."""
    open_id, paid_id = storage.load_guard(appointment_id)
    payment = storage.load(open_id) if open_id else None
    try:
        if payment and not payment.finished:
            payment = settling.close(payment, Status.EXPIRED, _ACTOR, now)
    except (Unanswered, TryAgain):
        return False
    waits = payment and (not payment.finished or payment.status is Status.SUCCEEDED)
    # What is paid books the seat by its own event, which may be on its way.
    if waits or paid_id is not None:
        return False
    appointments.expire_reservation(appointment_id, now)
    return True
