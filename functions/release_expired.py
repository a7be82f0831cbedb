"""The Lambda that brings orphaned seats back and closes past days, every minute."""

from datetime import datetime

from chalicelib.appointments import upkeep
from chalicelib.appointments.upkeep import Released
from chalicelib.core import wiring


def handler(_event: object, _context: object) -> None:
    """Run as EventBridge Scheduler calls it."""
    run(wiring.clock().now())


def run(now: datetime) -> Released:
    """Do what is due; running it twice is the same."""
    return upkeep.release_expired(now)
