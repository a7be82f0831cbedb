"""Departments' parts of cases: each an item beside its case, listed while it is open."""

from pynamodb.transactions import TransactWrite

from chalicelib.cases.domain import Case, CasePart, PartStatus
from chalicelib.cases.storage._records import PART, WAITING, PartRecord, case_pk
from chalicelib.core.attributes import optional_moment, optional_seconds, seconds


def write_parts(write: TransactWrite, old: Case | None, new: Case) -> None:
    """Keep the parts that a change of a case changes."""
    # The list of parts is a hall's: another hall makes each of them new.
    moved = old is not None and old.office_id != new.office_id
    before = old.parts if old and not moved else ()
    for part in new.parts:
        if part not in before:
            write.save(_part_record(new, part))


def read_part(record: PartRecord) -> CasePart:
    """Read a part."""
    return CasePart(
        record.sk.removeprefix(PART),
        record.department,
        PartStatus(record.status),
        optional_moment(record.promised),
        optional_moment(record.decided),
        record.claimed,
        optional_moment(record.paused_at),
        record.remarks,
        bool(record.asked),
        int(record.since),
    )


def work_of(department_id: str, office_id: str) -> str:
    """Return the key of a department's work list in a hall."""
    return f"D#{department_id}#{office_id}"


def _part_record(case: Case, part: CasePart) -> PartRecord:
    record = PartRecord(
        case_pk(case.case_id),
        f"{PART}{part.part_id}",
        department=part.department_id,
        status=part.status.value,
        promised=optional_seconds(part.promised_at),
        decided=optional_seconds(part.decided_at),
        claimed=part.claimed_by,
        paused_at=optional_seconds(part.paused_at),
        remarks=part.remarks,
        asked=part.asked or None,
        since=part.since,
    )
    if part.status in (PartStatus.OPEN, PartStatus.CORRECTION_REQUESTED) and part.promised_at:
        at = WAITING if part.asked else seconds(part.promised_at)
        record.work = work_of(part.department_id, case.office_id)
        record.work_at = f"{at:010}#{case.case_id}#{part.part_id}"
        record.service, record.office = case.service_id, case.office_id
        record.lodged, record.due = seconds(case.lodged_at), seconds(case.due_at)
    return record
