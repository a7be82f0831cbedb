"""The Lambda that sends the reminders that are due, every minute."""

from datetime import datetime

from chalicelib.core import logs, wiring
from chalicelib.notifications import jobs


def handler(_event: object, _context: object) -> None:
    """Run as EventBridge Scheduler calls it."""
    logs.configure()
    run(wiring.clock().now())


def run(now: datetime) -> int:
    """Send what is due and return how many were told; running it twice is the same."""
    return jobs.send_due_reminders(now)
