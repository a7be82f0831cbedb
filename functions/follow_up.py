"""The Lambda that carries what happened in one room to the rooms that it concerns.

Each room ignores what does not concern it, and does nothing when it hears of an event again.
"""

from contextlib import ExitStack
from datetime import datetime
from typing import Final

from chalicelib.core import worker
from chalicelib.core.events import Event
from chalicelib.deliveries import following as deliveries
from chalicelib.payments import following as payments

_ROOMS: Final = (payments.follow_up, deliveries.follow_up)


def work(event: Event, now: datetime) -> None:
    """Let each room do what the event asks of it; raises what the last room to fail raised."""
    with ExitStack() as rooms:
        # The stack calls them all, so that a room in trouble does not keep the others waiting.
        for follow_up in _ROOMS:
            rooms.callback(follow_up, event, now)


handler: Final = worker.handler(work)
