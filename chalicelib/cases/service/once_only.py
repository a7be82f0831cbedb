"""What an application had not to ask again, measured after it was lodged, and reported by day.

It is measured behind the lodging, from what was known at that moment, so that nobody waits for it;
a case is counted once, however often its event comes. The second way of events does not look for
it: a count that was lost with its event is missing.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import CaseFile
from chalicelib.cases.domain.once_only import OnceOnly, measured
from chalicelib.cases.service import encryption, prefill
from chalicelib.cases.service.applicant import applicant_of
from chalicelib.cases.uploads import service as uploads
from chalicelib.catalogue import service as catalogue
from chalicelib.core.clock import office_time
from chalicelib.core.events import Event
from chalicelib.core.statistics import Row, Statistic, share


def count(event: Event, _now: datetime) -> None:
    """Count an application that was lodged. Idempotent.

    Whose applicant or service is gone meanwhile is not counted.
    """
    file = storage.load_file(event.subject)
    one = _measured(file) if file else None
    if file and one:
        case = file.case
        day = f"{office_time(case.lodged_at):%Y%m%d}"
        storage.count_once(case.case_id, case.office_id, day, case.service_id, one)


def _measured(file: CaseFile) -> OnceOnly | None:
    case = file.case
    service = catalogue.current().services.get(case.service_id)
    form = encryption.open_form(case.case_id, file.body.form)
    clear = applicant_of(case) if form is not None else None
    if service is None or form is None or clear is None:
        return None
    known = prefill.known_before(case, clear, service)
    body = file.body
    standing = {one.material_id for one in body.certificates}
    standing |= {one.material_id for one in body.lookups}
    earlier = uploads.given_earlier(case.citizen_id, body.materials, case.lodged_at)
    papers = {*standing, *(one.material_id for one in body.materials)}
    return measured(form, known, papers, standing | earlier)


def by_day(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell how much had not to be asked again, by day and service. One Query a hall."""
    for office_id in sorted(offices):
        found = storage.counted_between(office_id, f"{first:%Y%m%d}", f"{last:%Y%m%d}")
        for day, service_id, sums in found:
            yield {
                "date": str(date.fromisoformat(day)),
                "office_id": office_id,
                "service_id": service_id,
                "cases": sums.cases,
                "asked": sums.asked,
                "filled": sums.filled,
                "kept": sums.kept,
                "papers": sums.papers,
                "waived": sums.waived,
                "share_filled": share(sums.filled, sums.asked),
                "share_kept": share(sums.kept, sums.filled),
                "share_waived": share(sums.waived, sums.papers),
            }


_KEYS: Final = ("date", "office_id", "service_id", "cases")
_FIGURES: Final = ("asked", "filled", "kept", "papers", "waived")
_SHARES: Final = ("share_filled", "share_kept", "share_waived")
ONCE_ONLY: Final = Statistic((*_KEYS, *_FIGURES, *_SHARES), by_day)
