"""The Lambda that sends couriers their messages: at once as they are written, and what is due."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.core import wiring, worker
from chalicelib.core.events import Event
from chalicelib.core.worker import Failures
from chalicelib.deliveries import outbox
from chalicelib.deliveries.outbox import Sent

_of_queue = worker.handler(outbox.work)


def handler(event: Mapping[str, Any], context: object) -> Failures:
    """Take events from the queue, or run as EventBridge Scheduler calls it."""
    if "Records" in event:
        return _of_queue(event, context)
    outbox.send_due(wiring.clock().now(), patient=True)
    return worker.failures([])


def run(now: datetime) -> Sent:
    """Send what is due; running it twice at once sends nothing twice."""
    return outbox.send_due(now)


def work(event: Event, now: datetime) -> None:
    """Send what this event's change wrote for a courier."""
    outbox.work(event, now)
