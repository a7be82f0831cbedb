"""Which months are over, and when a night's publication is due."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from chalicelib.core.clock import OFFICE_ZONE, office_time

KEPT: Final = 24
# What happened on a month's last day may be counted some hours late.
_GRACE: Final = timedelta(days=1)
_NIGHT: Final = time(2, 30)


def complete(now: datetime, count: int = KEPT) -> list[str]:
    """Return the last months (YYYY-MM) that are over and counted, the oldest first."""
    first = (office_time(now).date() - _GRACE).replace(day=1)
    found = []
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(f"{first:%Y-%m}")
    return found[::-1]


def days_of(month: str) -> tuple[date, date]:
    """Return the first and the last day of a month."""
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)


def last_night(now: datetime) -> datetime:
    """Return when the last night's publication was due."""
    local = office_time(now)
    due = datetime.combine(local.date(), _NIGHT, OFFICE_ZONE)
    return due if due <= local else due - timedelta(days=1)


def runs(months: list[str]) -> Iterator[tuple[date, date]]:
    """Yield the spans of days that the months cover, those that follow each other as one."""
    spans = [days_of(month) for month in months]
    while spans:
        begin, end = spans.pop(0)
        while spans and spans[0][0] == end + timedelta(days=1):
            end = spans.pop(0)[1]
        yield begin, end
