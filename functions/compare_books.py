"""The Lambda that compares yesterday's books with the providers', once their bills are made."""

from datetime import datetime, timedelta

from chalicelib.core import wiring
from chalicelib.core.clock import office_time
from chalicelib.payments import books


def handler(_event: object, _context: object) -> None:
    """Run as EventBridge Scheduler calls it."""
    run(wiring.clock().now())


def run(now: datetime) -> int:
    """Compare the day before, and what was compared in vain before it; again is the same.

    Returns how many differences there are.
    """
    yesterday = office_time(now).date() - timedelta(days=1)
    return sum(len(found.differences) for found in books.compare_missing(yesterday, now))
