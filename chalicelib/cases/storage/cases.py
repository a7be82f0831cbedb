"""Cases with what was applied for and their histories."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.transactions import TransactWrite

from chalicelib.cases.domain import (
    Attachment,
    Body,
    Case,
    CaseFile,
    CitizenLeaves,
    GivenCertificate,
    GivenLookup,
)
from chalicelib.cases.storage._cases import body_record, case_record, mine_keys, read_case
from chalicelib.cases.storage._records import (
    BODY,
    HISTORY,
    LAST_PART,
    LEAVING,
    STATE,
    BodyRecord,
    CaseRecord,
    HistoryRecord,
    ItemRecord,
    LeavingRecord,
    MineRecord,
    PartRecord,
    case_pk,
    entry_record,
    receipt_pk,
)
from chalicelib.cases.storage.channels import is_at_counter, may_lodge
from chalicelib.cases.storage.parts import read_part, write_parts
from chalicelib.cases.uploads import storage as uploads
from chalicelib.core.attributes import (
    seconds,
)
from chalicelib.core.history import Entry
from chalicelib.core.tables import condition_failed, failed_conditions, transaction

_WHOLE: Final = ItemRecord.sk.between(HISTORY, BODY)


def load(case_id: str) -> Case | None:
    """Return a case without its body."""
    case = load_state(case_pk(case_id))
    return case if case and case.case_id == case_id else None


def load_state(pk: str) -> Case | None:
    """Return the case of a partition with its parts, in one Query."""
    return read_state(
        ItemRecord.query(pk, ItemRecord.sk.between(STATE, LAST_PART), consistent_read=True)
    )


def read_state(found: Iterable[Any]) -> Case | None:
    """Return the case among the items of its partition, with its parts."""
    case, parts = None, []
    for record in found:
        if isinstance(record, CaseRecord):
            case = read_case(record)
        elif isinstance(record, PartRecord):
            parts.append(read_part(record))
    return replace(case, parts=tuple(parts)) if case else None


def load_with_body(case_id: str, *, consistent: bool = True) -> tuple[Case, Body] | None:
    """Return a case with what was applied for; `wanted_delivery` is filled.

    Not `consistent`, as it was moments ago.
    """
    found = ItemRecord.query(
        case_pk(case_id), ItemRecord.sk.between(STATE, BODY), consistent_read=consistent
    )
    file = _file(case_id, found)
    return (file.case, file.body) if file else None


def load_file(case_id: str, *, consistent: bool = True) -> CaseFile | None:
    """Return all of a case, in one Query; not `consistent`, as it was moments ago."""
    found = ItemRecord.query(case_pk(case_id), _WHOLE, consistent_read=consistent)
    return _file(case_id, found)


def load_file_by_number(number: str) -> CaseFile | None:
    """Return all of a case by its plain receipt number, in one Query."""
    return _file(None, ItemRecord.query(receipt_pk(number), _WHOLE, consistent_read=True))


def load_entries(case_id: str) -> list[Entry]:
    """Return the history of a case."""
    return HistoryRecord.entries_of(case_pk(case_id), HISTORY)


def bar(citizen_id: str, until: datetime | None) -> None:
    """Let a citizen lodge nothing until a time, also what is on its way; None ends that."""
    record = LeavingRecord(f"C#{citizen_id}", LEAVING)
    if until is None:
        record.delete()
    else:
        left = LeavingRecord.tidy_at.set(seconds(until))
        record.update([left, LeavingRecord.counter.remove()])


def create(
    case: Case,
    body: Body,
    entry: Entry,
    stands: Callable[[TransactWrite], None] | None = None,
    use: Callable[[TransactWrite], None] | None = None,
) -> bool:
    """Keep a new case, all or nothing; False when its number is taken, or a condition is not met.

    A counter that enters the same is such a condition. `stands` is the one under which one acts for
    another, `use` uses a signature up. Raises CitizenLeaves.
    """
    mine = MineRecord(*mine_keys(case), case=case.case_id)
    mine.service, mine.person = case.service_id, case.person
    try:
        with transaction() as write:
            write.condition_check(LeavingRecord, mine.pk, LEAVING, condition=may_lodge(case))
            for add in filter(None, (stands, use)):
                add(write)
            write.save(case_record(case), condition=CaseRecord.pk.does_not_exist())
            write_parts(write, None, case)
            write.save(body_record(case.case_id, body))
            write.save(entry_record(case.case_id, entry))
            write.save(mine)
            uploads.write_given(write, case, body.materials, case.lodged_at)
    except TransactWriteError as error:
        if failed_conditions(error)[0] and not _is_at_counter(case):
            raise CitizenLeaves from error
        return False
    return True


def _is_at_counter(case: Case) -> bool:
    return is_at_counter(case.citizen_id, case.service_id, case.person)


def forget_body(case_id: str) -> None:
    """Drop what is sealed of a case, for ever. Idempotent."""
    try:
        gone: list[Any] = [
            BodyRecord.form.remove(),
            BodyRecord.delivery.remove(),
            BodyRecord.pickup.remove(),
        ]
        BodyRecord(case_pk(case_id), BODY).update(gone, condition=BodyRecord.pk.exists())
    except UpdateError as error:
        condition_failed(error)


def _file(case_id: str | None, found: Iterable[Any]) -> CaseFile | None:
    records, body, entries = list(found), Body(None), []
    for record in records:
        if isinstance(record, BodyRecord):
            given = tuple(Attachment(*pair) for pair in record.materials)
            certificates = tuple(GivenCertificate(*pair) for pair in record.certificates or ())
            lookups = tuple(GivenLookup(*pair) for pair in record.lookups or ())
            papers = (certificates, record.pickup, lookups)
            body = Body(record.form, given, record.delivery, *papers)
        elif isinstance(record, HistoryRecord):
            entries.append(record.to_entry())
    case = read_state(records)
    if case is None or case_id not in (None, case.case_id):
        return None
    return CaseFile(replace(case, wanted_delivery=body.delivery), body, tuple(entries))
