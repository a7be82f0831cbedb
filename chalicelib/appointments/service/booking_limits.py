"""What a person has open, and what forbids a booking because of it."""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import booker
from chalicelib.appointments.domain.booking_limits import (
    Guard,
    TimeConflict,
)
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import (
    TryAgain,
)
from chalicelib.identity import service as identity
from chalicelib.identity.domain import Member, MemberInUse


def refuse_conflict(
    citizen_id: str, persons: Iterable[str], start: datetime, end: datetime, beside: str = ""
) -> None:
    """Say which other appointment for the person is at this time; raises TimeConflict.

    Raises TryAgain when it has ended meanwhile.
    """
    served = set(persons)
    for found in sorted(storage.list_of(citizen_id), key=lambda a: a.start):
        if not found.active or found.appointment_id == beside or found.person not in served:
            continue
        if found.start < end and start < found.end:
            raise TimeConflict(appointment_id=found.appointment_id, start=rfc3339(found.start))
    raise TryAgain(retry_after=1)


def leave_out(citizen_id: str, member: Member) -> identity.ExtraWrite:
    """Return what bars bookings for a member, in the transaction that removes them.

    It fails when something was booked for the person meanwhile. Raises MemberInUse while an
    appointment for the member has not ended.
    """
    guard = storage.load_guard(member.person)
    booked = storage.list_of(citizen_id, consistent=True)
    if any(a.active and a.for_member == member.member_id for a in booked):
        raise MemberInUse
    mark = booker(citizen_id, member.member_id)
    return lambda write: storage.write_bar(write, member.person, mark, guard)


def guard_of(person: str) -> tuple[Guard, list[str]]:
    """Return the guard that counts somebody now, and under which names it is kept.

    An account that became a person since counts under the person's guard.
    """
    guard = storage.load_guard(person)
    if guard.alias:
        return storage.load_guard(guard.alias), [person, guard.alias]
    return guard, [person]


def join_person(citizen_id: str, person: str, _now: datetime) -> None:
    """Count an account's bookings as those of the person whom it is known to be from now on."""
    storage.join_guards(citizen_id, person)
