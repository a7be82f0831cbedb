"""When a case must be done: what the law gives and what the office promises.

The day of lodging does not count; the last day ends when the hall closes; a last day on which
offices are closed moves to the next working day (Civil Code of the PRC, articles 200 to 203).
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.catalogue import calendar
from chalicelib.catalogue.domain import Office, Service, TimeLimit
from chalicelib.core.clock import OFFICE_ZONE, office_time

_ONE: Final = timedelta(days=1)


def promised(service: Service, office: Office, lodged_at: datetime) -> datetime:
    """Return until when the office promises to decide."""
    limit = TimeLimit(service.promised_working_days, "working_days")
    return min(_end(limit, office, lodged_at), due(service, office, lodged_at))


def due(service: Service, office: Office, lodged_at: datetime) -> datetime:
    """Return until when the law wants it decided."""
    return _end(service.legal_limit, office, lodged_at)


def _end(limit: TimeLimit, office: Office, lodged_at: datetime) -> datetime:
    at = office_time(lodged_at)
    closes = office.weekdays[-1][1]
    if limit.unit == "days" and limit.value:
        last = _first(at.date() + limit.value * _ONE, _is_open)
    elif limit.value:
        last = at.date()
        for _ in range(limit.value):
            last = _first(last + _ONE, _is_open)
    else:
        last = _first(at.date() + (_ONE if at.time() >= closes else timedelta()), _is_open)
    return datetime.combine(last, closes, OFFICE_ZONE)


def _first(day: date, wanted: Callable[[date], bool]) -> date:
    while not wanted(day):
        day += _ONE
    return day


def _is_open(day: date) -> bool:
    return calendar.day_kind(day) == "weekday"
