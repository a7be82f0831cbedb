"""Certificates with their histories, and whose they are."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError

from chalicelib.certificates.domain import Certificate, CertificateStatus, Listed
from chalicelib.certificates.domain.status_list import published
from chalicelib.certificates.storage._records import (
    DOCUMENT,
    STATE,
    CertificateRecord,
    DocumentRecord,
    HistoryRecord,
    MineRecord,
    entry_record,
    pk_of,
)
from chalicelib.certificates.storage.statuses import write_status
from chalicelib.core.attributes import ledger_of, moment, read_ledger, seconds
from chalicelib.core.changes import Change
from chalicelib.core.clock import rfc3339
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Entry, Head
from chalicelib.core.pagination import Page
from chalicelib.core.person_corrections import store_person
from chalicelib.core.tables import failed_conditions, transaction


def load(code: str, *, consistent: bool = True) -> Certificate | None:
    """Return a certificate by its verification code; not `consistent`, as it was moments ago."""
    try:
        return _read(CertificateRecord.get(pk_of(code), STATE, consistent_read=consistent))
    except CertificateRecord.DoesNotExist:
        return None


def load_entries(code: str) -> list[Entry]:
    """Return the history of a certificate."""
    return HistoryRecord.entries_of(pk_of(code), "E#")


def list_of(citizen_id: str, position: str | None, limit: int) -> Page[str]:
    """Return the ids of a citizen's certificates, newest first; one Query."""
    below = MineRecord.sk < position if position else MineRecord.sk.startswith("C#")
    newest_first = MineRecord.query(
        f"C#{citizen_id}",
        below,
        scan_index_forward=False,
        limit=limit + 1,
        consistent_read=True,
    )
    found = list(newest_first)
    more = found[limit - 1].sk if len(found) > limit else None
    return Page(tuple(_id_of(record) for record in found[:limit]), more)


def list_newest(citizen_id: str, limit: int) -> list[Listed]:
    """Return which are a citizen's newest certificates, as of moments ago; one Query."""
    own = MineRecord.sk.startswith("C#")
    found = MineRecord.query(f"C#{citizen_id}", own, scan_index_forward=False, limit=limit)
    return [Listed(_id_of(record), record.type, record.person) for record in found]


def _id_of(record: MineRecord) -> str:
    return str(record.sk.rpartition("#")[2])


def list_ending(day: date) -> list[str]:
    """Return the ids of the certificates whose last day it is; one Query a MB."""
    return [record.sk for record in MineRecord.query(f"D#{day.isoformat()}")]


def create(certificate: Certificate, entry: Entry) -> bool:
    """Keep a new certificate, all or nothing; False when it is there."""
    try:
        with transaction() as write:
            write.save(_record(certificate), condition=CertificateRecord.pk.does_not_exist())
            write.save(entry_record(certificate.verification_code, entry))
            mine = _mine(certificate)
            mine.type, mine.person = certificate.type_id, certificate.person
            write.save(mine)
            if certificate.valid_until:
                ends = f"D#{certificate.valid_until.isoformat()}"
                write.save(MineRecord(ends, certificate.certificate_id))
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def store(change: Change[Certificate, None]) -> bool:
    """Keep the next version with its entries; False when the old one is not what is there."""
    old, new = change.old, change.new
    try:
        with transaction() as write:
            write.save(_record(new), condition=_is_still(old))
            for entry in change.entries:
                write.save(entry_record(new.verification_code, entry))
            if new.content is None:
                write.delete(DocumentRecord(pk_of(new.verification_code), DOCUMENT))
            if published(new) != published(old):
                write_status(write, new)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def correct_person(certificate: Certificate, person: str) -> bool:
    """Keep to whom a certificate was issued under the right name; False as store."""
    kept = CertificateRecord(pk_of(certificate.verification_code), STATE)
    return store_person(kept, _is_still(certificate), _mine(certificate), person)


def _is_still(old: Certificate) -> Any:
    is_same_version = CertificateRecord.version == old.version
    return is_same_version & (CertificateRecord.person == old.person)


def _mine(certificate: Certificate) -> MineRecord:
    position = f"C#{seconds(certificate.issued_at):010}#{certificate.certificate_id}"
    return MineRecord(f"C#{certificate.citizen_id}", position)


def _record(certificate: Certificate) -> CertificateRecord:
    until, pending = certificate.valid_until, certificate.pending
    return CertificateRecord(
        pk_of(certificate.verification_code),
        STATE,
        certificate=certificate.certificate_id,
        type=certificate.type_id,
        person=certificate.person,
        case=certificate.case_id,
        service=certificate.service_id,
        office=certificate.office_id,
        department=certificate.department_id,
        number=certificate.number,
        status_number=certificate.status_number,
        issued=seconds(certificate.issued_at),
        issued_on=certificate.issued_on.isoformat(),
        valid_until=until.isoformat() if until else None,
        state=certificate.state.value,
        content=certificate.content,
        pending=_word_record(pending) if pending else None,
        reminded=certificate.reminded,
        version=certificate.version,
        hash=certificate.head.hash,
        ledger=ledger_of(certificate.ledger),
    )


def _read(record: CertificateRecord) -> Certificate:
    version = int(record.version)
    return Certificate(
        certificate_id=record.certificate,
        type_id=record.type,
        person=record.person,
        case_id=record.case,
        service_id=record.service,
        office_id=record.office,
        department_id=record.department,
        number=record.number,
        verification_code=record.pk.partition("#")[2],
        issued_at=moment(record.issued),
        issued_on=date.fromisoformat(record.issued_on),
        valid_until=date.fromisoformat(record.valid_until) if record.valid_until else None,
        status_number=int(record.status_number),
        content=record.content,
        state=CertificateStatus(record.state),
        pending=_word(record.pending) if record.pending else None,
        reminded=int(record.reminded) if record.reminded else None,
        version=version,
        head=Head(version, record.hash),
        ledger=read_ledger(record.ledger),
    )


def _word_record(word: Word) -> dict[str, str]:
    return {"act": word.act, "by": word.by, "at": rfc3339(word.at), "reason": word.reason}


def _word(kept: Mapping[str, Any]) -> Word:
    return Word(kept["act"], kept["by"], datetime.fromisoformat(kept["at"]), kept["reason"])
