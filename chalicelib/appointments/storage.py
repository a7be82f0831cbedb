"""The table `appointments`.

| what | pk | sk |
|---|---|---|
| an appointment | C#citizen | A#appointment |
| its history | C#citizen | E#appointment#seq |
| what a person has open | P#person | guard |
| a shard of a slot | S#office#category | YYYYMMDDHHMM#shard |
| the last ticket of a day | T#office#date | ticket |
| how far a hall's days are closed | D#office | closed |
| what a hall did in a day | R#office | YYYYMMDD#category |

An appointment's id begins with its citizen's, so the partition follows from the id. No transaction
touches a slot. The sparse index `queue` holds who is in a hall today, in the order of their turns,
and apart from them the seats that are held for a fee, by their age.
The sparse index `sweep` holds slots that were touched, and entries of changes that
free a seat, until `release_expired` has seen to them.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.constants import UPDATED_OLD
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.expressions import condition as _condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.appointments import turns
from chalicelib.appointments.domain import (
    ACTIVE_LIMIT,
    Appointment,
    Guard,
    Slot,
    SlotKey,
    Status,
    Turn,
)
from chalicelib.appointments.domain import slot_key as read_slot_id
from chalicelib.core.clock import office_time
from chalicelib.core.history import Entry, Head
from chalicelib.core.idempotency import Applied
from chalicelib.core.pagination import Page
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import (
    EntryRecord,
    Index,
    Record,
    Table,
    client,
    condition_failed,
    failed_conditions,
    transaction,
)

TABLE: Final = Table(
    "appointments",
    (Index("sweep", "sweep", "sweep_at"), Index("queue", "queue", "place")),
    numbers=frozenset({"sweep_at"}),
)
CITIZEN_ID_LENGTH: Final = 8
SWEEP_BUCKETS: Final = 4
COUNTED: Final = ("served", "waited", "serving", "no_shows", "walk_ins")
_LEFT_LIMIT: Final = 32
_HELD: Final = "held"
_TRANSACTION_LIMIT: Final = 100
# pynamodb leaves this one untyped.
size: Final = cast("Any", _condition).size


class _Kept(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Sweep(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "sweep"
        projection = KeysOnlyProjection()

    sweep = UnicodeAttribute(hash_key=True)
    sweep_at = NumberAttribute(range_key=True)


class _Queue(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "queue"
        projection = KeysOnlyProjection()

    queue = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class _Slot(_Kept):
    capacity = NumberAttribute()
    end = UnicodeAttribute()
    seats = UnicodeSetAttribute(null=True)
    left = UnicodeSetAttribute(null=True)
    holds = UnicodeSetAttribute(null=True)
    closed = BooleanAttribute(null=True)
    touched = NumberAttribute(null=True)
    sweep = UnicodeAttribute(null=True)
    sweep_at = NumberAttribute(null=True)
    to_sweep = _Sweep()


class _Entry(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region

    freed_slot = UnicodeAttribute(null=True)
    freed_seat = UnicodeAttribute(null=True)
    sweep = UnicodeAttribute(null=True)
    sweep_at = NumberAttribute(null=True)


class _Appointment(_Kept):
    person = UnicodeAttribute()
    service = UnicodeAttribute()
    slot = UnicodeAttribute()
    shard = NumberAttribute()
    seat = UnicodeAttribute()
    end = NumberAttribute()
    status = UnicodeAttribute()
    member = UnicodeAttribute(null=True)
    created = NumberAttribute()
    ticket = UnicodeAttribute(null=True)
    turn = JSONAttribute(null=True)
    queue = UnicodeAttribute(null=True)
    place = UnicodeAttribute(null=True)
    in_queue = _Queue()
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class _Guard(_Kept):
    services = UnicodeSetAttribute(null=True)
    no_shows = UnicodeSetAttribute(null=True)
    suspended_until = NumberAttribute(null=True)
    alias = UnicodeAttribute(null=True)


class _Ticket(_Kept):
    last = NumberAttribute()


class _Closed(_Kept):
    day = UnicodeAttribute()


class _Day(_Kept):
    served = NumberAttribute(null=True)
    waited = NumberAttribute(null=True)
    serving = NumberAttribute(null=True)
    no_shows = NumberAttribute(null=True)
    walk_ins = NumberAttribute(null=True)


@dataclass(frozen=True, slots=True)
class Taken:
    """A seat that was taken: `fresh` when it was not there before, `touched` the take's mark.

    `hold` is the mark of a seat that waits for its fee.
    """

    slot: SlotKey
    shard: int
    seat: str
    touched: int
    fresh: bool
    hold: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a booking's transaction was refused: what stood in its way."""

    existing: Appointment | None
    guard: Guard | None


