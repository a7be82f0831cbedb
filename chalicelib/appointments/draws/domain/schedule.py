"""Which draws the rule of a quota makes, when people can enter, and when each is over."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.catalogue.domain import DrawRule
from chalicelib.core.clock import OFFICE_ZONE, office_time

# A Monday: a rule of seven days draws whole weeks.
_EPOCH: Final = date(2024, 1, 1)
# A draw is announced so long before people can enter, with the hash of its seed.
_ANNOUNCED: Final = timedelta(days=1)
REVEAL_WITHIN: Final = timedelta(hours=1)
# After the time to reveal the seed, as much again for the seats to be given out.
_GIVEN_OUT_WITHIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Window:
    """One draw: the first of the days whose seats it is of, how many, and when people enter."""

    first: date
    days: int
    opens_at: datetime
    closes_at: datetime

    @property
    def over_at(self) -> datetime:
        """Return from when on its seats are out, for whoever books them first."""
        return self.closes_at + REVEAL_WITHIN + _GIVEN_OUT_WITHIN

    @property
    def dates(self) -> list[date]:
        """Return the days whose seats it is of."""
        return [self.first + timedelta(days=number) for number in range(self.days)]


def covering(rule: DrawRule, days_ahead: int, day: date) -> Window:
    """Return the draw of which the seats of a day are.

    It closes on the day before the first of its days' other seats come out, `days_ahead` before.
    """
    first = day - timedelta(days=(day - _EPOCH).days % rule.covers_days)
    last = first - timedelta(days=days_ahead + 1)
    closes_at = datetime.combine(last, rule.closes, OFFICE_ZONE)
    return Window(first, rule.covers_days, closes_at - timedelta(days=rule.entry_days), closes_at)


def announced(rule: DrawRule, days_ahead: int, now: datetime) -> list[Window]:
    """Return the draws that people can enter now or within a day, the first to close first."""
    window = covering(rule, days_ahead, office_time(now).date())
    windows: list[Window] = []
    while window.opens_at - _ANNOUNCED <= now:
        if now < window.closes_at:
            windows.append(window)
        window = covering(rule, days_ahead, window.first + timedelta(days=window.days))
    return windows


def draw_id(service_id: str, office_id: str, window: Window) -> str:
    """Return the one id of a draw, as hk-macau-permit.hall-330200.20270308."""
    return f"{service_id}.{office_id}.{window.first:%Y%m%d}"
