"""Limits on how often something may be done: fixed windows by the product's clock.

Counters are in the tables. Which sources did too much is remembered in the process besides, so
that who goes on costs nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from chalicelib.core.cache import TimedCache
from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.settings import SETTINGS

# What was done too often and by which source, and in which window: at most an hour.
_shut_out: Final = TimedCache[tuple[str, str], str](3600, size=10_000)


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time in which a counter counts: its name among others, and when it is over."""

    name: str
    ends: datetime

    def seconds_left(self, now: datetime) -> int:
        """Return how many whole seconds are left, at least one."""
        return max(1, int(self.ends.timestamp()) - int(now.timestamp()))

    def exceeded(self, now: datetime) -> TooManyRequests:
        """Return the refusal of who did too much in this window."""
        return TooManyRequests(retry_after=self.seconds_left(now))


def window(now: datetime, seconds: int) -> Window:
    """Return the window of so many seconds in which a moment lies, counted since 1970."""
    number = int(now.timestamp()) // seconds
    return Window(str(number), datetime.fromtimestamp((number + 1) * seconds, UTC))


def of_source(limit: int) -> int:
    """Return how often all who share a network address may do what one of them may so often.

    Behind a carrier's address translation (RFC 6888) there are hundreds, and one who guesses must
    not shut them out; each person's own limit holds beside it.
    """
    return limit * SETTINGS.address_shared_by


def check_source(what: str, source: str, window: Window, now: datetime) -> None:
    """Raise TooManyRequests for a source that was shut out in this window, by this process."""
    if _shut_out.get((what, source)) == window.name:
        raise window.exceeded(now)


def shut_out(what: str, source: str, window: Window, now: datetime) -> TooManyRequests:
    """Remember until a window ends that a source did something too often; return the refusal."""
    _shut_out.put((what, source), window.name)
    return window.exceeded(now)


def forget() -> None:
    """Forget which sources were shut out."""
    _shut_out.clear()


def day(now: datetime) -> Window:
    """Return the day (Shanghai) in which a moment lies."""
    today = office_time(now).date()
    ends = datetime.combine(today + timedelta(days=1), time(), OFFICE_ZONE)
    return Window(today.isoformat(), ends)
