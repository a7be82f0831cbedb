"""The work list of staff: what is promised soonest comes first."""

from datetime import datetime
from itertools import chain, product

from chalicelib.cases import storage
from chalicelib.cases.domain import CaseStatus, CaseSummary, WorkFilter
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page


def work_list(
    staff: Staff, wanted: WorkFilter, position: str | None, limit: int, now: datetime
) -> Page[CaseSummary]:
    """Return cases by what is promised, overdue first; one Query for each hall and status.

    Without a status: those whose limits run. Those that are decided come newest first. Raises
    NotFound for a hall where the caller does not work.
    """
    if wanted.office_id is not None and wanted.office_id not in staff.office_ids:
        raise NotFound
    offices = [wanted.office_id] if wanted.office_id else sorted(staff.office_ids)
    span = wanted.span(now)

    def lane(of: tuple[str, CaseStatus]) -> list[CaseSummary]:
        if wanted.decided:
            return storage.list_decided(*of, position, limit + 1)
        return storage.list_work(*of, span, position, limit + 1)

    lanes = parallel.map_concurrently(lane, list(product(offices, wanted.statuses)))
    cases = sorted(
        chain.from_iterable(lanes), key=lambda case: case.position, reverse=wanted.decided
    )
    page = tuple(cases[:limit])
    return Page(page, page[-1].position if len(cases) > limit else None)
