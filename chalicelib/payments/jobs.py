"""What timers run: payments that are pending are asked about, and days are reconciled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import metrics, worker
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.clock import office_time
from chalicelib.core.parallel import InTime
from chalicelib.payments.service import pending, reconciliation

_NAME: Final = "reconcile_payments"
# Of the two minutes that a run may last, for payments and for seats; what is begun is ended.
_SECONDS: Final = 50.0


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run did: payments asked about, of these ended, and reserved seats given up."""

    asked: int = 0
    ended: int = 0
    given_up: int = 0


def reconcile(now: datetime, *, part: Part = WHOLE) -> Reconciled:
    """Ask about all that has been open too long, and end what is past its time. Idempotent.

    As far as time allows: a provider that hangs keeps those waiting that others take.
    """
    due = pending.due(now, part)
    metrics.waited(_NAME, due.values())
    asked = worker.each(
        _NAME,
        sorted(due, key=lambda payment_id: due[payment_id]),
        lambda payment_id: pending.refresh(payment_id, now),
        through=InTime(_SECONDS).map,
    )
    given_up = worker.each(
        _NAME,
        pending.reserved_seats(now, part),
        lambda seat: pending.give_up_seat(seat, now),
        through=InTime(_SECONDS).map,
    )
    return Reconciled(len(due), sum(asked), sum(given_up))


def compare_yesterday(now: datetime) -> int:
    """Compare the day before, and what was compared in vain before it. Idempotent.

    Returns how many differences there are.
    """
    yesterday = office_time(now).date() - timedelta(days=1)
    compared = reconciliation.compare_missing(yesterday, now)
    return sum(len(books.differences) for books in compared)
