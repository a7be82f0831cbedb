"""The Lambda that tells citizens of what happened, event by event from its queue."""

from datetime import datetime

from chalicelib.core import worker
from chalicelib.core.events import Event
from chalicelib.notifications import service


def work(event: Event, now: datetime) -> None:
    """Tell of one event; raises Problem when it should come again."""
    service.on_event(event, now)


handler = worker.handler(work)
