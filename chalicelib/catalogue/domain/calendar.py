"""The Chinese calendar of offices: holidays closed, moved working weekends (调休) open.

Source: the State Council's yearly notice on holidays, as a table. For years whose notice is not out
yet it has the statutory days alone; outside the table's years there are weekends alone.
"""

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from chalicelib.catalogue.domain import DayKind, TimeLimit

# Written by infra/make_holidays.py.
_HOLIDAYS: Final = Path(__file__).parents[1] / "data" / "holidays.txt"
_SATURDAY: Final = 5
_ONE: Final = timedelta(days=1)


def day_kind(day: date) -> DayKind:
    """Tell how halls open on a day."""
    closed, worked = _holidays()
    if day in closed:
        return "closed"
    if day.weekday() < _SATURDAY or day in worked:
        return "weekday"
    if day.weekday() > _SATURDAY or _is_of_holiday(day, closed, worked):
        return "closed"
    return "saturday"


def is_working_day(day: date) -> bool:
    """Tell whether time limits count a day; a Saturday's morning of service is not one."""
    return day_kind(day) == "weekday"


def working_day_from(day: date) -> date:
    """Return the day itself, or the first working day after it."""
    while not is_working_day(day):
        day += _ONE
    return day


def add_working_days(day: date, number: int) -> date:
    """Return the working day that is `number` working days after a day, which does not count.

    For 0 it is the day itself, or the first working day after it.
    """
    if not number:
        return working_day_from(day)
    for _ in range(number):
        day = working_day_from(day + _ONE)
    return day


def working_days_between(first: date, last: date) -> int:
    """Return how many working days come after `first` up to `last`; below 0 the other way round."""
    if last < first:
        return -working_days_between(last, first)
    days = (first + n * _ONE for n in range(1, (last - first).days + 1))
    return sum(map(is_working_day, days))


def last_day(limit: TimeLimit, day: date) -> date:
    """Return the last day of a time limit that begins with something done on a day.

    That day does not count; a last day on which offices are closed moves to the next working day
    (Civil Code of the PRC, articles 201 and 203). Days are calendar days (article 200), unless the
    rule says working days. `same_day` is the day itself.
    """
    if limit.unit == "days":
        return working_day_from(day + limit.value * _ONE)
    return add_working_days(day, limit.value)


def _is_of_holiday(saturday: date, closed: Collection[date], worked: Collection[date]) -> bool:
    """Tell whether a Saturday lies in a run of days off with a holiday; the notice names those."""
    friday, sunday, monday = (saturday + n * _ONE for n in (-1, 1, 2))
    bridged = sunday in closed or (sunday not in worked and monday in closed)
    return friday in closed or bridged


@cache
def _holidays() -> tuple[frozenset[date], frozenset[date]]:
    """Return the days closed, and the weekend days worked for them."""
    days: dict[str, set[date]] = {"closed": set(), "worked": set()}
    for line in _HOLIDAYS.read_text().splitlines():
        year, *words = line.split()
        for word in words:
            if word in days:
                current = days[word]
            else:
                current.add(date.fromisoformat(year + word))
    return frozenset(days["closed"]), frozenset(days["worked"])
