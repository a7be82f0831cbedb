"""The lists of enquiries: a citizen's, a hall's, and what is overdue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from chalicelib.core import worker
from chalicelib.core.attributes import moment, seconds
from chalicelib.core.pagination import Page
from chalicelib.enquiries.domain import OPEN, EnquiryStatus, EnquirySummary, Kind
from chalicelib.enquiries.storage._records import EnquiryRecord, MineRecord, Work

_MANY: Final = 500


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a list: what they handled is not in it; what is confined is for `above` alone.

    `kind` keeps the enquiries of one kind.
    """

    staff_id: str
    above: bool
    kind: Kind | None = None


def list_of(citizen_id: str, position: str | None, limit: int) -> Page[str]:
    """Return the ids of a citizen's enquiries, newest first."""
    below = MineRecord.sk < position if position else MineRecord.sk.startswith("Q#")
    pk = f"C#{citizen_id}"
    found = list(MineRecord.query(pk, below, scan_index_forward=False, limit=limit + 1))
    more = found[limit - 1].sk if len(found) > limit else None
    return Page(tuple(record.sk.rpartition("#")[2] for record in found[:limit]), more)


def list_work(  # noqa: PLR0913 - a page of a lane, from its beginning or its end.
    office_id: str,
    status: EnquiryStatus,
    viewer: Viewer | None,
    after: str | None = None,
    limit: int | None = None,
    since: datetime | None = None,
) -> list[EnquirySummary]:
    """Return a hall's enquiries of a status; one Query.

    What is open comes as it is due, what ended with the newest first. `after` is the position of
    the last one seen; `since` leaves out what is due, or ended, before.
    """
    is_open = status in OPEN
    lowest = f"{seconds(since):010}" if since else "!"
    if is_open:
        span = Work.work_at.between(f"{after}!" if after else lowest, "~")
    else:
        span = Work.work_at.between(lowest, after or "~")
    records = EnquiryRecord.to_work.query(
        f"{office_id}#{status.value}",
        span,
        _seen_by(viewer) if viewer else None,
        scan_index_forward=is_open,
        # The span of what ended holds its own end, which was seen already.
        limit=limit + 1 if limit else None,
        # Of one kind there may be few among many, which are passed over in one go.
        page_size=_MANY if viewer and viewer.kind else None,
    )
    return [_summary(record) for record in records if record.work_at != after][:limit]


def list_overdue(office_id: str, now: datetime) -> list[EnquirySummary]:
    """Return a hall's enquiries whose deadline passed and was not told."""
    untold = EnquiryRecord.overdue.does_not_exist()
    span = Work.work_at < f"{seconds(now):010}"
    records = (
        record
        for status in OPEN
        for record in EnquiryRecord.to_work.query(f"{office_id}#{status.value}", span, untold)
    )
    return worker.readable("watch_enquiries", records, _summary, name=lambda one: one.pk)


def _seen_by(viewer: Viewer) -> Any:
    condition: Any = ~EnquiryRecord.handlers.contains(viewer.staff_id)
    if not viewer.above:
        condition &= EnquiryRecord.confined.does_not_exist()
    if viewer.kind:
        condition &= EnquiryRecord.kind == viewer.kind
    return condition


def _summary(record: EnquiryRecord) -> EnquirySummary:
    return EnquirySummary(
        record.enquiry,
        cast("Kind", record.kind),
        EnquiryStatus(record.status),
        record.office,
        moment(record.received),
        moment(record.due),
        record.claimed,
        bool(record.escalated),
        str(record.work_at),
    )
