"""What runs by the clock: reminders that a certificate ends soon."""

from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.certificates import storage
from chalicelib.certificates.domain import Certificate, steps
from chalicelib.certificates.service import queries
from chalicelib.core import changes, worker
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.changes import Author
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound
from chalicelib.core.parallel import InTime

_NAME: Final = "remind_certificates"
_ACTOR: Final = "system:remind_certificates"
# A run that failed is made up for on the next days.
_LOOKS_BACK: Final = 3
# Of the five minutes that a run may last; what is begun is ended.
_SECONDS: Final = 240.0


def remind(now: datetime, *, part: Part = WHOLE) -> int:
    """Remind holders 60, 30 and 7 days before their certificates end; return how many. Idempotent.

    One Query for each day that is looked at. What time does not allow the next days make up for.
    """
    today = office_time(now).date()
    days = [
        today + timedelta(days=days - back)
        for days in steps.REMINDERS
        for back in range(_LOOKS_BACK)
    ]
    ids = [one for day in days for one in storage.list_ending(day) if part.has(one)]
    reminded = worker.each(
        _NAME, ids, lambda one: _remind(one, today, now), through=InTime(_SECONDS).map
    )
    return sum(reminded)


def _remind(certificate_id: str, today: date, now: datetime) -> bool:
    applied = changes.apply(
        lambda: _load(certificate_id),
        lambda old: steps.reminded(old, today),
        storage.store,
        Author(_ACTOR, now),
    )
    return applied.changed


def _load(certificate_id: str) -> Certificate:
    certificate = queries.find(certificate_id)
    if certificate is None:
        raise NotFound
    return certificate
