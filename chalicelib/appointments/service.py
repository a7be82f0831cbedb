"""Booking a seat that nobody else can have, moving it and giving it back.

A seat is taken before the appointment is written and given back after it is changed, so a crash
leaves at worst a seat too few, never one too many; `upkeep.release_expired` brings it back.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import own, queue, schedule, storage
from chalicelib.appointments.domain import (
    CHANGES_A_DAY,
    Appointment,
    Guard,
    KnownFull,
    SlotClosed,
    SlotFull,
    SlotKey,
    Status,
    change_mark,
    check_changeable,
    check_changes,
    check_guard,
    hold_mark,
    shard_capacities,
    slot_key,
)
from chalicelib.appointments.schedule import Free, Sold
from chalicelib.appointments.storage import Taken
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Service
from chalicelib.core import audit, history, idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.cache import TimedCache
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import (
    FieldError,
    InvalidRequest,
    NotFound,
    TryAgain,
    Unauthenticated,
    WrongStatus,
)
from chalicelib.core.history import Entry
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.identity import service as identity
from chalicelib.identity.service import personal

# An appointment after a change, and the person whose whole guard changes with it.
Decided = tuple[Appointment, tuple[str, Guard] | None]
_TRIES: Final = 6
_ID_LENGTH: Final = 8
_WHOLE_ID_LENGTH: Final = 16
_SEAT_SUFFIX: Final = 3
# Which slots are full, for a second, so that a crowd costs almost nothing.
_sold_out: Final = TimedCache[str, Sold](1.0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a citizen asks for."""

    service_id: str
    office_id: str
    slot_id: str
    for_member: str | None


def book(
    caller: Citizen, wanted: Wanted, attempt: Attempt, now: datetime
) -> tuple[Appointment, bool]:
    """Book a seat, or hold it where the fee comes first; tells whether the attempt had done so.

    Raises InvalidRequest, SlotFull, SlotClosed, AlreadyBooked, TooManyActive, TooManyChanges,
    BookingSuspended, TimeConflict or IdempotencyKeyReused.
    """
    service, key = _checked(wanted)
    person = caller.person
    if wanted.for_member:
        person = _member(caller.citizen_id, wanted.for_member)
    appointment_id = caller.citizen_id + attempt.id_for("appointment", _ID_LENGTH)
    hold = hold_mark(appointment_id, now) if service.prepaid else None
    taken = _take(key, appointment_id, appointment_id, now, hold)
    if not isinstance(taken, Taken):
        return _replayed_or(taken, appointment_id, attempt)
    status = Status.HELD if service.prepaid else Status.BOOKED
    facts = {"service": service.service_id, "slot": key.slot_id}
    entry = history.append(
        appointment_id,
        history.Head(),
        type_=f"appointment.{status.value}",
        at=now,
        actor=caller.actor,
        data=facts,
    )
    appointment = Appointment(
        appointment_id=appointment_id,
        citizen_id=caller.citizen_id,
        person=person,
        service_id=service.service_id,
        slot=key,
        shard=taken.shard,
        seat=appointment_id,
        end=_end(service, key),
        status=status,
        for_member=wanted.for_member,
        created_at=now,
        head=entry.head,
        ledger=idempotency.note((), attempt, now),
    )
    return _store_booking(appointment, entry, taken, attempt, now)


def reschedule(
    caller: Citizen, appointment_id: str, slot_id: str, attempt: Attempt, now: datetime
) -> tuple[Appointment, bool]:
    """Move to another slot of the same counters; on any failure the old seat stands.

    Raises NotFound, InvalidRequest, SlotFull, SlotClosed, TimeConflict, TooLate, TooManyChanges,
    WrongStatus or IdempotencyKeyReused.
    """

    def decide(old: Appointment) -> Decided:
        check_changeable(old, now)
        service = catalogue.service(old.service_id)
        _, key = _checked(Wanted(old.service_id, old.slot.office_id, slot_id, None))
        if key == old.slot:
            return old, None
        moved = replace(old, slot=key, end=_end(service, key))
        guard, persons = queue.guard_of(_person(caller, old))
        changes = guard.changes_on(now)
        # A hall that closed since asks for the move.
        if schedule.is_open(old.slot, old.end):
            check_changes(guard, now)
            changes |= {change_mark(replace(old, version=old.version + 1), now)}
        times = guard.times - old.times
        if times & moved.times:
            own.refuse_conflict(
                old.citizen_id, {old.person, *persons}, key.start, moved.end, appointment_id
            )
        seat = appointment_id + derived_id(attempt.key, str(old.version), length=_SEAT_SUFFIX)
        taken = _take(key, seat, appointment_id, now)
        if not isinstance(taken, Taken):
            raise taken
        after = replace(guard, times=times | moved.times, changes=changes)
        return replace(moved, shard=taken.shard, seat=seat), (persons[-1], after)

    return _change(caller, appointment_id, attempt, now, "appointment.rescheduled", decide)


