"""The Chinese calendar of offices: holidays closed, moved working weekends (调休) open.

Source: the State Council's yearly notice on holidays, as kept by the `holidays` package.
"""

from datetime import date
from functools import cache
from typing import Any, Final

from chalicelib.catalogue.domain import DayKind

_SATURDAY: Final = 5


def day_kind(day: date) -> DayKind:
    """Tell how halls open on a day."""
    calendar = _china(day.year)
    if day in calendar:
        return "closed"
    if day.weekday() < _SATURDAY or day in calendar.weekend_workdays:
        return "weekday"
    return "saturday" if day.weekday() == _SATURDAY else "closed"


@cache
def _china(year: int) -> Any:
    import holidays  # noqa: PLC0415 - cold start.

    return holidays.country_holidays("CN", years=year)
