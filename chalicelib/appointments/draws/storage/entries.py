"""Who has entered a draw, and the list of numbers that the public sees."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.transactions import TransactWrite

from chalicelib.appointments.domain.appointments import bookers
from chalicelib.appointments.draws.domain.draws import DrawEntry, DrawEntryStatus
from chalicelib.appointments.draws.domain.proof import Listed
from chalicelib.appointments.draws.storage._records import (
    DrawEntryRecord,
    EnteredRecord,
    GateRecord,
    HistoryRecord,
    ListedRecord,
)
from chalicelib.appointments.storage import (
    GuardRecord,
    counts_for,
    guard_keys,
    write_entry,
)
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
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.tables import (
    condition_failed,
    failed_conditions,
    shard_of,
    transaction,
)

# Entries of one draw meet at as many gates, so that they are seldom in each other's way.
_GATES: Final = 16


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """A line of a draw's list, whose entry it is (None: gone), and whether they have the result.

    `until` is the last day of the guardian who entered.
    """

    listed: Listed
    entry_id: str | None
    done: bool
    until: date | None = None


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """Why an entry was not stored: its draw is closed, or an entry is there already."""

    closed: bool
    existing: str | None


def load_entry(entry_id: str) -> DrawEntry | None:
    """Return an entry."""
    try:
        return _read(DrawEntryRecord.get(*_keys(entry_id), consistent_read=True))
    except DrawEntryRecord.DoesNotExist:
        return None


def entries_of(citizen_id: str) -> list[DrawEntry]:
    """Return a citizen's entries, in any order."""
    own = DrawEntryRecord.query(
        f"C#{citizen_id}", DrawEntryRecord.sk.startswith("L#"), consistent_read=True
    )
    return [_read(record) for record in own]


def load_history(entry_id: str) -> list[Entry]:
    """Return the history of an entry."""
    pk, _ = _keys(entry_id)
    return HistoryRecord.entries_of(pk, f"E#{entry_id}#")


def add(
    entry: DrawEntry, stands: Callable[[TransactWrite], None] | None, until: date | None
) -> RefusedEntry | None:
    """Keep a new entry while its draw's gate is open, one for each person; None when it was kept.

    `until` is the last day of the guardian who enters.
    A refusal without a reason says that the act is no longer allowed: of who has left
    (`load_guard` tells it), or for whom one acts no more.
    """
    is_there = counts_for(*bookers(entry.citizen_id, entry.for_member))
    try:
        with transaction() as write:
            if stands:
                stands(write)
            write.condition_check(GuardRecord, *guard_keys(entry.person), condition=is_there)
            _check_gate(write, entry)
            write.save(_record(entry), condition=DrawEntryRecord.pk.does_not_exist())
            write.save(
                EnteredRecord(*_lock_keys(entry), entry=entry.entry_id),
                condition=EnteredRecord.pk.does_not_exist(),
            )
            write.save(
                ListedRecord(
                    *_listed_keys(entry),
                    entry=entry.entry_id,
                    preferences=entry.preferences,
                    until=until.isoformat() if until else None,
                ),
                condition=ListedRecord.pk.does_not_exist(),
            )
    except TransactWriteError as error:
        # pynamodb sends conditions before puts, and the reasons come in that order.
        *_, gate, existing, entered, _ = failed_conditions(error)
        if existing:
            return RefusedEntry(closed=False, existing=entry.entry_id)
        if entered:
            lock = EnteredRecord.get(*_lock_keys(entry), consistent_read=True)
            return RefusedEntry(closed=False, existing=lock.entry)
        return RefusedEntry(closed=gate is not None, existing=None)
    return None


def close_gates(draw_id: str) -> None:
    """Let nobody enter or leave a draw any more; idempotent."""
    for number in range(_GATES):
        GateRecord(*_gate_keys(draw_id, number), closed=True).save()


def list_entries(draw_id: str) -> list[ListedEntry]:
    """Return a draw's list in the order of its numbers; one Query a MB."""
    records = ListedRecord.query(f"N#{draw_id}", ListedRecord.sk >= "0", consistent_read=True)
    return [
        ListedEntry(
            Listed(record.sk, tuple(record.preferences)),
            record.entry,
            bool(record.done),
            date.fromisoformat(record.until) if record.until else None,
        )
        for record in records
    ]


