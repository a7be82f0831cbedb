"""Mandates with their histories, and lists of those that citizens gave and act by."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import ledger_of, moment, read_ledger, seconds
from chalicelib.core.changes import Change
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Entry, Head
from chalicelib.core.tables import Addition, EntryRecord, failed_conditions, transaction
from chalicelib.mandates.domain import Mandate, Terms, Witness
from chalicelib.mandates.storage._records import (
    STATE,
    HistoryRecord,
    ListedRecord,
    MandateRecord,
    mandate_pk,
)
from chalicelib.mandates.storage.codes import write_used
from chalicelib.mandates.storage.organisations import load_organisation


def load(mandate_id: str) -> Mandate | None:
    """Return a mandate; of an organisation one more read tells whether that is frozen."""
    try:
        mandate = _read(MandateRecord.get(mandate_pk(mandate_id), STATE, consistent_read=True))
    except MandateRecord.DoesNotExist:
        return None
    if not mandate.of_organisation:
        return mandate
    organisation = load_organisation(mandate.principal)
    is_active = organisation is not None and organisation.state == "active"
    return replace(mandate, principal_frozen=not is_active)


def load_many(mandate_ids: Iterable[str]) -> list[Mandate]:
    """Return the mandates that exist, in any order."""
    keys = [(mandate_pk(one), STATE) for one in mandate_ids]
    return [_read(record) for record in MandateRecord.batch_get(keys, consistent_read=True)]


def list_given(citizen_id: str) -> list[str]:
    """Return the ids of the mandates that a citizen gave; one Query."""
    return _listed(citizen_id, "G#")


def list_held(citizen_id: str, principal: str = "") -> list[str]:
    """Return the ids of the mandates by which a citizen acts, for all or one; one Query."""
    return _listed(citizen_id, f"A#{principal}")


def load_entries(mandate_id: str) -> list[Entry]:
    """Return the history of a mandate."""
    return HistoryRecord.entries_of(mandate_pk(mandate_id), "E#")


def create(mandate: Mandate, entry: Entry, code: str, also: Iterable[Addition] = ()) -> bool:
    """Keep a new mandate and use up the code that names its agent; False when either was faster.

    `also` is kept in the same transaction.
    """
    try:
        with transaction() as write:
            write.save(mandate_record(mandate), condition=MandateRecord.pk.does_not_exist())
            write.save(entry_record(mandate.mandate_id, entry))
            write_listed(write, mandate)
            write_used(write, code, mandate.mandate_id)
            for other in also:
                other(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def store_change(change: Change[Mandate, tuple[Addition, ...]]) -> bool:
    """Keep the next version of a mandate with its entries; False when another was faster."""
    new = change.new
    try:
        with transaction() as write:
            unchanged = MandateRecord.version == change.old.version
            write.save(mandate_record(new), condition=unchanged)
            for entry in change.entries:
                write.save(entry_record(new.mandate_id, entry))
            for other in change.effects:
                other(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def _listed(citizen_id: str, prefix: str) -> list[str]:
    records = ListedRecord.query(
        f"C#{citizen_id}", ListedRecord.sk.startswith(prefix), consistent_read=True
    )
    return [record.sk[2:] for record in records]


def write_listed(write: TransactWrite, mandate: Mandate) -> None:
    """List a mandate for both of its sides."""
    write.save(ListedRecord(f"C#{mandate.principal}", f"G#{mandate.mandate_id}"))
    write.save(ListedRecord(f"C#{mandate.agent}", f"A#{mandate.mandate_id}"))


def entry_record(mandate_id: str, entry: Entry) -> HistoryRecord:
    """Return a history entry as it is kept."""
    keys = EntryRecord.keys_of(entry)
    return HistoryRecord(mandate_pk(mandate_id), f"E#{entry.seq:06}", **keys)


def mandate_record(mandate: Mandate) -> MandateRecord:
    """Return a mandate as it is kept."""
    return MandateRecord(
        mandate_pk(mandate.mandate_id),
        STATE,
        principal=mandate.principal,
        principal_person=mandate.principal_person,
        agent=mandate.agent,
        agent_person=mandate.agent_person,
        services=set(mandate.terms.services),
        actions=set(mandate.terms.actions),
        since=mandate.since.isoformat(),
        until=mandate.terms.until.isoformat(),
        state=mandate.state,
        accepted_by=mandate.accepted_by,
        version=mandate.version,
        hash=mandate.head.hash,
        ledger=ledger_of(mandate.ledger),
        witness=_written(mandate.witness) if mandate.witness else None,
        organisation=mandate.of_organisation or None,
    )


def _read(record: MandateRecord) -> Mandate:
    version = int(record.version)
    terms = Terms(
        frozenset(record.services),
        frozenset(record.actions),  # type: ignore[arg-type]
        date.fromisoformat(record.until),
    )
    return Mandate(
        record.pk[2:],
        record.principal,
        record.principal_person,
        record.agent,
        record.agent_person,
        terms,
        date.fromisoformat(record.since),
        record.state,  # type: ignore[arg-type]
        record.accepted_by,  # type: ignore[arg-type]
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
        _read_witness(record.witness) if record.witness else None,
        of_organisation=bool(record.organisation),
    )


def _written(witness: Witness) -> dict[str, Any]:
    return {
        "office": witness.office_id,
        "upload": witness.upload_id,
        "asked": _written_word(witness.asked) if witness.asked else None,
        "agreed": _written_word(witness.agreed) if witness.agreed else None,
        "minor_until": witness.minor_until.isoformat() if witness.minor_until else None,
    }


def _written_word(word: Word) -> list[str | int]:
    return [word.act, word.by, seconds(word.at), word.reason]


def _read_witness(written: dict[str, Any]) -> Witness:
    minor_until = written["minor_until"]
    return Witness(
        written["office"],
        written["upload"],
        _read_word(written["asked"]),
        _read_word(written["agreed"]),
        date.fromisoformat(minor_until) if minor_until else None,
    )


def _read_word(written: list[Any] | None) -> Word | None:
    if written is None:
        return None
    act, by, at, reason = written
    return Word(act, by, moment(at), reason)
