"""The lists of cases: a citizen's, a hall's work, and the limits to be looked at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.cases.domain import CaseStatus, CaseSummary, PartStatus, Span
from chalicelib.cases.domain.prefill import Former
from chalicelib.cases.storage._records import (
    STATE,
    WAITING,
    WATCH,
    CaseRecord,
    MineRecord,
    PartRecord,
    Watch,
    Work,
    case_pk,
)
from chalicelib.cases.storage.parts import work_of
from chalicelib.core.attributes import moment, optional_moment, seconds
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.pagination import Page


def list_of(citizen_id: str, position: str | None, limit: int) -> Page[str]:
    """Return the ids of a citizen's cases, newest first."""
    pk, mine = f"C#{citizen_id}", MineRecord.sk
    below = mine < position if position else mine.startswith("K#")
    found = list(MineRecord.query(pk, below, scan_index_forward=False, limit=limit + 1))
    more = found[limit - 1].sk if len(found) > limit else None
    return Page(tuple(record.case for record in found[:limit]), more)


def list_former(citizen_id: str, since: datetime, before: datetime, limit: int) -> list[Former]:
    """Return a citizen's newest applications of a time, as they were moments ago; one Query."""
    lodged = MineRecord.sk.between(f"K#{seconds(since):010}", f"K#{seconds(before):010}")
    found = MineRecord.query(f"C#{citizen_id}", lodged, scan_index_forward=False, limit=limit)
    return [Former(record.case, record.service, record.person) for record in found]


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
    key = f"{office_id}#{status.value}"
    records = CaseRecord.to_work.query(key, _between(span, after), limit=limit)
    return [_listed(record) for record in records]


def online_among(case_ids: Sequence[str]) -> set[str]:
    """Return those of the cases that their citizens lodged themselves; one BatchGet a hundred."""
    keys = [(case_pk(case_id), STATE) for case_id in case_ids]
    asked = [CaseRecord.pk, CaseRecord.entered_by]
    found = CaseRecord.batch_get(keys, attributes_to_get=[one.attr_name for one in asked])
    online = {record.pk for record in found if record.entered_by is None}
    return {case_id for case_id in case_ids if case_pk(case_id) in online}


def list_parts(
    department_id: str, office_id: str, span: Span, after: str | None, limit: int
) -> list[CaseSummary]:
    """Return a department's open parts in a hall, as list_work returns cases; one Query."""
    key, between = work_of(department_id, office_id), _between(span, after)
    found = PartRecord.to_work.query(key, between, limit=limit)
    return [_listed_part(record, department_id) for record in found]


def list_decided(
    office_id: str, status: CaseStatus, after: str | None, limit: int
) -> list[CaseSummary]:
    """Return a hall's cases of a status whose limits no longer run, the last decided first."""
    below = Work.work_at < after if after else None
    key = f"{office_id}#{status.value}"
    found = CaseRecord.to_work.query(key, below, scan_index_forward=False, limit=limit)
    return [_listed(record) for record in found]


def list_to_watch(now: datetime, part: Part = WHOLE) -> dict[str, datetime]:
    """Return the numbers of the cases whose limits are to be looked at, and since when."""
    due = Watch.watch_at <= seconds(now)
    found = WATCH.read(lambda bucket: CaseRecord.to_watch.query(bucket, due), part)
    return {record.pk[2:]: moment(record.watch_at or 0) for record in found}


def _between(span: Span, after: str | None) -> Any:
    lowest = f"{after}!" if after else f"{seconds(span.first):010}" if span.first else "!"
    return Work.work_at.between(lowest, f"{seconds(span.last):010}" if span.last else "~")


def _listed_part(record: PartRecord, department_id: str) -> CaseSummary:
    position = str(record.work_at)
    _, case_id, part_id = position.split("#")
    return CaseSummary(
        case_id,
        str(record.service),
        str(record.office),
        PartStatus(record.status),
        moment(record.lodged or 0),
        moment(record.promised or 0),
        moment(record.due or 0),
        None,
        record.claimed,
        None,
        position,
        position.startswith(str(WAITING)),
        part_id,
        department_id,
    )


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