def create_slots(slots: Sequence[Slot]) -> None:
    """Put slots' shards into the table; one that is there stays as it is."""
    for begin in range(0, len(slots), _TRANSACTION_LIMIT):
        chunk = slots[begin : begin + _TRANSACTION_LIMIT]
        try:
            with transaction() as write:
                for slot in chunk:
                    write.save(_new_slot(slot), condition=_Slot.pk.does_not_exist())
        except TransactWriteError as error:
            failed_conditions(error)
            for slot in chunk:
                _create_slot(slot)


def _create_slot(slot: Slot) -> None:
    try:
        _new_slot(slot).save(condition=_Slot.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)


def _new_slot(slot: Slot) -> _Slot:
    pk, sk = _slot_keys(slot.key, slot.shard)
    return _Slot(pk, sk, capacity=slot.capacity, end=f"{office_time(slot.end):%H%M}")


def load_slots(
    office_id: str, category: str, first: str, last: str, *, consistent: bool = False
) -> list[Slot]:
    """Return the shards whose stamps begin from `first` up to before `last`; one Query a MB."""
    found = _Slot.query(
        f"S#{office_id}#{category}", _Slot.sk.between(first, last), consistent_read=consistent
    )
    return [_slot(record) for record in found]


def last_shard(office_id: str, category: str, until: str) -> tuple[str, int]:
    """Return the stamp and number of the last shard up to a stamp; one Query of one item.

    If there is none: what comes before all.
    """
    found = _Slot.query(
        f"S#{office_id}#{category}", _Slot.sk <= f"{until}~", scan_index_forward=False, limit=1
    )
    keys = (record.sk.partition("#") for record in found)
    return next(((stamp, int(shard)) for stamp, _, shard in keys), ("", 0))


def resize_slot(key: SlotKey, shard: int, capacity: int) -> None:
    """Give a shard another capacity; none at all closes it. Its seats stay as they are."""
    record = _Slot(*_slot_keys(key, shard))
    actions: list[Any] = [_Slot.capacity.set(capacity), _Slot.closed.remove()]
    if not capacity:
        actions = [_Slot.closed.set(True)]
    record.update(actions, condition=_Slot.pk.exists())


def take_seat(
    key: SlotKey, shard: int, seat: str, now: datetime, hold: str | None = None
) -> Taken | None:
    """Take a seat; taking it again is the same. None when the shard is full, closed or unknown.

    `hold` marks a seat that waits for its fee.
    """
    touched = int(now.timestamp() * 1000) * 10_000 + random.randrange(10_000)  # noqa: S311 - no secret.
    is_open = _Slot.capacity.exists() & _Slot.closed.does_not_exist()
    is_mine_already = _Slot.seats.contains(seat)
    has_room = _Slot.seats.does_not_exist() | (size(_Slot.seats) < _Slot.capacity)
    pk, sk = _slot_keys(key, shard)
    try:
        answer = _Slot._get_connection().update_item(  # noqa: SLF001 - update() cannot ask for old values.
            pk,
            sk,
            actions=[
                _Slot.seats.add({seat}),
                _Slot.touched.set(touched),
                _Slot.sweep.set(_Slot.sweep | _bucket(seat)),
                _Slot.sweep_at.set(_Slot.sweep_at | int(now.timestamp())),
                *([_Slot.holds.add({hold})] if hold else []),
            ],
            condition=is_open & (is_mine_already | has_room),
            return_values=UPDATED_OLD,
        )
    except UpdateError as error:
        condition_failed(error)
        return None
    before = answer.get("Attributes", {}).get("seats", {}).get("SS", [])
    return Taken(key, shard, seat, touched, seat not in before, hold)


