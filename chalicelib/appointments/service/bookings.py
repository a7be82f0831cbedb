"""Booking a seat that nobody else can have, moving it and giving it back.

A seat is taken before the appointment is written and given back after it is changed, so a crash
leaves at worst a seat too few, never one too many; `jobs.release` brings it back.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import (
    Appointment,
    AppointmentStatus,
    check_changeable,
)
from chalicelib.appointments.domain.booking_limits import (
    CHANGES_A_DAY,
    Guard,
    change_mark,
    check_changes,
    check_guard,
)
from chalicelib.appointments.domain.slots import (
    KnownFull,
    SlotClosed,
    SlotFull,
    SlotKey,
    hold_mark,
    slot_key,
)
from chalicelib.appointments.service import booking_limits, timetable
from chalicelib.appointments.service.lookup import mine
from chalicelib.appointments.service.seats import claim, sold_out, unknown
from chalicelib.appointments.storage import Taken
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Service
from chalicelib.core import history, idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import (
    InvalidRequest,
    NotFound,
    TryAgain,
    Unauthenticated,
    WrongStatus,
)
from chalicelib.core.history import Entry
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.identity import service as identity

# An appointment after a change, and the person whose whole guard changes with it.
Decided = tuple[Appointment, tuple[str, Guard] | None]
_TRIES: Final = 6
_ID_LENGTH: Final = 8
_SEAT_SUFFIX: Final = 3


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
    taken = claim(key, appointment_id, appointment_id, now, hold)
    if not isinstance(taken, Taken):
        return _replayed_or(taken, appointment_id, attempt)
    status = AppointmentStatus.HELD if service.prepaid else AppointmentStatus.BOOKED
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
        guard, persons = booking_limits.guard_of(_person(caller, old))
        changes = guard.changes_on(now)
        # A hall that closed since asks for the move.
        if timetable.is_open(old.slot, old.end):
            check_changes(guard, now)
            changes |= {change_mark(replace(old, version=old.version + 1), now)}
        times = guard.times - old.times
        if times & moved.times:
            booking_limits.refuse_conflict(
                old.citizen_id, {old.person, *persons}, key.start, moved.end, appointment_id
            )
        seat = appointment_id + derived_id(attempt.key, str(old.version), length=_SEAT_SUFFIX)
        taken = claim(key, seat, appointment_id, now)
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
        if old.status is AppointmentStatus.CANCELLED:
            return old, None
        if old.status is not AppointmentStatus.HELD:
            check_changeable(old, now)
        return replace(old, status=AppointmentStatus.CANCELLED), None

    return _change(caller, appointment_id, attempt, now, "appointment.cancelled", decide)


def _checked(wanted: Wanted) -> tuple[Service, SlotKey]:
    try:
        service = catalogue.service(wanted.service_id)
    except NotFound as error:
        raise unknown("/service_id") from error
    try:
        catalogue.office(wanted.office_id)
    except NotFound as error:
        raise unknown("/office_id") from error
    key = slot_key(wanted.slot_id)
    if not service.bookable:
        raise unknown("/service_id")
    if key is None or (key.office_id, key.category) != (wanted.office_id, service.category):
        raise unknown("/slot_id")
    return service, key


def _member(citizen_id: str, member_id: str) -> str:
    try:
        return identity.find_member(citizen_id, member_id).person
    except NotFound as error:
        raise unknown("/for_member") from error


def _end(service: Service, key: SlotKey) -> datetime:
    group = catalogue.current().groups.get((key.office_id, service.category))
    if group is None:
        raise SlotClosed
    return key.start + timedelta(minutes=group.minutes)


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
        sold_out.drop(taken.slot.slot_id)
    if existing and idempotency.already_applied(existing.ledger, attempt):
        return existing, True
    if refused.guard and appointment.citizen_id in refused.guard.gone:
        raise Unauthenticated
    if refused.guard and appointment.booker in refused.guard.gone:
        raise unknown("/for_member")
    if refused.guard:
        check_guard(refused.guard, appointment.service_id, now)
        if refused.guard.times & appointment.times:
            persons = {appointment.person, appointment.citizen_id}
            booking_limits.refuse_conflict(
                appointment.citizen_id, persons, appointment.start, appointment.end
            )
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
            sold_out.drop(old.slot.slot_id)
            return new, False
    raise WrongStatus(current=old.status)


def _person(caller: Citizen, appointment: Appointment) -> str:
    # An account that became a person since counts under the person's guard now.
    lookup = appointment.person == caller.citizen_id
    return caller.person if lookup else appointment.person
