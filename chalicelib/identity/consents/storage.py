"""Consents in the table `identity`: one of each purpose in a citizen's partition."""

from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError

from chalicelib.core.attributes import ledger_of, milliseconds, moment_of_milliseconds, read_ledger
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.pagination import Page
from chalicelib.core.tables import failed_conditions, transaction
from chalicelib.identity.consents.domain import Consent, Word
from chalicelib.identity.storage import write_unless_leaving
from chalicelib.identity.storage._records import ConsentRecord

_PREFIX: Final = "G#"


def list_of(citizen_id: str, position: str | None, limit: int) -> Page[Consent]:
    """Return a page of a citizen's consents by purpose; one Query."""
    condition = ConsentRecord.sk.between(f"{_PREFIX}{position or ''}", "G$")
    records = list(
        ConsentRecord.query(_pk(citizen_id), condition, limit=limit + 2, consistent_read=True)
    )
    after = [_read(one) for one in records if one.sk != f"{_PREFIX}{position}"]
    more = after[limit - 1].purpose if len(after) > limit else None
    return Page(tuple(after[:limit]), more)


def store(citizen_id: str, old: Consent, new: Consent, now: datetime) -> bool:
    """Keep a word; False when another was faster. Raises Unauthenticated of who is leaving."""
    as_seen: Any = ConsentRecord.revision == old.revision
    try:
        with transaction() as write:
            write_unless_leaving(write, citizen_id, now)
            write.save(
                _record(citizen_id, new, old.revision + 1),
                condition=as_seen if old.revision else ConsentRecord.pk.does_not_exist(),
            )
    except TransactWriteError as error:
        is_leaving, _ = failed_conditions(error)
        if is_leaving:
            raise Unauthenticated from error
        return False
    return True


def delete_all(citizen_id: str) -> None:
    """Drop all consents of a citizen. Idempotent."""
    records = ConsentRecord.query(
        _pk(citizen_id), ConsentRecord.sk.startswith(_PREFIX), consistent_read=True
    )
    with ConsentRecord.batch_write() as batch:
        for record in records:
            batch.delete(record)


def _pk(citizen_id: str) -> str:
    return f"C#{citizen_id}"


def _record(citizen_id: str, consent: Consent, revision: int) -> ConsentRecord:
    return ConsentRecord(
        _pk(citizen_id),
        _PREFIX + consent.purpose,
        words=[[one.version, one.given, milliseconds(one.at)] for one in consent.words],
        revision=revision,
        ledger=ledger_of(consent.ledger),
    )


def _read(record: ConsentRecord) -> Consent:
    words = tuple(
        Word(version, given, moment_of_milliseconds(at)) for version, given, at in record.words
    )
    purpose = record.sk.removeprefix(_PREFIX)
    return Consent(purpose, words, int(record.revision), read_ledger(record.ledger))
