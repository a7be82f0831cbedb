"""The circuit breaker of an endpoint: when sending is held back, and when it is given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.webhooks.domain.message import whole

TROUBLE_AFTER: Final = 5
DISABLE_AFTER: Final = timedelta(days=5)
SLOW: Final = timedelta(seconds=2)
SLOW_FOR: Final = timedelta(minutes=5)
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Health:
    """What sending to an endpoint was like: a circuit breaker with its memory.

    `open_until` holds all sending back; `failing_since` begins a time of nothing but failure;
    `slow_until` leaves the endpoint to the timer; `load` is how much work it has under way, counted
    by the room that sends.
    """

    failures: int = 0
    open_until: datetime | None = None
    failing_since: datetime | None = None
    slow_until: datetime | None = None
    load: int = 0

    def closed(self, now: datetime) -> bool:
        """Tell whether messages may be sent now."""
        return self.open_until is None or self.open_until <= now

    def slow(self, now: datetime) -> bool:
        """Tell whether the endpoint took long lately."""
        return self.slow_until is not None and self.slow_until > now

    @property
    def troubled(self) -> bool:
        """Tell whether staff were told that the endpoint does not answer."""
        return self.failures >= TROUBLE_AFTER

    def after(
        self, now: datetime, took: timedelta, *, good: bool, hold: timedelta | None = None
    ) -> "Health":
        """Return what is known after an attempt; `hold` is what the endpoint asked us to wait."""
        slow_until = now + SLOW_FOR if took >= SLOW else self.slow_until
        if good:
            # One that was on its way does not undo what another was asked to wait.
            open_until = None if self.closed(now) or self.troubled else self.open_until
            return Health(open_until=open_until, slow_until=slow_until, load=self.load)
        failures = self.failures + 1
        pauses = [hold] if hold else []
        if failures >= TROUBLE_AFTER:
            doubled = _FIRST_PAUSE * 2 ** min(failures - TROUBLE_AFTER, 4)
            pauses.append(min(doubled, _LONGEST_PAUSE))
        return Health(
            failures,
            whole(now + max(pauses)) if pauses else self.open_until,
            self.failing_since or now,
            slow_until,
            self.load,
        )

    def hopeless(self, now: datetime) -> bool:
        """Tell whether there was nothing but failure for days."""
        return self.failing_since is not None and now - self.failing_since >= DISABLE_AFTER
