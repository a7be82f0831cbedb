"""The Lambda that watches the cases' time limits, every minute."""

from datetime import datetime

from chalicelib.cases import deadlines
from chalicelib.cases.deadlines import Watched
from chalicelib.core import wiring


def handler(_event: object, _context: object) -> None:
    """Run as EventBridge Scheduler calls it."""
    run(wiring.clock().now())


def run(now: datetime) -> Watched:
    """Do what is due; running it twice is the same."""
    return deadlines.watch(now)
