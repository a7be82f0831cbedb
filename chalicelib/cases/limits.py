"""When a case must be done: what the law gives and what the office promises.

The day of lodging does not count; the last day ends when the hall closes; a last day on which
offices are closed moves to the next working day (Civil Code of the PRC, articles 200 to 203).
"""

from datetime import datetime, time, timedelta
from typing import Final

from chalicelib.catalogue import calendar
from chalicelib.catalogue.domain import Office, Service, TimeLimit
from chalicelib.core.clock import OFFICE_ZONE, office_time

_END_OF_DAY: Final = time(23, 59, 59)


def promised(service: Service, office: Office, lodged_at: datetime) -> datetime:
    """Return until when the office promises to decide."""
    limit = TimeLimit(service.promised_working_days, "working_days")
    return min(_end(limit, office, lodged_at), due(service, office, lodged_at))


def due(service: Service, office: Office, lodged_at: datetime) -> datetime:
    """Return until when the law wants it decided."""
    return _end(service.legal_limit, office, lodged_at)


def moved(limit: datetime, pause: timedelta) -> datetime:
    """Return a limit that stood still for so long; one that comes to a closed day moves on."""
    at = office_time(limit + pause)
    return datetime.combine(calendar.working_day_from(at.date()), at.timetz())


def _end(limit: TimeLimit, office: Office, lodged_at: datetime) -> datetime:
    at = office_time(lodged_at)
    # A hall without hours on working days has the whole of the last day (Civil Code, article 203).
    closes = office.weekdays[-1][1] if office.weekdays else _END_OF_DAY
    # What comes after closing time is in before the next day, and the office has that one for it.
    late = not limit.value and at.time() >= closes
    last = calendar.last_day(limit, at.date() + timedelta(days=late))
    return datetime.combine(last, closes, OFFICE_ZONE)
