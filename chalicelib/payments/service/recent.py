"""Which payments may have changed lately."""

from itertools import chain

from chalicelib.core.history import Entry
from chalicelib.core.time_window import TimeWindow
from chalicelib.payments import storage


def subjects(window: TimeWindow) -> set[str]:
    """Return the ids of the payments that are open, came to an end, or whose money moved."""
    since, part = window.since, window.part
    moved = (storage.moved_since(day, since, part) for day in window.days)
    return set(chain(storage.list_open(part), storage.list_ended(since, part), *moved))


def entries(payment_id: str) -> list[Entry]:
    """Return the history of a payment."""
    return storage.load_entries(payment_id)
