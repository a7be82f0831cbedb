"""The nightly Lambda that makes the slots of the coming 30 days."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.appointments import schedule
from chalicelib.core import wiring


def handler(_event: object, _context: object) -> None:
    """Run as EventBridge Scheduler calls it."""
    run(wiring.clock().now())


def run(now: datetime, progress: Callable[[int, int], None] | None = None) -> None:
    """Make what is missing; what is there stays. `progress` hears (done, all) counter groups."""
    schedule.generate(now, progress)