def give_back_untouched(taken: Taken) -> None:
    """Undo a take of our own, unless somebody touched the slot since: then the sweep does it."""
    if not taken.fresh:
        return
    record = _Slot(*_slot_keys(taken.slot, taken.shard))
    actions = [_Slot.seats.delete({taken.seat}), *_unmarking(taken.hold)]
    try:
        record.update(actions, condition=_Slot.touched == taken.touched)
    except UpdateError as error:
        condition_failed(error)


def keep_seat(key: SlotKey, shard: int, hold: str) -> None:
    """Take the mark off a seat whose fee was paid; doing it twice is the same."""
    _Slot(*_slot_keys(key, shard)).update(_unmarking(hold), condition=_Slot.capacity.exists())


def free_seat(
    key: SlotKey, shard: int, seat: str, appointment_id: str, hold: str | None = None
) -> None:
    """Give a seat back for good and remember who left; doing it twice is the same.

    `hold` is the mark of a seat that waited for its fee.
    """
    record = _Slot(*_slot_keys(key, shard))
    has_room = _Slot.left.does_not_exist() | (size(_Slot.left) < _LEFT_LIMIT)
    try:
        record.update(
            [_Slot.seats.delete({seat}), _Slot.left.add({appointment_id}), *_unmarking(hold)],
            condition=_Slot.capacity.exists() & has_room,
        )
    except UpdateError as error:
        condition_failed(error)
        _delete_seats(record, {seat})


def load(appointment_id: str) -> Appointment | None:
    """Return an appointment."""
    try:
        return _appointment(_Appointment.get(*_keys(appointment_id), consistent_read=True))
    except _Appointment.DoesNotExist:
        return None


def load_many(ids: Iterable[str]) -> list[Appointment]:
    """Return the appointments that exist, in any order."""
    return [_appointment(record) for record in _Appointment.batch_get([_keys(i) for i in ids])]


def list_of(citizen_id: str, position: str | None, limit: int) -> Page[Appointment]:
    """Return a citizen's appointments in the order of their ids."""
    first = f"{position}\x00" if position else "A#"
    found = list(
        _Appointment.query(f"C#{citizen_id}", _Appointment.sk.between(first, "A$"), limit=limit + 1)
    )
    more = found[limit - 1].sk if len(found) > limit else None
    return Page(tuple(_appointment(record) for record in found[:limit]), more)


def load_entries(appointment_id: str) -> list[Entry]:
    """Return the history of an appointment."""
    pk, _ = _keys(appointment_id)
    found = _Entry.query(pk, _Entry.sk.startswith(f"E#{appointment_id}#"), consistent_read=True)
    return [record.to_entry() for record in found]


def store_booking(appointment: Appointment, entry: Entry, now: datetime) -> Refused | None:
    """Keep a new appointment with guard and entry, all or nothing; None when it was kept."""
    services = _Guard.services
    no_other = services.does_not_exist() | ~services.contains(appointment.service_id)
    below_limit = services.does_not_exist() | (size(services) < ACTIVE_LIMIT)
    until = _Guard.suspended_until
    not_suspended = until.does_not_exist() | (until <= int(now.timestamp()))
    guard = _Guard(f"P#{appointment.person}", "guard")
    try:
        with transaction() as write:
            write.save(
                _record(appointment),
                condition=_Appointment.pk.does_not_exist(),
            )
            write.update(
                guard,
                [services.add({appointment.service_id})],
                condition=no_other & below_limit & not_suspended & _Guard.alias.does_not_exist(),
            )
            write.save(_entry(appointment.appointment_id, entry))
    except TransactWriteError as error:
        # pynamodb sends puts before updates, and the reasons come in that order.
        existing, _, blocking = failed_conditions(error)
        return Refused(
            load(appointment.appointment_id) if existing else None,
            load_guard(appointment.person) if blocking else None,
        )
    return None


