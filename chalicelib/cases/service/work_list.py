"""The work list of staff: what is promised soonest comes first."""

from datetime import datetime
from itertools import chain, product

from chalicelib.cases import storage
from chalicelib.cases.domain import CaseStatus, CaseSummary, WorkFilter
from chalicelib.cases.service import staff_scope
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page


def work_list(
    staff: Staff, wanted: WorkFilter, position: str | None, limit: int, now: datetime
) -> Page[CaseSummary]:
    """Return cases by what is promised, overdue first; one Query for each hall and status.

    Without a status: those whose limits run. Those that are decided come newest first. Staff of
    departments see what theirs decide. Raises NotFound for a hall where the caller does not work,
    or a department of which the caller is not.
    """
    if wanted.office_id is not None and wanted.office_id not in staff.office_ids:
        raise NotFound
    if wanted.department_id is not None:
        return _parts(staff, wanted, position, limit, now)
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
    last = page[-1].position if len(cases) > limit else None
    shown = (one for one in page if staff_scope.is_visible(staff, one.service_id, one.office_id))
    return Page(tuple(shown), last)


def _parts(
    staff: Staff, wanted: WorkFilter, position: str | None, limit: int, now: datetime
) -> Page[CaseSummary]:
    """Return a department's open parts by what is promised; one Query for each hall."""
    department_id = wanted.department_id or ""
    if staff.department_ids and department_id not in staff.department_ids:
        raise NotFound
    offices = [wanted.office_id] if wanted.office_id else sorted(staff.office_ids)
    span = wanted.span(now)

    def lane(office_id: str) -> list[CaseSummary]:
        return storage.list_parts(department_id, office_id, span, position, limit + 1)

    found = chain.from_iterable(parallel.map_concurrently(lane, offices))
    parts = sorted(found, key=lambda part: part.position)
    page = tuple(parts[:limit])
    return Page(page, page[-1].position if len(parts) > limit else None)
