"""What a person has open, and what forbids a booking because of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import Appointment, booker
from chalicelib.appointments.domain.booking_limits import (
    CHANGES_A_DAY,
    AlreadyBooked,
    Guard,
    TimeConflict,
    change_mark,
    check_changes,
    check_guard,
    check_suspension,
    excused,
    forgiven,
    missed,
)
from chalicelib.appointments.service import timetable
from chalicelib.appointments.storage import Effects
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import TryAgain, Unauthenticated, unknown
from chalicelib.identity import service as identity
from chalicelib.identity.domain import Member, MemberInUse


def guard_of(person: str) -> tuple[Guard, list[str]]:
    """Return the guard that counts somebody now, and under which names it is kept.

    An account that became a person since counts under the person's guard.
    """
    guard = storage.load_guard(person)
    if guard.alias:
        return storage.load_guard(guard.alias), [person, guard.alias]
    return guard, [person]


def effects_of_end(appointment: Appointment, now: datetime, *, is_missed: bool) -> Effects:
    """Return how guards change where an appointment ends; a strike counts against who booked."""
    guard, names = guard_of(appointment.person)
    ended = Effects(ended_for=tuple(names))
    if not is_missed:
        return ended
    booker, booker_names = guard_of(appointment.citizen_id)
    if booker_names[-1] == names[-1]:
        return replace(ended, missed=missed(guard, appointment, now))
    return replace(ended, strikes=(booker_names[-1], missed(booker, appointment, now)))


def effects_of_excuse(appointment: Appointment) -> Effects | None:
    """Return how the strike of a missed appointment is taken back; None where there is none."""
    for person in dict.fromkeys((appointment.citizen_id, appointment.person)):
        guard, names = guard_of(person)
        if appointment.strike in guard.no_shows:
            return Effects(guard=(names[-1], excused(guard, appointment)))
    return None


def effects_of_return(appointment: Appointment) -> Effects:
    """Return how guards change where an appointment that had ended is open again.

    Raises AlreadyBooked.
    """
    guard, names = guard_of(appointment.person)
    effects = Effects(guard=(names[-1], forgiven(guard, appointment)))
    booker, booker_names = guard_of(appointment.citizen_id)
    if booker_names[-1] == names[-1] or appointment.strike not in booker.no_shows:
        return effects
    return replace(effects, strikes=(booker_names[-1], excused(booker, appointment)))


def check_not_suspended(caller: Citizen, now: datetime) -> None:
    """Refuse somebody who missed too much, whomever they book for; raises BookingSuspended."""
    check_suspension(guard_of(caller.person)[0], now)


def refuse(caller: Citizen, appointment: Appointment, guard: Guard, now: datetime) -> None:
    """Say why a person's guard refused a booking, if it still does; raises the problem."""
    refuse_gone(appointment.citizen_id, appointment.booker, guard)
    try:
        check_guard(guard, appointment.service_id, now)
    except AlreadyBooked:
        _refuse_second(caller, appointment)
    if guard.times & appointment.times:
        refuse_conflict(caller, appointment, {appointment.person, appointment.citizen_id})


def refuse_gone(citizen_id: str, booker: str, guard: Guard) -> None:
    """Refuse an account that was erased, and who was left out of a family; raises the problem."""
    if citizen_id in guard.gone:
        raise Unauthenticated
    if booker in guard.gone:
        raise unknown("/for_member")


def _refuse_second(caller: Citizen, wanted: Appointment) -> None:
    """Say which of the caller's own appointments is for the same service; raises AlreadyBooked.

    Of what another booked nothing is told, and nothing to who acts for another. It may have ended.
    """
    served = {wanted.person} if wanted.for_member else {wanted.person, wanted.citizen_id}
    own = [] if caller.standing else storage.list_of(wanted.citizen_id, consistent=True)
    for other in own:
        is_same = other.service_id == wanted.service_id and other.person in served
        if other.active and is_same:
            raise AlreadyBooked(
                appointment_id=other.appointment_id,
                start=rfc3339(other.start),
                for_member=other.for_member,
            )
    raise AlreadyBooked


def refuse_conflict(caller: Citizen, wanted: Appointment, persons: Iterable[str]) -> None:
    """Say which other appointment for the persons is at this time; raises TimeConflict.

    Who acts for another is not told which. Raises TryAgain when it has ended meanwhile.
    """
    served = set(persons)
    for other in sorted(storage.list_of(wanted.citizen_id), key=lambda a: a.start):
        is_same = other.appointment_id == wanted.appointment_id
        if not other.active or is_same or other.person not in served:
            continue
        if other.start < wanted.end and wanted.start < other.end:
            if caller.standing:
                raise TimeConflict
            raise TimeConflict(appointment_id=other.appointment_id, start=rfc3339(other.start))
    raise TryAgain(retry_after=1)


def moved_guard(guard: Guard, old: Appointment, moved: Appointment, now: datetime) -> Guard:
    """Return the guard after a move; raises TooManyChanges."""
    marks = guard.changes_on(now)
    # A hall that closed since, or has fewer counters, asks for the move.
    if old.new_time is None and timetable.is_open(old.slot, old.end):
        check_changes(guard, now)
        marks |= {change_mark(replace(old, version=old.version + 1), now)}
    return replace(guard, times=(guard.times - old.times) | moved.times, changes=marks)


def forget_other_days(person: str, guard: Guard, now: datetime) -> bool:
    """Take other days' marks off a guard that has as many as a day's limit; tells if it did."""
    others = guard.changes - guard.changes_on(now)
    if len(guard.changes) < CHANGES_A_DAY or not others:
        return False
    storage.forget_changes(person, others)
    return True


def leave_out(citizen_id: str, member: Member, now: datetime) -> identity.ExtraWrite:
    """Return what bars bookings for a member, in the transaction that removes them.

    It fails when something was booked for the person meanwhile. Raises MemberInUse while an
    appointment for the member has not ended.
    """
    guard, names = guard_of(member.counted_as(citizen_id, now))
    booked = storage.list_of(citizen_id, consistent=True)
    if any(a.active and a.for_member == member.member_id for a in booked):
        raise MemberInUse
    mark = booker(citizen_id, member.member_id)
    return lambda write: storage.write_bar(write, names[-1], mark, guard)


def join_person(citizen_id: str, person: str, _now: datetime) -> None:
    """Count an account's bookings as those of the person whom it is known to be from now on."""
    storage.join_guards(citizen_id, person)


def correct_person(citizen_id: str, former: str, person: str, _now: datetime) -> None:
    """Count what is open of somebody whose number was corrected under the right one. Idempotent.

    Others who act for them have booked for them too.
    """
    for name in (citizen_id, former):
        storage.join_guards(name, person)
    for who in {citizen_id, *(agent for agent, _ in identity.agents_of(former))}:
        for booked in storage.list_of(who, consistent=True):
            if booked.active and booked.person == former:
                storage.correct_person(booked, person)
