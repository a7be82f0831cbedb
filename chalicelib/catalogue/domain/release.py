"""When the seats of a hall's counters come out, and when one that was given back does again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, cast, get_args

from chalicelib.core.clock import OFFICE_ZONE

ReleaseMode = Literal["at_once", "daily_at"]
_MODES: Final[tuple[ReleaseMode, ...]] = get_args(ReleaseMode)


@dataclass(frozen=True, slots=True)
class Release:
    """The rule of a counter group: `at_once`, or day by day at a time of the offices' wall clocks.

    Of `daily_at` a day's seats come out at `opens_at`, `days_ahead` days before, to each person at
    a moment within `ramp_seconds`. `rerelease` are the fewest and the most minutes after which a
    seat that was given back can be had again; None for at once.
    """

    mode: ReleaseMode = "at_once"
    opens_at: time | None = None
    days_ahead: int = 0
    ramp_seconds: int = 0
    rerelease: tuple[int, int] | None = None

    @property
    def scarce(self) -> bool:
        """Tell whether seats are so few that each person has a moment of their own."""
        return self.mode != "at_once"

    def opens(self, day: date) -> datetime | None:
        """Return when a day's seats come out; None where all are out at once."""
        if self.opens_at is None:
            return None
        return datetime.combine(day - timedelta(days=self.days_ahead), self.opens_at, OFFICE_ZONE)


AT_ONCE: Final = Release()


def parse_release(data: Mapping[str, Any]) -> Release:
    """Read a rule from the catalogue's JSON; raises ValueError for one that says no time."""
    if data["mode"] not in _MODES:
        message = f"no mode of release: {data['mode']!r}"
        raise ValueError(message)
    rerelease = data.get("rerelease")
    minutes = tuple(rerelease["minutes"]) if rerelease else None
    if data["mode"] == "at_once":
        return Release(rerelease=cast("tuple[int, int] | None", minutes))
    return Release(
        data["mode"],
        time.fromisoformat(data["opens_at"]),
        data["days_ahead"],
        data["ramp_seconds"],
        cast("tuple[int, int] | None", minutes),
    )
