"""The span of time whose history entries the reconciliation of events checks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.clock import office_time


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """From `since` up to `until`.

    Rooms name at least what their indexes know by time; when it is `whole`, also what they know
    without one, which costs more. They name what belongs to the `part`.
    """

    since: datetime
    until: datetime
    whole: bool
    part: Part = WHOLE

    def holds(self, moment: datetime) -> bool:
        """Tell whether a moment lies in it."""
        return self.since <= moment <= self.until

    @property
    def days(self) -> list[str]:
        """Return the offices' days that it touches, as YYYYMMDD."""
        first, last = office_time(self.since).date(), office_time(self.until).date()
        count = (last - first).days + 1
        return [f"{first + timedelta(days=number):%Y%m%d}" for number in range(count)]
