"""Telling people: the inbox, what they subscribed to, and what an event makes of it.

See `sending` for what goes to phones, and the room's `jobs` for what goes out by the clock.
"""

from chalicelib.notifications.service.consents import Subscribed, subscribe, subscriptions
from chalicelib.notifications.service.event_handlers import arrived, on_event
from chalicelib.notifications.service.notices import inbox, mark_read, names_of

__all__ = [
    "Subscribed",
    "arrived",
    "inbox",
    "mark_read",
    "names_of",
    "on_event",
    "subscribe",
    "subscriptions",
]
