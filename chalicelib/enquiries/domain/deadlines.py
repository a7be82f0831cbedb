"""When an enquiry must be answered, and how that is extended.

Time limits are in working days; the day on which it came in does not count, a day on which offices
are closed moves on, and the last day ends when the hall closes (Civil Code of the PRC, articles 201
to 203).
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from chalicelib.catalogue.domain import Office, TimeLimit, calendar
from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.enquiries.domain.enquiry import Enquiry, Kind
from chalicelib.enquiries.domain.errors import AlreadyExtended, DeadlinePassed

LONGEST_EXTENSION: Final = timedelta(days=90)
_END_OF_DAY: Final = time(23, 59, 59)
_NOT_LATER: Final = Text(
    "延长后的期限应晚于原期限，且不超过 90 天",
    "The new deadline must be later than the old one, by at most 90 days",
)


def due(kind: Kind, limits: Mapping[str, int], office: Office | None, at: datetime) -> datetime:
    """Return until when one that came in at a time must be answered.

    `limits` has the working days by kind, and under `other` those of all other kinds.
    """
    limit = TimeLimit(limits.get(kind, limits["other"]), "working_days")
    return _end_of(calendar.last_day(limit, office_time(at).date()), office)


def extended(enquiry: Enquiry, until: date, office: Office | None, now: datetime) -> datetime:
    """Return the deadline that an extension to a day gives.

    Raises AlreadyExtended, DeadlinePassed or InvalidRequest.
    """
    if enquiry.extended:
        raise AlreadyExtended
    if now > enquiry.due_at:
        raise DeadlinePassed
    if until > office_time(enquiry.due_at + LONGEST_EXTENSION).date():
        raise InvalidRequest(errors=[FieldError("/until", "too_late", _NOT_LATER)])
    new = _end_of(calendar.working_day_from(until), office)
    if new <= enquiry.due_at:
        raise InvalidRequest(errors=[FieldError("/until", "too_early", _NOT_LATER)])
    return new


def _end_of(day: date, office: Office | None) -> datetime:
    closes = office.weekdays[-1][1] if office and office.weekdays else _END_OF_DAY
    return datetime.combine(day, closes, OFFICE_ZONE)