def cancel(
    caller: Citizen, appointment_id: str, attempt: Attempt, now: datetime
) -> tuple[Appointment, bool]:
    """Cancel; a second time answers the same.

    A seat that is held for its fee can be given up at any time. Raises NotFound, TooLate,
    WrongStatus or IdempotencyKeyReused.
    """

    def decide(old: Appointment) -> Decided:
        if old.status is Status.CANCELLED:
            return old, None
        if old.status is not Status.HELD:
            check_changeable(old, now)
        return replace(old, status=Status.CANCELLED), None

    return _change(caller, appointment_id, attempt, now, "appointment.cancelled", decide)


def confirm_paid(appointment_id: str, event_id: str, now: datetime) -> bool:
    """Book a held seat whose fee was paid; False when it is given up. Again is the same.

    One whose time is over is given up: its day may be closed, and nobody would look at it again.
    Raises NotFound.
    """
    for _ in range(_TRIES):
        old = _kept(appointment_id)
        if old.status is not Status.HELD:
            return old.status not in (Status.CANCELLED, Status.EXPIRED)
        if old.valid_until <= now:
            expire_held(appointment_id, now)
        elif _end_hold(old, Status.BOOKED, {"payment_event": event_id}, now):
            if old.hold:
                storage.keep_seat(old.slot, old.shard, old.hold)
            return True
    raise TryAgain(retry_after=1)


def held_before(moment: datetime) -> list[str]:
    """Return the ids of the seats that are held for a fee since before a moment."""
    return storage.list_held(moment)


def expire_held(appointment_id: str, now: datetime) -> None:
    """Give up a held seat whose fee was not paid; one that is not held any more stays."""
    old = _kept(appointment_id)
    if old.status is Status.HELD and _end_hold(old, Status.EXPIRED, {}, now):
        storage.free_seat(old.slot, old.shard, old.seat, appointment_id, old.hold)
        _sold_out.drop(old.slot.slot_id)


def _kept(appointment_id: str) -> Appointment:
    found = storage.load(appointment_id)
    if found is None:
        raise NotFound
    return found


def _end_hold(old: Appointment, status: Status, facts: dict[str, str], now: datetime) -> bool:
    data = {"service": old.service_id, "slot": old.slot.slot_id, "status": status.value, **facts}
    entry = history.append(
        old.appointment_id,
        old.head,
        type_=f"appointment.{status.value}",
        at=now,
        actor="system:payments",
        data=data,
    )
    new = replace(old, status=status, version=old.version + 1, head=entry.head)
    guards = () if new.active else queue.guard_of(old.person)[1]
    return storage.store_change(old, new, entry, frees=not new.active, guards=guards)


def history_of(appointment_id: str) -> audit.Kept | None:
    """Return an appointment's history, for auditors of its hall."""
    found = storage.load(appointment_id)
    if found is None:
        return None
    entries = tuple(storage.load_entries(appointment_id))
    whose = None if found.walk_in else found.citizen_id
    return audit.Kept(entries, found.head, found.slot.office_id, whose)