def store_change(  # noqa: PLR0913 - what a change may carry.
    old: Appointment,
    new: Appointment,
    entry: Entry,
    *,
    frees: bool = False,
    guards: Iterable[str] = (),
    ticket: tuple[str, int] | None = None,
    no_show: Guard | None = None,
    regained: Guard | None = None,
) -> bool:
    """Keep the next version with its entry; False when the old one is not what is there.

    `frees` puts the old seat on the list of seats to free; `guards` are the persons whose guard no
    longer counts it; `ticket` is the day's counter and its next number; `no_show` the guard after.
    `regained` is the guard of `guards` after it counts the appointment again.
    """
    entry_record = _entry(new.appointment_id, entry)
    if frees:
        entry_record.freed_slot = f"{old.slot.slot_id}#{old.shard}"
        entry_record.freed_seat = old.seat
        entry_record.sweep = _bucket(old.seat)
        entry_record.sweep_at = int(datetime.fromisoformat(entry.at).timestamp())
    try:
        with transaction() as write:
            write.save(_record(new), condition=_Appointment.version == old.version)
            write.save(entry_record)
            changed = turns.difference(old, new)
            if changed:
                write.update(*_day_update(new, changed))
            for person in guards:
                record = _Guard(f"P#{person}", "guard")
                if regained:
                    not_booked_since = ~_Guard.services.contains(old.service_id)
                    none_at_all = _Guard.services.does_not_exist()
                    actions = _regaining(regained)
                    write.update(record, actions, condition=none_at_all | not_booked_since)
                    continue
                actions = [_Guard.services.delete({old.service_id})]
                if no_show and no_show.no_shows:
                    actions.append(_Guard.no_shows.set(set(no_show.no_shows)))
                if no_show and no_show.suspended_until:
                    until = int(no_show.suspended_until.timestamp())
                    actions.append(_Guard.suspended_until.set(until))
                write.update(record, actions)
            if ticket:
                counter = _Ticket(ticket[0], "ticket", last=ticket[1])
                is_next = (_Ticket.last == ticket[1] - 1) | _Ticket.last.does_not_exist()
                write.save(counter, condition=is_next)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def store_walk_in(appointment: Appointment, entry: Entry, ticket: tuple[str, int]) -> bool:
    """Keep a walk-in with its entry and ticket; False when another took the number."""
    try:
        with transaction() as write:
            write.save(_record(appointment), condition=_Appointment.pk.does_not_exist())
            write.save(_entry(appointment.appointment_id, entry))
            is_next = (_Ticket.last == ticket[1] - 1) | _Ticket.last.does_not_exist()
            write.save(_Ticket(ticket[0], "ticket", last=ticket[1]), condition=is_next)
            write.update(*_day_update(appointment, turns.difference(None, appointment)))
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def list_queue(day: str, place: str = "") -> list[tuple[str, str]]:
    """Return (place, appointment id) of who is in a hall's day, in order; one Query."""
    begins = _Queue.place.startswith(place) if place else None
    found = _Appointment.in_queue.query(day, begins)
    return [(record.place, record.sk[2:]) for record in found]


def list_held(before: datetime) -> list[str]:
    """Return the ids of the appointments that are held since before a time; one Query."""
    found = _Appointment.in_queue.query(_HELD, _Queue.place < f"{int(before.timestamp()):010}")
    return [record.sk[2:] for record in found]


def load_days(office_id: str, first: str, last: str) -> list[tuple[str, str, Mapping[str, int]]]:
    """Return day, category and counts of what a hall did from one day to another."""
    found: list[tuple[str, str, Mapping[str, int]]] = []
    for record in _Day.query(f"R#{office_id}", _Day.sk.between(first, f"{last}~")):
        day, _, category = record.sk.partition("#")
        counts = {name: int(getattr(record, name) or 0) for name in COUNTED}
        found.append((day, category, counts))
    return found


def load_with_ticket(appointment_id: str, counter: str) -> tuple[Appointment | None, int]:
    """Return an appointment and the day's last ticket number, in one read."""
    pk, sk = _keys(appointment_id)
    keys = [{"pk": {"S": pk}, "sk": {"S": sk}}, {"pk": {"S": counter}, "sk": {"S": "ticket"}}]
    dynamodb = cast("Any", client())
    answer = dynamodb.batch_get_item(RequestItems={TABLE.name: {"Keys": keys}})
    items = {item["pk"]["S"]: item for item in answer["Responses"].get(TABLE.name, [])}
    last = int(items[counter]["last"]["N"]) if counter in items else 0
    if pk not in items:
        return load(appointment_id), last
    return _appointment(_from_raw(_Appointment, items[pk])), last


