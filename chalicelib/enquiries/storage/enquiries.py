"""Enquiries with their histories."""

from collections.abc import Iterable
from typing import Any, cast

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import ledger_of, moment, read_ledger, seconds
from chalicelib.core.changes import Change
from chalicelib.core.history import Entry, Head
from chalicelib.core.tables import failed_conditions, transaction
from chalicelib.enquiries.domain import (
    Channel,
    Effects,
    Enquiry,
    EnquiryFile,
    EnquiryStatus,
    Kind,
    Subject,
    SubjectType,
)
from chalicelib.enquiries.storage._records import (
    STATE,
    EnquiryRecord,
    HistoryRecord,
    MineRecord,
    PartRecord,
    entry_record,
    pk_of,
)
from chalicelib.enquiries.storage.published import write_published, write_unpublished
from chalicelib.supervision import service as supervision


def load(number: str) -> Enquiry | None:
    """Return an enquiry by its plain number."""
    try:
        return read_enquiry(EnquiryRecord.get(pk_of(number), STATE, consistent_read=True))
    except EnquiryRecord.DoesNotExist:
        return None


def load_file(number: str) -> EnquiryFile | None:
    """Return all of an enquiry, in one Query."""
    between = PartRecord.sk.between("E#", STATE)
    found: Iterable[Any] = PartRecord.query(pk_of(number), between, consistent_read=True)
    enquiry, entries = None, []
    for record in found:
        if isinstance(record, EnquiryRecord):
            enquiry = read_enquiry(record)
        else:
            entries.append(record.to_entry())
    return EnquiryFile(enquiry, tuple(entries)) if enquiry else None


def load_entries(number: str) -> list[Entry]:
    """Return the history of an enquiry."""
    return HistoryRecord.entries_of(pk_of(number), "E#")


def create(enquiry: Enquiry, entry: Entry) -> bool:
    """Keep a new enquiry, all or nothing; False when its number is taken."""
    try:
        with transaction() as write:
            write.save(_record(enquiry), condition=EnquiryRecord.pk.does_not_exist())
            write.save(entry_record(enquiry.number, entry))
            if enquiry.citizen_id:
                position = f"Q#{seconds(enquiry.received_at):010}#{enquiry.enquiry_id}"
                write.save(MineRecord(f"C#{enquiry.citizen_id}", position))
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def store(change: Change[Enquiry, Effects]) -> bool:
    """Keep the next version with its entries; False when the old one is not what is there."""
    new, last = change.new, change.entries[-1]
    try:
        with transaction() as write:
            is_same_version = EnquiryRecord.version == change.old.version
            write.save(_record(new), condition=is_same_version)
            for entry in change.entries:
                write.save(entry_record(new.number, entry))
            _write_effects(write, new, change.effects, last)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def _write_effects(write: TransactWrite, new: Enquiry, effects: Effects, last: Entry) -> None:
    for alert in effects.alerts:
        supervision.write_raised(write, alert)
    supervision.write_cleared(write, new.enquiry_id, effects.cleared, new.changed_at, last.actor)
    if effects.published:
        write_published(write, effects.published)
    if effects.unpublished:
        write_unpublished(write, new.enquiry_id)


def _record(enquiry: Enquiry) -> EnquiryRecord:
    subject = enquiry.subject
    record = EnquiryRecord(
        pk_of(enquiry.number),
        STATE,
        enquiry=enquiry.enquiry_id,
        kind=enquiry.kind,
        status=enquiry.status.value,
        channel=enquiry.channel,
        office=enquiry.office_id,
        received=seconds(enquiry.received_at),
        due=seconds(enquiry.due_at),
        changed=seconds(enquiry.changed_at),
        service=enquiry.service_id,
        subject=f"{subject.type}#{subject.id}" if subject else None,
        handlers=set(enquiry.handlers) or None,
        confined=enquiry.confined or None,
        leave=enquiry.awaiting_leave or None,
        claimed=enquiry.claimed_by,
        extended=enquiry.extended or None,
        reopened=enquiry.reopened or None,
        escalated=enquiry.escalated or None,
        overdue=enquiry.overdue or None,
        satisfaction=enquiry.satisfaction,
        published=enquiry.published or None,
        key=enquiry.sealed_key,
        contact=enquiry.contact,
        version=enquiry.version,
        hash=enquiry.head.hash,
        ledger=ledger_of(enquiry.ledger),
    )
    if not enquiry.awaiting_leave:
        at = enquiry.due_at if enquiry.open else enquiry.changed_at
        record.work = f"{enquiry.office_id}#{enquiry.status.value}"
        record.work_at = f"{seconds(at):010}#{enquiry.number}"
    return record


def read_enquiry(record: EnquiryRecord) -> Enquiry:
    """Read an enquiry."""
    type_, _, subject_id = (record.subject or "").partition("#")
    version = int(record.version)
    return Enquiry(
        enquiry_id=record.enquiry,
        kind=cast("Kind", record.kind),
        status=EnquiryStatus(record.status),
        channel=cast("Channel", record.channel),
        office_id=record.office,
        received_at=moment(record.received),
        due_at=moment(record.due),
        changed_at=moment(record.changed),
        service_id=record.service,
        subject=Subject(cast("SubjectType", type_), subject_id) if type_ else None,
        handlers=frozenset(record.handlers or ()),
        confined=bool(record.confined),
        awaiting_leave=bool(record.leave),
        claimed_by=record.claimed,
        extended=bool(record.extended),
        reopened=int(record.reopened or 0),
        escalated=bool(record.escalated),
        overdue=bool(record.overdue),
        satisfaction=int(record.satisfaction) if record.satisfaction else None,
        published=bool(record.published),
        sealed_key=record.key,
        contact=record.contact,
        version=version,
        head=Head(version, record.hash),
        ledger=read_ledger(record.ledger),
    )