def mark_done(draw_id: str, number: str) -> None:
    """Note that whoever has a number has the result; idempotent."""
    ListedRecord(f"N#{draw_id}", number).update([ListedRecord.done.set(True)])


def store_entry_change(change: Change[DrawEntry, None]) -> bool:
    """Store the next version with its history; False when the old one is not what is there."""
    try:
        with transaction() as write:
            is_same = DrawEntryRecord.version == change.old.version
            write.save(_record(change.new), condition=is_same)
            for entry in change.entries:
                write_entry(write, change.old.entry_id, entry)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def forget(entry: DrawEntry) -> None:
    """Erase an entry; its number stays on a list that is closed, and says nobody. Idempotent."""
    if not withdraw(entry):
        _forget_listed(entry)
        _delete(entry)


def withdraw(entry: DrawEntry) -> bool:
    """Take an entry out of a draw; False where the list is closed and it stays. Idempotent."""
    try:
        with transaction() as write:
            _check_gate(write, entry)
            write.delete(ListedRecord(*_listed_keys(entry)))
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    _delete(entry)
    return True


def _delete(entry: DrawEntry) -> None:
    EnteredRecord(*_lock_keys(entry)).delete()
    DrawEntryRecord(*_keys(entry.entry_id)).delete()


def enter_as(entry: DrawEntry, person: str) -> None:
    """Keep an entry under the right name of its person, unless they have another; idempotent."""
    renamed, key = replace(entry, person=person), DrawEntryRecord(*_keys(entry.entry_id))
    try:
        with transaction() as write:
            write.save(
                EnteredRecord(*_lock_keys(renamed), entry=entry.entry_id),
                condition=EnteredRecord.pk.does_not_exist(),
            )
            write.update(
                key,
                [DrawEntryRecord.person.set(person)],
                condition=DrawEntryRecord.person == entry.person,
            )
            # Whose number it is may enter too.
            write.delete(EnteredRecord(*_lock_keys(entry)))
    except TransactWriteError as error:
        failed_conditions(error)


def _forget_listed(entry: DrawEntry) -> None:
    listed = ListedRecord(*_listed_keys(entry))
    try:
        listed.update([ListedRecord.entry.remove()], condition=ListedRecord.pk.exists())
    except UpdateError as error:
        condition_failed(error)


def _check_gate(write: TransactWrite, entry: DrawEntry) -> None:
    keys = _gate_keys(entry.draw_id, shard_of(entry.number, _GATES))
    write.condition_check(GateRecord, *keys, condition=GateRecord.closed.does_not_exist())


def _keys(entry_id: str) -> tuple[str, str]:
    return f"C#{entry_id[:CITIZEN_ID_LENGTH]}", f"L#{entry_id}"


def _lock_keys(entry: DrawEntry) -> tuple[str, str]:
    return f"P#{entry.person}", f"L#{entry.draw_id}"


def _listed_keys(entry: DrawEntry) -> tuple[str, str]:
    return f"N#{entry.draw_id}", entry.number


def _gate_keys(draw_id: str, number: int) -> tuple[str, str]:
    # Before all numbers, which are letters and digits.
    return f"N#{draw_id}", f"#{number:02}"


def _record(entry: DrawEntry) -> DrawEntryRecord:
    return DrawEntryRecord(
        *_keys(entry.entry_id),
        draw=entry.draw_id,
        person=entry.person,
        member=entry.for_member,
        number=entry.number,
        preferences=entry.preferences,
        entered=seconds(entry.entered_at),
        status=entry.status.value,
        rank=entry.rank,
        appointment=entry.appointment_id,
        claim_by=optional_seconds(entry.claim_by),
        version=entry.version,
        hash=entry.head.hash,
        ledger=ledger_of(entry.ledger),
    )


def _read(record: DrawEntryRecord) -> DrawEntry:
    version = int(record.version)
    return DrawEntry(
        record.sk[2:],
        record.draw,
        record.pk[2:],
        record.person,
        record.member,
        record.number,
        tuple(record.preferences),
        moment(record.entered),
        DrawEntryStatus(record.status),
        None if record.rank is None else int(record.rank),
        record.appointment,
        optional_moment(record.claim_by),
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
    )
