"""How long to wait before a message that failed is sent again."""

from datetime import timedelta
from typing import Final

# The schedule of Svix, by which most receivers are built; see docs/couriers.md.
SCHEDULE: Final = (
    timedelta(),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
LONGEST_WAIT: Final = timedelta(hours=24)
JITTER: Final = 0.2


def pause_after(tries: int, wait: timedelta | None, jitter: float) -> timedelta | None:
    """Return the pause after so many failed tries; None when no more is tried.

    `wait` is what the endpoint asked for (Retry-After, RFC 9110), up to a day; `jitter` is the part
    of the schedule's pause that is added, so that what failed together does not come back together.
    """
    if tries >= len(SCHEDULE):
        return None
    return max(SCHEDULE[tries] * (1 + jitter), min(wait or timedelta(), LONGEST_WAIT))
