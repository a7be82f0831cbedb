"""What timers run: payments that are pending are asked about, and days are reconciled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import metrics, worker
from chalicelib.core.clock import office_time
from chalicelib.payments.service import pending, reconciliation

_NAME: Final = "reconcile_payments"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run did: payments asked about, of these ended, and reserved seats given up."""

    asked: int = 0
    ended: int = 0
    given_up: int = 0


def reconcile(now: datetime) -> Reconciled:
    """Ask about all that has been open too long, and end what is past its time. Idempotent."""
    due = pending.due(now)
    metrics.waited(_NAME, due.values())
    ended = sum(worker.each(_NAME, due, lambda payment_id: pending.refresh(payment_id, now)))
    seats = pending.reserved_seats(now)
    given_up = sum(worker.each(_NAME, seats, lambda seat: pending.give_up_seat(seat, now)))
    return Reconciled(len(due), ended, given_up)


def compare_yesterday(now: datetime) -> int:
    """Compare the day before, and what was compared in vain before it. Idempotent.

    Returns how many differences there are.
    """
    yesterday = office_time(now).date() - timedelta(days=1)
    compared = reconciliation.compare_missing(yesterday, now)
    return sum(len(books.differences) for books in compared)
