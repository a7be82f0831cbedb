"""Look-ups with their histories, the attempts that began them, and how many a day there are."""

from datetime import datetime

from pynamodb.exceptions import TransactWriteError

from chalicelib.core.attributes import (
    ledger_of,
    moment,
    optional_moment,
    optional_seconds,
    read_ledger,
    seconds,
)
from chalicelib.core.changes import Change
from chalicelib.core.history import Entry, Head
from chalicelib.core.idempotency import KEPT_FOR, Attempt
from chalicelib.core.pagination import Page
from chalicelib.core.rate_limit import Window
from chalicelib.core.tables import Addition, failed_conditions, transaction
from chalicelib.registers.domain import Lookup, first_id
from chalicelib.registers.storage._records import (
    TABLE,
    AttemptRecord,
    CountRecord,
    HistoryRecord,
    LookupRecord,
    entry_record,
    key_of,
    pk_of,
)

__all__ = [
    "TABLE",
    "begin",
    "count",
    "find_attempt",
    "list_of",
    "load",
    "load_entries",
    "since",
    "store",
]


def load(lookup_id: str) -> Lookup | None:
    """Return a look-up."""
    try:
        return _read(LookupRecord.get(*key_of(lookup_id), consistent_read=True))
    except LookupRecord.DoesNotExist:
        return None


def load_entries(lookup_id: str) -> list[Entry]:
    """Return the history of a look-up."""
    pk, _ = key_of(lookup_id)
    return HistoryRecord.entries_of(pk, f"E#{lookup_id}#")


def list_of(citizen_id: str, position: str | None, limit: int) -> Page[Lookup]:
    """Return a citizen's look-ups, newest first; one Query."""
    sk = LookupRecord.sk
    span = sk.between("L#", position) if position else sk.startswith("L#")
    found = list(
        LookupRecord.query(
            pk_of(citizen_id), span, scan_index_forward=False, limit=limit + 2, consistent_read=True
        )
    )
    # A position is the last key that was seen, which `between` includes.
    rest = found[1:] if position and found and found[0].sk == position else found
    more = rest[limit - 1].sk if len(rest) > limit else None
    return Page(tuple(_read(record) for record in rest[:limit]), more)


def since(citizen_id: str, begin: datetime, limit: int) -> tuple[Lookup, ...]:
    """Return a citizen's newest look-ups since a time, as they were moments ago; one Query."""
    span = LookupRecord.sk.between(f"L#{first_id(citizen_id, begin)}", "L~")
    found = LookupRecord.query(pk_of(citizen_id), span, scan_index_forward=False, limit=limit)
    return tuple(_read(record) for record in found)


def find_attempt(citizen_id: str, attempt: Attempt) -> tuple[str, str] | None:
    """Return the look-up that an attempt began, and the fingerprint of what was asked."""
    try:
        record = AttemptRecord.get(pk_of(citizen_id), _attempt(attempt), consistent_read=True)
    except AttemptRecord.DoesNotExist:
        return None
    return record.lookup, record.fingerprint


def begin(change: Change[Lookup, None], attempt: Attempt, also: Addition | None) -> bool:
    """Keep a new look-up; False when the attempt began one before, or `also` does not hold."""
    new = change.new
    note = AttemptRecord(
        pk_of(new.citizen_id),
        _attempt(attempt),
        lookup=new.lookup_id,
        fingerprint=attempt.fingerprint,
        tidy_at=seconds(new.asked_at + 2 * KEPT_FOR),
    )
    try:
        with transaction() as write:
            write.save(note, condition=AttemptRecord.pk.does_not_exist())
            write.save(_record(new))
            for entry in change.entries:
                write.save(entry_record(entry))
            if also:
                also(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def store(change: Change[Lookup, None]) -> bool:
    """Keep the next version of a look-up; False when another was faster."""
    try:
        with transaction() as write:
            same = LookupRecord.version == change.old.version
            write.save(_record(change.new), condition=same)
            for entry in change.entries:
                write.save(entry_record(entry))
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def count(citizen_id: str, window: Window) -> int:
    """Count a look-up of a citizen; return how many there are in this window."""
    record = CountRecord(pk_of(citizen_id), f"N#{window.name}")
    tidy = CountRecord.tidy_at.set(seconds(window.ends))
    record.update([CountRecord.asked.add(1), tidy])
    return int(record.asked)


def _attempt(attempt: Attempt) -> str:
    return f"A#{attempt.key}"


def _record(lookup: Lookup) -> LookupRecord:
    return LookupRecord(
        *key_of(lookup.lookup_id),
        lookup=lookup.lookup_id,
        register=lookup.register_id,
        service=lookup.service_id,
        claim=lookup.claim,
        person=lookup.person,
        consent=lookup.consent,
        asked=seconds(lookup.asked_at),
        member=lookup.for_member,
        answer=lookup.answer,
        answered=optional_seconds(lookup.answered_at),
        version=lookup.version,
        hash=lookup.head.hash,
        ledger=ledger_of(lookup.ledger),
    )


def _read(record: LookupRecord) -> Lookup:
    version = int(record.version)
    return Lookup(
        record.lookup,
        record.register,
        record.service,
        record.claim,
        record.person,
        record.consent,
        moment(record.asked),
        record.member,
        record.answer,
        optional_moment(record.answered),
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
    )
