"""When a seat that was given back can be had again, so that nobody can sell the moment."""

from datetime import datetime, timedelta

from chalicelib.core.keyed_jitter import jitter


def back_at(
    given_back: datetime, start: datetime, minutes: tuple[int, int], key: bytes, seat_id: str
) -> datetime:
    """Return when a seat that was given back can be had again, drawn by a keyed hash of its id.

    `minutes` are the fewest and the most. A seat whose time is near comes back within half of what
    is left, so that it is of use to somebody. The same seat comes back at the same moment, however
    often it is asked.
    """
    left = max(timedelta(), start - given_back) / 2
    fewest, most = (min(timedelta(minutes=one), left) for one in minutes)
    return given_back + fewest + jitter(key, seat_id, most - fewest)
