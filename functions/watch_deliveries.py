"""The Lambda that asks couriers about silent parcels, and then flags them for staff."""

from datetime import datetime

from chalicelib.core import wiring
from chalicelib.deliveries import upkeep
from chalicelib.deliveries.upkeep import Watched


def handler(_event: object, _context: object) -> None:
    """Run as EventBridge Scheduler calls it."""
    run(wiring.clock().now())


def run(now: datetime) -> Watched:
    """Do what is due; running it twice is the same."""
    return upkeep.watch(now)
