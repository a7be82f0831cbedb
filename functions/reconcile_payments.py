"""The Lambda that asks about open payments, every minute."""

from datetime import datetime

from chalicelib.core import wiring
from chalicelib.payments import books
from chalicelib.payments.books import Reconciled


def handler(_event: object, _context: object) -> None:
    """Run as EventBridge Scheduler calls it."""
    run(wiring.clock().now())


def run(now: datetime) -> Reconciled:
    """Do what is due; running it twice is the same."""
    return books.reconcile(now)
