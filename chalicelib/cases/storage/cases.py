"""Cases with what was applied for and their histories."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.transactions import TransactWrite

from chalicelib.cases.domain import (
    Attachment,
    Body,
    Case,
    CaseFile,
    CaseStatus,
    CitizenLeaves,
    GivenCertificate,
    PaymentStatus,
)
from chalicelib.cases.domain.authority import Authority
from chalicelib.cases.domain.originals import Handover, Original
from chalicelib.cases.storage._records import (
    BODY,
    LAST_PART,
    LEAVING,
    STATE,
    WAITING,
    WATCH_BUCKETS,
    BodyRecord,
    CaseRecord,
    HistoryRecord,
    ItemRecord,
    LeavingRecord,
    MineRecord,
    PartRecord,
    case_pk,
    entry_record,
)
from chalicelib.cases.storage.parts import read_part, write_parts
from chalicelib.cases.uploads import storage as uploads
from chalicelib.core.attributes import (
    ledger_of,
    moment,
    optional_moment,
    optional_seconds,
    read_ledger,
    seconds,
)
from chalicelib.core.history import Entry, Head
from chalicelib.core.money import Money
from chalicelib.core.tables import condition_failed, failed_conditions, shard_of, transaction


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


def load_with_body(case_id: str) -> tuple[Case, Body] | None:
    """Return a case with what was applied for; `wanted_delivery` is filled."""
    found = ItemRecord.query(
        case_pk(case_id), ItemRecord.sk.between(STATE, BODY), consistent_read=True
    )
    file = _file(case_id, found)
    return (file.case, file.body) if file else None


def load_file(case_id: str) -> CaseFile | None:
    """Return all of a case, in one Query."""
    found = ItemRecord.query(case_pk(case_id), ItemRecord.sk <= BODY, consistent_read=True)
    return _file(case_id, found)


def load_entries(case_id: str) -> list[Entry]:
    """Return the history of a case."""
    return HistoryRecord.entries_of(case_pk(case_id), "E#")


def bar(citizen_id: str, until: datetime | None) -> None:
    """Let a citizen lodge nothing until a time, also what is on its way; None ends that."""
    record = LeavingRecord(f"C#{citizen_id}", LEAVING)
    if until is None:
        record.delete()
    else:
        record.update([LeavingRecord.tidy_at.set(seconds(until))])


def create(
    case: Case,
    body: Body,
    entry: Entry,
    stands: Callable[[TransactWrite], None] | None = None,
) -> bool:
    """Keep a new case, all or nothing; False when its number is taken, or `stands` does not hold.

    `stands` is the condition under which one acts for another.

    Raises CitizenLeaves.
    """
    sk = f"K#{seconds(case.lodged_at):010}#{case.case_id}"
    mine = MineRecord(f"C#{case.citizen_id}", sk, case=case.case_id)
    left = LeavingRecord.tidy_at
    stays = left.does_not_exist() | (left <= seconds(case.lodged_at))
    try:
        with transaction() as write:
            write.condition_check(LeavingRecord, mine.pk, LEAVING, condition=stays)
            if stands:
                stands(write)
            write.save(case_record(case), condition=CaseRecord.pk.does_not_exist())
            write_parts(write, None, case)
            write.save(body_record(case.case_id, body))
            write.save(entry_record(case.case_id, entry))
            write.save(mine)
            uploads.write_given(write, case, body.materials, case.lodged_at)
    except TransactWriteError as error:
        if failed_conditions(error)[0]:
            raise CitizenLeaves from error
        return False
    return True


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


def case_record(case: Case) -> CaseRecord:
    """Return a case as it is kept."""
    record = CaseRecord(
        case_pk(case.case_id),
        STATE,
        case=case.case_id,
        person=case.person,
        service=case.service_id,
        office=case.office_id,
        status=case.status.value,
        lodged=seconds(case.lodged_at),
        promised=seconds(case.promised_at),
        due=seconds(case.due_at),
        member=case.for_member,
        authority=case.authority,
        granted_by=case.granted_by,
        fee=case.fee.cents if case.fee else None,
        currency=case.fee.currency if case.fee else None,
        payment=case.payment_status,
        delivery=case.delivery_id,
        delivery_status=case.delivery_status,
        delivery_seen=case.delivery_seen,
        paused=int(case.paused.total_seconds()) or None,
        paused_at=optional_seconds(case.paused_at),
        corrections=case.corrections or None,
        decided=optional_seconds(case.decided_at),
        claimed=case.claimed_by,
        score=case.score,
        alerted=case.alerted or None,
        alerts=set(case.alerts) or None,
        accepted_by=case.accepted_by,
        entered_by=case.entered_by,
        intake=case.intake_office_id,
        gather_at=optional_seconds(case.gather_at),
        certificates=set(case.certificates) or None,
        **_originals_columns(case),
        version=case.version,
        hash=case.head.hash,
        ledger=ledger_of(case.ledger),
        work=f"{case.office_id}#{case.status.value}",
        work_at=f"{_listed_at(case):010}#{case.case_id}",
    )
    if case.watch_at:
        record.watch = str(shard_of(case.number, WATCH_BUCKETS))
        record.watch_at = seconds(case.watch_at)
    return record


def _originals_columns(case: Case) -> dict[str, Any]:
    """Return how the papers come, and how far they have."""
    return {
        "handover": case.handover,
        "prechecked": optional_seconds(case.prechecked_at),
        "originals": [[o.material_id, o.status, o.checked] for o in case.originals] or None,
        "lifted": optional_seconds(case.lifted_at),
        "appointment": case.appointment_id,
    }


def _read_originals(record: CaseRecord) -> dict[str, Any]:
    return {
        "handover": cast("Handover | None", record.handover),
        "prechecked_at": optional_moment(record.prechecked),
        "originals": tuple(Original(*one) for one in record.originals or ()),
        "lifted_at": optional_moment(record.lifted),
        "appointment_id": record.appointment,
    }


def _listed_at(case: Case) -> int:
    """Return the time by which a hall's list has a case; what waits for its fee comes last."""
    if case.running:
        if case.paused_at:
            return WAITING
        # What a courier brought comes before all but what was due before it.
        return seconds(min(case.promised_at, case.lifted_at or case.promised_at))
    return seconds(case.decided_at or case.paused_at or case.lodged_at)