def held_about(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's appointments as plain JSON values, for their export."""
    return [
        {
            "appointment_id": found.appointment_id,
            "service_id": found.service_id,
            "slot_id": found.slot.slot_id,
            "status": found.status.value,
            "for_member": found.for_member,
            "ticket_number": found.ticket_number,
            "created_at": rfc3339(found.created_at),
        }
        for found in storage.list_of(citizen_id)
    ]


def cancel_all(citizen_id: str, now: datetime) -> None:
    """Give back what a citizen who leaves has booked; what is too near stands."""
    caller = identity.caller_of(identity.me(citizen_id).profile)
    members = [member.person for member, _ in identity.family(citizen_id)]
    storage.bar({citizen_id, caller.person, *members}, citizen_id)
    for found in storage.list_of(citizen_id):
        held = found.status is Status.HELD
        if held or (found.status is Status.BOOKED and now <= found.cancellable_until):
            attempt = Attempt(derived_id("erase", found.appointment_id, length=16), "erase")
            cancel(caller, found.appointment_id, attempt, now)


def office_ids_of(citizen_id: str) -> list[str]:
    """Return the ids of the halls where a citizen had appointments."""
    return [appointment.slot.office_id for appointment in storage.list_of(citizen_id)]


def join_person(citizen_id: str, person: str, _now: datetime) -> None:
    """Count an account's bookings as those of the person whom it is known to be from now on."""
    storage.join_guards(citizen_id, person)


PERSONAL_DATA: Final = personal.Holder(
    "appointments", held_about, lambda _citizen_id: [], cancel_all
)


def load(appointment_id: str) -> Appointment:
    """Return an appointment, for the rooms above; raises NotFound."""
    found = storage.load(appointment_id)
    if found is None:
        raise NotFound
    return found


def mine(citizen_id: str, appointment_id: str) -> Appointment:
    """Return the citizen's own appointment; raises NotFound."""
    found = storage.load(appointment_id) if appointment_id.startswith(citizen_id) else None
    if found is None:
        raise NotFound
    return found


def _checked(wanted: Wanted) -> tuple[Service, SlotKey]:
    try:
        service = catalogue.service(wanted.service_id)
    except NotFound as error:
        raise _wrong("/service_id") from error
    try:
        catalogue.office(wanted.office_id)
    except NotFound as error:
        raise _wrong("/office_id") from error
    key = slot_key(wanted.slot_id)
    if not service.bookable:
        raise _wrong("/service_id")
    if key is None or (key.office_id, key.category) != (wanted.office_id, service.category):
        raise _wrong("/slot_id")
    return service, key


def _wrong(pointer: str) -> InvalidRequest:
    return InvalidRequest(errors=[FieldError(pointer, "unknown", Text("没有找到", "Not found"))])


def _member(citizen_id: str, member_id: str) -> str:
    try:
        return identity.find_member(citizen_id, member_id).person
    except NotFound as error:
        raise _wrong("/for_member") from error


def _end(service: Service, key: SlotKey) -> datetime:
    group = catalogue.current().groups.get((key.office_id, service.category))
    if group is None:
        raise SlotClosed
    return key.start + timedelta(minutes=group.minutes)


def _take(
    key: SlotKey, seat: str, appointment_id: str, now: datetime, hold: str | None = None
) -> Taken | SlotFull | SlotClosed | InvalidRequest:
    if key.start <= now:
        return SlotClosed()
    sold = _sold_out.get(key.slot_id)
    # Who has or had a seat there asks the slot itself.
    if sold and appointment_id not in sold.ids:
        return _full(KnownFull, sold.alternatives, sold.retry_at)
    taken = _take_expected(key, seat, appointment_id, now, hold)
    if taken:
        return taken
    free, there, alternatives = schedule.look_at(key, now)
    if free is None or free.state == "closed":
        return SlotClosed() if free else _wrong("/slot_id")
    # A group that lost counters may have its last free seats in a shard of before.
    for shard in there:
        if shard.remaining and not shard.closed:
            taken = taken or storage.take_seat(key, shard.shard, seat, now, hold)
    if taken:
        return taken
    ids = frozenset(i[:_WHOLE_ID_LENGTH] for shard in there for i in shard.seats | shard.left)
    _sold_out.put(key.slot_id, Sold(ids, alternatives, free.retry_at))
    return _full(SlotFull, alternatives, free.retry_at)


def _take_expected(
    key: SlotKey, seat: str, appointment_id: str, now: datetime, hold: str | None
) -> Taken | None:
    group = catalogue.current().groups.get((key.office_id, key.category))
    shards = len(shard_capacities(group.capacity)) if group else 0
    first = sum(appointment_id.encode())
    for step in range(shards):
        taken = storage.take_seat(key, (first + step) % shards, seat, now, hold)
        if taken:
            return taken
    return None


def _full(
    kind: type[SlotFull], alternatives: tuple[Free, ...], retry_at: datetime | None
) -> SlotFull:
    beside = [_alternative(free) for free in alternatives]
    if retry_at:
        return kind(alternatives=beside, retry_at=rfc3339(retry_at))
    return kind(alternatives=beside)


def _alternative(free: Free) -> dict[str, object]:
    return {
        "slot_id": free.key.slot_id,
        "start": rfc3339(free.key.start),
        "end": rfc3339(free.end),
        "remaining": free.remaining,
    }


def _replayed_or(
    problem: SlotFull | SlotClosed | InvalidRequest, appointment_id: str, attempt: Attempt
) -> tuple[Appointment, bool]:
    # What the process knows to be full is known to hold no seat of this attempt either.
    if isinstance(problem, KnownFull):
        raise problem
    existing = storage.load(appointment_id)
    if existing and idempotency.already_applied(existing.ledger, attempt):
        return existing, True
    raise problem


def _store_booking(
    appointment: Appointment, entry: Entry, taken: Taken, attempt: Attempt, now: datetime
) -> tuple[Appointment, bool]:
    refused = storage.store_booking(appointment, entry, now)
    if refused is None:
        return appointment, False
    existing = refused.existing
    if existing is None and refused.guard and refused.guard.alias:
        moved = replace(appointment, person=refused.guard.alias)
        return _store_booking(moved, entry, taken, attempt, now)
    if existing is None and refused.guard and _forgot_changes(appointment, refused.guard, now):
        return _store_booking(appointment, entry, taken, attempt, now)
    holds = existing and existing.active and existing.seat == taken.seat
    if not (holds and existing and existing.slot == taken.slot):
        storage.give_back_untouched(taken)
        _sold_out.drop(taken.slot.slot_id)
    if existing and idempotency.already_applied(existing.ledger, attempt):
        return existing, True
    if refused.guard and appointment.citizen_id in refused.guard.gone:
        raise Unauthenticated
    if refused.guard and appointment.booker in refused.guard.gone:
        raise _wrong("/for_member")
    if refused.guard:
        check_guard(refused.guard, appointment.service_id, now)
        if refused.guard.times & appointment.times:
            persons = {appointment.person, appointment.citizen_id}
            own.refuse_conflict(appointment.citizen_id, persons, appointment.start, appointment.end)
    raise TryAgain(retry_after=1)


def _forgot_changes(appointment: Appointment, guard: Guard, now: datetime) -> bool:
    """Take other days' marks off a guard that has as many as a day's limit."""
    others = guard.changes - guard.changes_on(now)
    if len(guard.changes) < CHANGES_A_DAY or not others:
        return False
    storage.forget_changes(appointment.person, others)
    return True


def _change(  # noqa: PLR0913 - a change has these facts.
    caller: Citizen,
    appointment_id: str,
    attempt: Attempt,
    now: datetime,
    type_: str,
    decide: Callable[[Appointment], Decided],
) -> tuple[Appointment, bool]:
    for _ in range(_TRIES):
        old = mine(caller.citizen_id, appointment_id)
        if idempotency.already_applied(old.ledger, attempt):
            return old, True
        decided, guard = decide(old)
        if decided == old:
            return old, False
        facts = {"status": decided.status.value, "slot": decided.slot.slot_id}
        entry = history.append(
            appointment_id, old.head, type_=type_, at=now, actor=caller.actor, data=facts
        )
        ledger = idempotency.note(old.ledger, attempt, now)
        new = replace(decided, version=old.version + 1, head=entry.head, ledger=ledger)
        guards = () if new.active else {old.person, _person(caller, old)}
        if storage.store_change(old, new, entry, frees=True, guards=guards, guard=guard):
            storage.free_seat(old.slot, old.shard, old.seat, appointment_id, old.hold)
            _sold_out.drop(old.slot.slot_id)
            return new, False
    raise WrongStatus(current=old.status)


def _person(caller: Citizen, appointment: Appointment) -> str:
    # An account that became a person since counts under the person's guard now.
    own = appointment.person == caller.citizen_id
    return caller.person if own else appointment.person
