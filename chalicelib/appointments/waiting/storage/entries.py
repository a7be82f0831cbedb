"""The entries of persons, with their offers and histories."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.appointments.domain.appointments import bookers
from chalicelib.appointments.domain.slots import Seat, parse_slot_id
from chalicelib.appointments.storage import (
    counts_for,
    guard_keys,
    list_queued,
    no_appointment,
    places_values,
    read_places,
    write_entry,
)
from chalicelib.appointments.waiting.domain import (
    EntryStatus,
    Offer,
    WaitingEntry,
)
from chalicelib.appointments.waiting.storage._records import (
    HistoryRecord,
    WaitingRecord,
    lock_of,
    read_wish,
)
from chalicelib.core.attributes import (
    ledger_of,
    milliseconds,
    moment,
    moment_of_milliseconds,
    read_ledger,
    seconds,
)
from chalicelib.core.buckets import WHOLE, Buckets, Part
from chalicelib.core.changes import Change
from chalicelib.core.history import Entry, Head
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.tables import failed_conditions, transaction

_OFFERS: Final = Buckets("offers#", first="offers")
# Whether a seat's appointment is asked after where an offer ends, as it may be booked meanwhile.
Effects = bool


def load(entry_id: str) -> WaitingEntry | None:
    """Return an entry."""
    try:
        return _read(WaitingRecord.get(*_keys(entry_id), consistent_read=True))
    except WaitingRecord.DoesNotExist:
        return None


def list_of(citizen_id: str) -> list[WaitingEntry]:
    """Return a citizen's entries, in any order."""
    own = WaitingRecord.query(
        f"C#{citizen_id}", WaitingRecord.sk.startswith("W#"), consistent_read=True
    )
    return [_read(record) for record in own]


def load_entries(entry_id: str) -> list[Entry]:
    """Return the history of an entry."""
    pk, _ = _keys(entry_id)
    return HistoryRecord.entries_of(pk, f"E#{entry_id}#")


def add(
    entry: WaitingEntry, replaces: str | None, stands: Callable[[TransactWrite], None] | None
) -> str | None:
    """Keep a new entry unless the person waits already; return the id of the one in its way.

    `replaces` is an entry that has ended. An empty id says that the act is no longer allowed: of
    who has left (`load_guard` tells it), or for whom one acts no more.
    """
    lock = lock_of(entry.wish.service_id)
    is_free = lock.entry == replaces if replaces else lock.entry.does_not_exist()
    is_there = counts_for(*bookers(entry.citizen_id, entry.for_member))
    try:
        with transaction() as write:
            if stands:
                stands(write)
            write.save(_record(entry), condition=WaitingRecord.pk.does_not_exist())
            write.update(
                lock(*guard_keys(entry.person)),
                [lock.entry.set(entry.entry_id)],
                condition=is_free & is_there,
            )
    except TransactWriteError as error:
        *_, existing, blocking = failed_conditions(error)
        if existing:
            return entry.entry_id
        return _in_the_way(entry, replaces) if blocking else ""
    return None


def store_change(change: Change[WaitingEntry, Effects]) -> bool:
    """Store the next version with its history; False when the old one is not what is there.

    Where an offer ends without an appointment, also when there is one by now.
    """
    old, new = change.old, change.new
    try:
        with transaction() as write:
            if change.effects and old.offer:
                no_appointment(write, old.offer.seat.seat_id)
            write.save(_record(new), condition=WaitingRecord.version == old.version)
            for entry in change.entries:
                write_entry(write, old.entry_id, entry)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def is_unchanged(write: TransactWrite, entry: WaitingEntry) -> None:
    """Make an entry's version a condition of another's transaction."""
    write.condition_check(
        WaitingRecord, *_keys(entry.entry_id), condition=WaitingRecord.version == entry.version
    )


def list_offers(before: datetime, part: Part = WHOLE) -> list[str]:
    """Return the ids of the entries whose offers ended before a moment; one Query a bucket."""
    return _OFFERS.read(lambda bucket: list_queued(bucket, before), part)


def rename(entry: WaitingEntry, person: str, replaces: str | None) -> None:
    """Keep an entry as that of a person, unless they wait by another; idempotent.

    `replaces` is an entry of theirs that has ended.
    """
    lock, record = lock_of(entry.wish.service_id), WaitingRecord(*_keys(entry.entry_id))
    is_free = lock.entry == replaces if replaces else lock.entry.does_not_exist()
    is_so = WaitingRecord.person == entry.person
    former, new = (lock(*guard_keys(name)) for name in (entry.person, person))
    try:
        with transaction() as write:
            write.update(record, [WaitingRecord.person.set(person)], condition=is_so)
            write.update(new, [lock.entry.set(entry.entry_id)], condition=is_free)
            write.update(former, [lock.entry.remove()], condition=lock.entry == entry.entry_id)
    except TransactWriteError as error:
        failed_conditions(error)


def locked_by(person: str, service_id: str) -> str | None:
    """Return the id of the last entry by which a person waited for a service."""
    lock = lock_of(service_id)
    try:
        return lock.get(*guard_keys(person), consistent_read=True).entry
    except lock.DoesNotExist:
        return None


def _keys(entry_id: str) -> tuple[str, str]:
    return f"C#{entry_id[:CITIZEN_ID_LENGTH]}", f"W#{entry_id}"


def _in_the_way(entry: WaitingEntry, replaces: str | None) -> str:
    """Return the id of the entry by which the person waits already, empty where it is none."""
    found = locked_by(entry.person, entry.wish.service_id)
    return found if found and found != replaces else ""


def _record(entry: WaitingEntry) -> WaitingRecord:
    offer, wish = entry.offer, entry.wish
    is_offered = entry.status is EntryStatus.OFFERED
    return WaitingRecord(
        *_keys(entry.entry_id),
        person=entry.person,
        service=wish.service_id,
        category=wish.category,
        offices=",".join(wish.office_ids),
        first=str(wish.first),
        last=str(wish.last),
        times=",".join(wish.times) or None,
        member=entry.for_member,
        since=milliseconds(entry.since),
        status=entry.status.value,
        offer=_offer_values(offer),
        queue=_OFFERS.of(entry.entry_id) if is_offered else None,
        order=f"{seconds(offer.until):010}#{entry.entry_id}" if offer and is_offered else None,
        lapses=entry.lapses,
        leads=milliseconds(entry.leads) if entry.leads else None,
        passed=sorted(entry.passed),
        version=entry.version,
        hash=entry.head.hash,
        ledger=ledger_of(entry.ledger),
    )


def _read(record: WaitingRecord) -> WaitingEntry:
    version = int(record.version)
    return WaitingEntry(
        record.sk[2:],
        record.pk[2:],
        record.person,
        read_wish(record, record.category, tuple(record.offices.split(","))),
        record.member,
        moment_of_milliseconds(record.since),
        EntryStatus(record.status),
        _offer(record.offer),
        int(record.lapses or 0),
        frozenset(record.passed or ()),
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
        moment_of_milliseconds(record.leads) if record.leads else None,
    )


def _offer_values(offer: Offer | None) -> list[Any] | None:
    if offer is None:
        return None
    seat = offer.seat
    further = places_values(seat.further)
    return [seat.slot.slot_id, seat.shard, seat.seat_id, seconds(offer.until), further]


def _offer(values: list[Any] | None) -> Offer | None:
    if values is None:
        return None
    slot_id, shard, seat_id, until, *further = values
    key = parse_slot_id(slot_id)
    if key is None:
        return None
    places = read_places(further[0] if further else None)
    return Offer(Seat(key, int(shard), seat_id, further=places), moment(until))
