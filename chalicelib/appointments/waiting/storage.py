"""What is kept of the waiting list, in the table `appointments`.

| what | pk | sk |
|---|---|---|
| an entry | C#citizen | W#entry |
| its history | C#citizen | E#entry#seq |
| for which entry a person waits for a service | P#person | W#service |
| a place in a hall's line | W#office#category | milliseconds#entry |

The places are written first and the entry then: what a crash leaves is a place without an entry,
which whoever meets it takes away. Of the index `queue` the partition `offers` holds the entries to
which a seat is offered, by the end of that.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final, cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.appointments.domain.slots import Seat, parse_slot_id
from chalicelib.appointments.storage import (
    CITIZEN_ID_LENGTH,
    TABLE,
    entry_record,
    list_queued,
    no_appointment,
)
from chalicelib.appointments.waiting.domain import (
    EntryStatus,
    Offer,
    PartOfDay,
    Place,
    WaitingEntry,
    Wish,
)
from chalicelib.core import parallel
from chalicelib.core.attributes import ledger_of, moment, read_ledger, seconds
from chalicelib.core.changes import Change
from chalicelib.core.history import Entry, Head
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Record, failed_conditions, transaction

_OFFERS: Final = "offers"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
# Whether a seat's appointment is asked after where an offer ends, as it may be booked meanwhile.
Effects = bool


class _Item(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _EntryRecord(_Item):
    person = UnicodeAttribute()
    service = UnicodeAttribute()
    category = UnicodeAttribute()
    offices = UnicodeAttribute()
    first = UnicodeAttribute()
    last = UnicodeAttribute()
    times = UnicodeAttribute(null=True)
    member = UnicodeAttribute(null=True)
    since = NumberAttribute()
    status = UnicodeAttribute()
    offer = JSONAttribute(null=True)
    queue = UnicodeAttribute(null=True)
    order = UnicodeAttribute(null=True, attr_name="place")
    lapses = NumberAttribute(null=True)
    passed = JSONAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class _LockRecord(_Item):
    entry = UnicodeAttribute()


class _PlaceRecord(_Item):
    first = UnicodeAttribute()
    last = UnicodeAttribute()
    times = UnicodeAttribute(null=True)
    service = UnicodeAttribute()


class _History(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


def load(entry_id: str) -> WaitingEntry | None:
    """Return an entry."""
    try:
        return _read(_EntryRecord.get(*_keys(entry_id), consistent_read=True))
    except _EntryRecord.DoesNotExist:
        return None


def list_of(citizen_id: str) -> list[WaitingEntry]:
    """Return a citizen's entries, in any order."""
    own = _EntryRecord.query(
        f"C#{citizen_id}", _EntryRecord.sk.startswith("W#"), consistent_read=True
    )
    return [_read(record) for record in own]


def load_entries(entry_id: str) -> list[Entry]:
    """Return the history of an entry."""
    pk, _ = _keys(entry_id)
    return _History.entries_of(pk, f"E#{entry_id}#")


def stand_in_line(entry: WaitingEntry) -> int:
    """Take a place in each hall's line; return how many stand before it in the shortest."""
    acts: list[Callable[[], int]] = [partial(_before, entry, one) for one in entry.wish.office_ids]
    acts += [partial(_stand, entry, one) for one in entry.wish.office_ids]
    return min(parallel.map_concurrently(lambda act: act(), acts)[: len(entry.wish.office_ids)])


def ahead(entry: WaitingEntry) -> int:
    """Return how many stand before an entry in the shortest of its lines."""
    return min(parallel.map_concurrently(lambda one: _before(entry, one), entry.wish.office_ids))


def leave_line(entry: WaitingEntry) -> None:
    """Give up the places of an entry; idempotent."""
    parallel.map_concurrently(lambda one: _place(entry, one).delete(), entry.wish.office_ids)


def add(
    entry: WaitingEntry, replaces: str | None, stands: Callable[[TransactWrite], None] | None
) -> str | None:
    """Keep a new entry unless the person waits already; return the id of the one in its way.

    `replaces` is an entry that has ended. An empty id says that the act is no longer allowed.
    """
    lock = _LockRecord(*_lock_keys(entry), entry=entry.entry_id)
    is_free = _LockRecord.entry == replaces if replaces else _LockRecord.entry.does_not_exist()
    try:
        with transaction() as write:
            if stands:
                stands(write)
            write.save(_record(entry), condition=_EntryRecord.pk.does_not_exist())
            write.save(lock, condition=is_free)
    except TransactWriteError as error:
        *_, existing, blocking = failed_conditions(error)
        if existing:
            return entry.entry_id
        return _LockRecord.get(*_lock_keys(entry), consistent_read=True).entry if blocking else ""
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
            write.save(_record(new), condition=_EntryRecord.version == old.version)
            for entry in change.entries:
                write.save(entry_record(old.entry_id, entry))
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def is_unchanged(write: TransactWrite, entry: WaitingEntry) -> None:
    """Make an entry's version a condition of another's transaction."""
    write.condition_check(
        _EntryRecord, *_keys(entry.entry_id), condition=_EntryRecord.version == entry.version
    )