def read_case(record: CaseRecord) -> Case:
    """Read a case; only its body knows `wanted_delivery`."""
    version = int(record.version)
    fee = record.fee
    return Case(
        record.case,
        record.person,
        record.service,
        record.office,
        CaseStatus(record.status),
        moment(record.lodged),
        moment(record.promised),
        moment(record.due),
        record.member,
        Money(int(fee), record.currency or "cny") if fee is not None else None,
        cast("PaymentStatus", record.payment),
        record.delivery,
        record.delivery_status,
        record.delivery_seen,
        timedelta(seconds=int(record.paused or 0)),
        optional_moment(record.paused_at),
        int(record.corrections or 0),
        optional_moment(record.decided),
        record.claimed,
        int(record.score) if record.score else None,
        optional_moment(record.watch_at),
        int(record.alerted or 0),
        frozenset(record.alerts or ()),
        record.accepted_by,
        record.entered_by,
        record.intake,
        gather_at=optional_moment(record.gather_at),
        **_read_originals(record),
        version=version,
        head=Head(version, record.hash),
        ledger=read_ledger(record.ledger),
        authority=cast("Authority | None", record.authority),
        certificates=frozenset(record.certificates or ()),
        granted_by=record.granted_by,
    )


def body_record(case_id: str, body: Body) -> BodyRecord:
    """Return what was applied for as it is kept."""
    return BodyRecord(
        case_pk(case_id),
        BODY,
        form=body.form,
        materials=[[given.material_id, given.upload_id] for given in body.materials],
        certificates=[[given.material_id, given.certificate_id] for given in body.certificates]
        or None,
        delivery=body.delivery,
        pickup=body.pickup,
    )


def _file(case_id: str, found: Iterable[Any]) -> CaseFile | None:
    records, body, entries = list(found), Body(None), []
    for record in records:
        if isinstance(record, BodyRecord):
            given = tuple(Attachment(*pair) for pair in record.materials)
            certificates = tuple(GivenCertificate(*pair) for pair in record.certificates or ())
            body = Body(record.form, given, record.delivery, certificates, record.pickup)
        elif isinstance(record, HistoryRecord):
            entries.append(record.to_entry())
    case = read_state(records)
    if case is None or case.case_id != case_id:
        return None
    return CaseFile(replace(case, wanted_delivery=body.delivery), body, tuple(entries))
