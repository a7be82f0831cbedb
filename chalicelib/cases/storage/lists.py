"""The lists of cases: a citizen's, a hall's work, and the limits to be looked at."""

from datetime import datetime

from chalicelib.cases.domain import CaseStatus, CaseSummary, Span
from chalicelib.cases.storage._records import (
    WAITING,
    WATCH_BUCKETS,
    CaseRecord,
    MineRecord,
    Watch,
    Work,
)
from chalicelib.core.attributes import moment, optional_moment, seconds
from chalicelib.core.pagination import Page


def list_of(citizen_id: str, position: str | None, limit: int) -> Page[str]:
    """Return the ids of a citizen's cases, newest first."""
    pk, mine = f"C#{citizen_id}", MineRecord.sk
    below = mine < position if position else mine.startswith("K#")
    found = list(MineRecord.query(pk, below, scan_index_forward=False, limit=limit + 1))
    more = found[limit - 1].sk if len(found) > limit else None
    return Page(tuple(record.case for record in found[:limit]), more)


def list_work(
    office_id: str,
    status: CaseStatus,
    span: Span,
    after: str | None = None,
    limit: int | None = None,
) -> list[CaseSummary]:
    """Return a hall's cases of a status in a span, by their time; one Query.

    `after` is the position of the last one seen.
    """
    lowest = f"{after}!" if after else f"{seconds(span.first):010}" if span.first else "!"
    between = Work.work_at.between(lowest, f"{seconds(span.last):010}" if span.last else "~")
    records = CaseRecord.to_work.query(f"{office_id}#{status.value}", between, limit=limit)
    return [_listed(record) for record in records]


def list_decided(
    office_id: str, status: CaseStatus, after: str | None, limit: int
) -> list[CaseSummary]:
    """Return a hall's cases of a status whose limits no longer run, the last decided first."""
    below = Work.work_at < after if after else None
    key = f"{office_id}#{status.value}"
    found = CaseRecord.to_work.query(key, below, scan_index_forward=False, limit=limit)
    return [_listed(record) for record in found]


def list_to_watch(now: datetime) -> dict[str, datetime]:
    """Return the numbers of the cases whose limits are to be looked at, and since when."""
    found: dict[str, datetime] = {}
    for bucket in range(WATCH_BUCKETS):
        due = Watch.watch_at <= seconds(now)
        for record in CaseRecord.to_watch.query(str(bucket), due):
            found[record.pk[2:]] = moment(record.watch_at or 0)
    return found


def _listed(record: CaseRecord) -> CaseSummary:
    position, status = str(record.work_at), CaseStatus(record.status)
    return CaseSummary(
        position.partition("#")[2],
        record.service,
        record.office,
        status,
        moment(record.lodged),
        moment(record.promised),
        moment(record.due),
        optional_moment(record.decided),
        record.claimed,
        int(record.score) if record.score else None,
        position,
        status is CaseStatus.CORRECTION_REQUESTED or position.startswith(str(WAITING)),
    )
