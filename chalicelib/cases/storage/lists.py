"""The lists of cases: a citizen's, a hall's work, and the limits to be looked at."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.cases.domain import Status
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


@dataclass(frozen=True, slots=True)
class Listed:
    """A case as the work list shows it; `waits` for its citizen."""

    case_id: str
    service_id: str
    office_id: str
    status: Status
    lodged_at: datetime
    promised_at: datetime
    due_at: datetime
    decided_at: datetime | None
    claimed_by: str | None
    score: int | None
    position: str
    waits: bool


def list_of(citizen_id: str, position: str | None, limit: int) -> Page[str]:
    """Return the ids of a citizen's cases, newest first."""
    pk, mine = f"C#{citizen_id}", MineRecord.sk
    below = mine < position if position else mine.startswith("K#")
    found = list(MineRecord.query(pk, below, scan_index_forward=False, limit=limit + 1))
    more = found[limit - 1].sk if len(found) > limit else None
    return Page(tuple(record.case for record in found[:limit]), more)


def list_work(  # noqa: PLR0913 - a list is cut by these.
    office_id: str,
    status: Status,
    first: datetime | None,
    last: datetime | None,
    after: str | None,
    limit: int | None,
) -> list[Listed]:
    """Return a hall's cases of a status by their time, from `first` up to before `last`; one Query.

    `after` is the position of the last one seen.
    """
    lowest = f"{after}!" if after else f"{seconds(first):010}" if first else "!"
    span = Work.work_at.between(lowest, f"{seconds(last):010}" if last else "~")
    found = CaseRecord.to_work.query(f"{office_id}#{status.value}", span, limit=limit)
    return [_listed(record) for record in found]


def list_decided(office_id: str, status: Status, after: str | None, limit: int) -> list[Listed]:
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


def _listed(record: CaseRecord) -> Listed:
    position, status = str(record.work_at), Status(record.status)
    return Listed(
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
        status is Status.CORRECTION_REQUESTED or position.startswith(str(WAITING)),
    )
