"""A citizen's own appointments: listed, named by whom they are for, and never two at one time."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.appointments import storage
from chalicelib.appointments.domain import Appointment, TimeConflict, booker
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import TryAgain
from chalicelib.core.pagination import Page
from chalicelib.identity import service as identity
from chalicelib.identity.domain import Member, MemberInUse


def page_of(
    citizen_id: str, status: str | None, position: str | None, limit: int
) -> Page[Appointment]:
    """Return a page of a citizen's appointments: the coming by time, then the ended, latest first.

    A citizen's partition is read whole: nobody has more than a few Queries' worth in a lifetime.
    """
    kept = [a for a in storage.list_of(citizen_id) if status in (None, a.status.value)]
    keyed = sorted((_rank(a), a) for a in kept)
    after = [(rank, a) for rank, a in keyed if position is None or rank > position]
    more = after[limit - 1][0] if len(after) > limit else None
    return Page(tuple(a for _, a in after[:limit]), more)


def names_of(citizen_id: str, appointments: Iterable[Appointment]) -> Mapping[str, str]:
    """Return the names of the family whom appointments are for, by their ids."""
    return identity.names_of(citizen_id, (a.for_member for a in appointments))


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


def _rank(appointment: Appointment) -> str:
    minute = int(appointment.start.timestamp()) // 60
    if appointment.active:
        return f"0{minute:010}{appointment.appointment_id}"
    return f"1{10**10 - minute:010}{appointment.appointment_id}"