def load_guard(person: str) -> Guard:
    """Return what a person has open."""
    try:
        return _guard(_Guard.get(f"P#{person}", "guard", consistent_read=True))
    except _Guard.DoesNotExist:
        return Guard()


def join_guards(account: str, person: str) -> None:
    """Let an account's guard count for the person from now on."""
    _Guard(f"P#{account}", "guard").update([_Guard.alias.set(person)])
    services = load_guard(account).services
    if services:
        _Guard(f"P#{person}", "guard").update([_Guard.services.add(set(services))])


def list_to_sweep() -> list[tuple[str, str, datetime]]:
    """Return the keys of what is on the list, and since when."""
    found = []
    for bucket in range(SWEEP_BUCKETS):
        for record in _Slot.to_sweep.query(str(bucket)):
            since = datetime.fromtimestamp(int(record.sweep_at or 0), UTC)
            found.append((record.pk, record.sk, since))
    return found


def sweep_slot(pk: str, sk: str, before: datetime) -> list[str] | None:
    """Return the seats of a slot that nobody touched since `before`; None when it is not quiet."""
    record = _Slot.get(pk, sk, consistent_read=True)
    if int(record.touched or 0) >= int(before.timestamp() * 1000) * 10_000:
        return None
    return sorted(record.seats or ())


def finish_sweep(pk: str, sk: str, orphans: set[str], seen: list[str]) -> bool:
    """Delete orphans and take the slot off the list, if its seats are still those seen."""
    record = _Slot.get(pk, sk, consistent_read=True)
    if sorted(record.seats or ()) != seen:
        return False
    actions: list[Any] = [_Slot.sweep.remove(), _Slot.sweep_at.remove()]
    if orphans:
        actions.append(_Slot.seats.delete(orphans))
    inert = {mark for mark in record.holds or () if mark.partition(".")[0] in orphans}
    if inert:
        actions.append(_Slot.holds.delete(inert))
    try:
        record.update(actions, condition=_Slot.touched == record.touched)
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def freed_by(pk: str, sk: str) -> tuple[SlotKey, int, str, str] | None:
    """Return the slot, shard, seat and appointment that an entry freed."""
    record = _Entry.get(pk, sk, consistent_read=True)
    slot_id, _, shard = (record.freed_slot or "").partition("#")
    key = read_slot_id(slot_id)
    if key is None or record.freed_seat is None:
        return None
    return key, int(shard), record.freed_seat, record.subject


def finish_entry(pk: str, sk: str) -> None:
    """Take an entry off the list."""
    _Entry(pk, sk).update([_Entry.sweep.remove(), _Entry.sweep_at.remove()])


def closed_until(office_id: str) -> str | None:
    """Return the last day (YYYYMMDD) whose appointments were closed."""
    try:
        return _Closed.get(f"D#{office_id}", "closed").day
    except _Closed.DoesNotExist:
        return None


def set_closed_until(office_id: str, day: str) -> None:
    """Note that all days up to this one are closed."""
    _Closed(f"D#{office_id}", "closed", day=day).save()


def ticket_counter(office_id: str, day: str) -> str:
    """Return the key of a hall's and day's ticket counter."""
    return f"T#{office_id}#{day}"


def slot_of_keys(pk: str, sk: str) -> tuple[SlotKey, int]:
    """Return the slot and shard that a slot's keys name."""
    _, office_id, category = pk.split("#")
    stamp, _, shard = sk.partition("#")
    key = read_slot_id(f"{office_id}.{category}.{stamp}")
    if key is None:
        message = f"not the keys of a slot: {pk} {sk}"
        raise ValueError(message)
    return key, int(shard)


def _day_update(of: Appointment, changed: Mapping[str, int]) -> tuple[_Day, list[Any]]:
    day = f"{office_time(of.turn.arrived_at if of.turn else of.start):%Y%m%d}"
    record = _Day(f"R#{of.slot.office_id}", f"{day}#{of.slot.category}")
    return record, [getattr(_Day, name).add(amount) for name, amount in changed.items()]


def _holding(appointment: Appointment) -> tuple[str, str] | None:
    if appointment.status is not Status.HELD:
        return None
    since = int(appointment.created_at.timestamp())
    return _HELD, f"{since:010}#{appointment.appointment_id}"