def is_waited_for(office_id: str, category: str) -> bool:
    """Tell whether anybody stands in a hall's line; one Query of one item."""
    line = _PlaceRecord.query(f"W#{office_id}#{category}", consistent_read=True, limit=1)
    return next(iter(line), None) is not None


def line_of(office_id: str, category: str) -> list[Place]:
    """Return the places in a hall's line, in their order; one Query a MB."""
    line = _PlaceRecord.query(f"W#{office_id}#{category}")
    return [_read_place(record, office_id, category) for record in line]


def list_offers(before: datetime) -> list[str]:
    """Return the ids of the entries whose offers ended before a moment; one Query."""
    return list_queued(_OFFERS, before)


def remove_place(place: Place) -> None:
    """Take a place out of a hall's line; idempotent."""
    [office_id] = place.wish.office_ids
    pk = f"W#{office_id}#{place.wish.category}"
    _PlaceRecord(pk, _place_key(place.since, place.entry_id)).delete()


def _stand(entry: WaitingEntry, office_id: str) -> int:
    _place(entry, office_id).save()
    return 0


def _before(entry: WaitingEntry, office_id: str) -> int:
    own = _place(entry, office_id)
    line = _PlaceRecord.query(own.pk, _PlaceRecord.sk < own.sk)
    return sum(1 for _ in line)


def _place(entry: WaitingEntry, office_id: str) -> _PlaceRecord:
    wish = entry.wish
    key = f"W#{office_id}#{wish.category}", _place_key(entry.since, entry.entry_id)
    times = ",".join(wish.times) or None
    days = str(wish.first), str(wish.last)
    return _PlaceRecord(*key, service=wish.service_id, first=days[0], last=days[1], times=times)


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def _read_place(record: _PlaceRecord, office_id: str, category: str) -> Place:
    since, _, entry_id = record.sk.partition("#")
    began = _EPOCH + int(since) * _MILLISECOND
    return Place(entry_id, _wish(record, category, (office_id,)), began)


def _place_key(since: datetime, entry_id: str) -> str:
    return f"{_milliseconds(since):013}#{entry_id}"


def _keys(entry_id: str) -> tuple[str, str]:
    return f"C#{entry_id[:CITIZEN_ID_LENGTH]}", f"W#{entry_id}"


def _lock_keys(entry: WaitingEntry) -> tuple[str, str]:
    return f"P#{entry.person}", f"W#{entry.wish.service_id}"


def _record(entry: WaitingEntry) -> _EntryRecord:
    offer, wish = entry.offer, entry.wish
    is_offered = entry.status is EntryStatus.OFFERED
    return _EntryRecord(
        *_keys(entry.entry_id),
        person=entry.person,
        service=wish.service_id,
        category=wish.category,
        offices=",".join(wish.office_ids),
        first=str(wish.first),
        last=str(wish.last),
        times=",".join(wish.times) or None,
        member=entry.for_member,
        since=_milliseconds(entry.since),
        status=entry.status.value,
        offer=_offer_values(offer),
        queue=_OFFERS if is_offered else None,
        order=f"{seconds(offer.until):010}#{entry.entry_id}" if offer and is_offered else None,
        lapses=entry.lapses,
        passed=sorted(entry.passed),
        version=entry.version,
        hash=entry.head.hash,
        ledger=ledger_of(entry.ledger),
    )


def _read(record: _EntryRecord) -> WaitingEntry:
    version = int(record.version)
    return WaitingEntry(
        record.sk[2:],
        record.pk[2:],
        record.person,
        _wish(record, record.category, tuple(record.offices.split(","))),
        record.member,
        _EPOCH + int(record.since) * _MILLISECOND,
        EntryStatus(record.status),
        _offer(record.offer),
        int(record.lapses or 0),
        frozenset(record.passed or ()),
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
    )


def _wish(record: _EntryRecord | _PlaceRecord, category: str, offices: tuple[str, ...]) -> Wish:
    days = date.fromisoformat(record.first), date.fromisoformat(record.last)
    times = cast("tuple[PartOfDay, ...]", tuple(record.times.split(",")) if record.times else ())
    return Wish(record.service, category, offices, *days, times)


def _offer_values(offer: Offer | None) -> list[Any] | None:
    if offer is None:
        return None
    seat = offer.seat
    return [seat.slot.slot_id, seat.shard, seat.seat_id, seconds(offer.until)]


def _offer(values: list[Any] | None) -> Offer | None:
    if values is None:
        return None
    slot_id, shard, seat_id, until = values
    key = parse_slot_id(slot_id)
    return Offer(Seat(key, int(shard), seat_id), moment(until)) if key else None
