"""The draws with their histories."""

from datetime import date, datetime
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError

from chalicelib.appointments.draws.domain.draws import Disclosed, Draw, DrawStatus, Sealed
from chalicelib.appointments.draws.storage._records import DrawRecord, HistoryRecord
from chalicelib.appointments.storage import list_queued
from chalicelib.core.attributes import ledger_of, moment, read_ledger, seconds
from chalicelib.core.changes import Change
from chalicelib.core.history import Entry, Head
from chalicelib.core.tables import Addition, EntryRecord, failed_conditions, transaction

_DUE: Final = "draws"
# What is written beside a change of a draw.
Effects = tuple[Addition, ...]


def load(draw_id: str) -> Draw | None:
    """Return a draw."""
    try:
        return _read(DrawRecord.get(*_keys(draw_id), consistent_read=True))
    except DrawRecord.DoesNotExist:
        return None


def list_of(service_id: str) -> list[Draw]:
    """Return the draws of a service, the latest first; one Query a MB."""
    records = DrawRecord.query(
        f"L#{service_id}", DrawRecord.sk.startswith("L#"), consistent_read=True
    )
    return sorted(map(_read, records), key=lambda one: (one.closes_at, one.draw_id), reverse=True)


def load_entries(draw_id: str) -> list[Entry]:
    """Return the history of a draw."""
    pk, _ = _keys(draw_id)
    return HistoryRecord.entries_of(pk, f"E#{draw_id}#")


def list_due(now: datetime) -> list[str]:
    """Return the ids of the draws with whom something is to be done; one Query."""
    return list_queued(_DUE, now)


def store_change(change: Change[Draw, Effects]) -> bool:
    """Store a draw with its history; False when the old version is not what is there."""
    is_same = DrawRecord.version == change.old.version
    is_as_read = is_same if change.old.version else DrawRecord.pk.does_not_exist()
    try:
        with transaction() as write:
            for add in change.effects:
                add(write)
            write.save(_record(change.new), condition=is_as_read)
            for entry in change.entries:
                write.save(_entry(change.old.draw_id, entry))
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def settle(draw: Draw) -> None:
    """Note that nothing more is to be done with a draw; idempotent."""
    record = DrawRecord(*_keys(draw.draw_id))
    off = [DrawRecord.queue.remove(), DrawRecord.order.remove()]
    record.update([DrawRecord.settled.set(True), *off])


def _keys(draw_id: str) -> tuple[str, str]:
    return f"L#{draw_id.partition('.')[0]}", f"L#{draw_id}"


def _entry(draw_id: str, entry: Entry) -> HistoryRecord:
    pk, _ = _keys(draw_id)
    return HistoryRecord(pk, f"E#{draw_id}#{entry.seq:06}", **EntryRecord.keys_of(entry))


def _record(draw: Draw) -> DrawRecord:
    opened = draw.disclosed
    return DrawRecord(
        *_keys(draw.draw_id),
        office=draw.office_id,
        category=draw.category,
        days=[str(day) for day in draw.days],
        seats=draw.seats,
        opens=seconds(draw.opens_at),
        closes=seconds(draw.closes_at),
        commitment=draw.commitment,
        key=draw.sealed.key,
        seed=draw.sealed.seed,
        beacon_name=draw.beacon_name,
        beacon_from=seconds(draw.beacon_from),
        status=draw.status.value,
        entries=draw.entries,
        root=draw.root,
        places=list(draw.places.items()),
        disclosed=[opened.seed, opened.beacon, seconds(opened.at)] if opened else None,
        settled=draw.settled or None,
        queue=None if draw.settled else _DUE,
        order=None if draw.settled else f"{seconds(draw.closes_at):010}#{draw.draw_id}",
        version=draw.version,
        hash=draw.head.hash,
        ledger=ledger_of(draw.ledger),
    )


def _read(record: DrawRecord) -> Draw:
    version = int(record.version)
    return Draw(
        record.sk[2:],
        record.pk[2:],
        record.office,
        record.category,
        tuple(date.fromisoformat(day) for day in record.days),
        int(record.seats),
        moment(record.opens),
        moment(record.closes),
        record.commitment,
        Sealed(record.key, record.seed),
        record.beacon_name,
        moment(record.beacon_from),
        DrawStatus(record.status),
        None if record.entries is None else int(record.entries),
        record.root,
        {slot_id: int(seats) for slot_id, seats in record.places or ()},
        _disclosed(record.disclosed),
        bool(record.settled),
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
    )


def _disclosed(values: list[Any] | None) -> Disclosed | None:
    if values is None:
        return None
    seed, beacon, at = values
    return Disclosed(seed, beacon, moment(at))