def _regaining(guard: Guard) -> list[Any]:
    marks, until = guard.no_shows, guard.suspended_until
    return [
        _Guard.services.set(set(guard.services)),
        _Guard.no_shows.set(set(marks)) if marks else _Guard.no_shows.remove(),
        _Guard.suspended_until.set(int(until.timestamp()))
        if until
        else _Guard.suspended_until.remove(),
    ]


def _unmarking(hold: str | None) -> list[Any]:
    return [_Slot.holds.delete({hold})] if hold else []


def _delete_seats(record: _Slot, seats: set[str]) -> None:
    record.update([_Slot.seats.delete(seats)])


def _slot_keys(key: SlotKey, shard: int) -> tuple[str, str]:
    return f"S#{key.office_id}#{key.category}", f"{key.stamp}#{shard:02}"


def _keys(appointment_id: str) -> tuple[str, str]:
    return f"C#{appointment_id[:CITIZEN_ID_LENGTH]}", f"A#{appointment_id}"


def _bucket(seat: str) -> str:
    return str(sum(seat.encode()) % SWEEP_BUCKETS)


def _entry(appointment_id: str, entry: Entry) -> _Entry:
    pk, _ = _keys(appointment_id)
    return _Entry(pk, f"E#{appointment_id}#{entry.seq:06}", **EntryRecord.keys_of(entry))


def _from_raw(kind: type[Any], item: Mapping[str, Any] | None) -> Any:
    return kind.from_raw_data(dict(item or {}))


def _slot(record: _Slot) -> Slot:
    key, shard = slot_of_keys(record.pk, record.sk)
    end = key.start.replace(hour=int(record.end[:2]), minute=int(record.end[2:]))
    seats, left = frozenset(record.seats or ()), frozenset(record.left or ())
    closed, holds = bool(record.closed), frozenset(record.holds or ())
    return Slot(key, shard, end, int(record.capacity), seats, left, closed, holds)


def _guard(record: _Guard) -> Guard:
    until = record.suspended_until
    return Guard(
        frozenset(record.services or ()),
        frozenset(record.no_shows or ()),
        datetime.fromtimestamp(int(until), UTC) if until else None,
        record.alias,
    )


def _record(appointment: Appointment) -> _Appointment:
    queue, place = turns.queue_of(appointment) or _holding(appointment) or (None, None)
    return _Appointment(
        *_keys(appointment.appointment_id),
        person=appointment.person,
        service=appointment.service_id,
        slot=appointment.slot.slot_id,
        shard=appointment.shard,
        seat=appointment.seat,
        end=int(appointment.end.timestamp()),
        status=appointment.status.value,
        member=appointment.for_member,
        created=int(appointment.created_at.timestamp()),
        ticket=appointment.ticket_number,
        turn=_turn_kept(appointment.turn),
        queue=queue,
        place=place,
        version=appointment.version,
        hash=appointment.head.hash,
        ledger=[[a.key, a.fingerprint, a.at] for a in appointment.ledger],
    )


def _appointment(record: _Appointment) -> Appointment:
    key = read_slot_id(record.slot)
    if key is None:
        message = f"not a slot: {record.slot}"
        raise ValueError(message)
    version = int(record.version)
    return Appointment(
        record.sk[2:],
        record.pk[2:],
        record.person,
        record.service,
        key,
        int(record.shard),
        record.seat,
        datetime.fromtimestamp(int(record.end), UTC),
        Status(record.status),
        record.member,
        datetime.fromtimestamp(int(record.created), UTC),
        record.ticket,
        _turn(record.turn),
        version,
        Head(version, record.hash),
        tuple(Applied(*applied) for applied in record.ledger),
    )


def _turn_kept(turn: Turn | None) -> list[Any] | None:
    if turn is None:
        return None
    moments = (turn.due, turn.arrived_at, turn.called_at, turn.started_at, turn.ended_at)
    return [turn.counter, turn.calls, *(m and int(m.timestamp()) for m in moments)]


def _turn(kept: list[Any] | None) -> Turn | None:
    if kept is None:
        return None
    counter, calls, *moments = kept
    due, arrived, called, started, ended = (
        m and datetime.fromtimestamp(int(m), UTC) for m in moments
    )
    return Turn(due, arrived, counter, calls, called, started, ended)
