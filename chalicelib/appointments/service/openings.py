"""For whom one books, and whose moment has come where seats are scarce.

It asks no database of anybody whose moment has not come.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import booker
from chalicelib.appointments.domain.openings import Opening
from chalicelib.appointments.domain.slots import HORIZON_DAYS
from chalicelib.appointments.service import bookable, booking_limits, timetable
from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound, TryAgain, unknown
from chalicelib.identity import service as identity
from chalicelib.identity.domain import ConsentRequired, VerificationRequired
from chalicelib.mandates.service import Acting, acting_for


def following(
    caller: Citizen, office_id: str, category: str, now: datetime
) -> tuple[Opening, datetime]:
    """Return the next opening with seats in a hall in which the caller's moment is yet to come.

    With it comes that moment. Raises VerificationRequired, or NotFound where there is none.
    """
    office, group = catalogue.office(office_id), catalogue.group(office_id, category)
    if not group.release.scarce:
        raise NotFound
    person = verified(caller)
    today = office_time(now).date()
    for number in range(HORIZON_DAYS + 1):
        day = today + timedelta(days=number)
        opening = bookable.opening_in(group, day)
        if opening is None or opening.moment(person) <= now:
            continue
        if any(timetable.slots_of(office, group, day, 1)):
            return opening, opening.moment(person)
    raise NotFound


def verified(caller: Citizen) -> str:
    """Return the person that a caller was proven to be; raises VerificationRequired."""
    if caller.level == "real_name":
        return caller.person
    # The log-in may be older than the verification.
    person = identity.profile_of(caller.citizen_id).person
    if person is None:
        raise VerificationRequired
    return person


def check_agreed(acting: Acting) -> None:
    """Refuse to book for whoever has not agreed where seats are scarce; raises ConsentRequired."""
    if acting.counted_as != acting.person:
        raise ConsentRequired


def check_member(opening: Opening, acting: Acting, now: datetime) -> None:
    """Refuse to book for whoever has not agreed, or before their moment.

    Raises ConsentRequired or NotYet.
    """
    check_agreed(acting)
    opening.check(acting.person, now)


def acting_as(
    caller: Citizen, member_id: str | None, now: datetime, pointer: str = "/for_member"
) -> Acting | None:
    """Return for whom of the family it is; raises InvalidRequest or ConsentRequired.

    Who missed too much books for nobody: raises BookingSuspended.
    """
    if member_id is None:
        return None
    asked: list[Callable[[], Acting | None]] = [
        lambda: acting_for(caller, member_id, "book", now),
        lambda: booking_limits.check_not_suspended(caller, now),
    ]
    try:
        return parallel.map_concurrently(lambda ask: ask(), asked)[0]
    except NotFound as error:
        raise unknown(pointer) from error


def counted_now(caller: Citizen, member_id: str | None, person: str, now: datetime) -> str:
    """Return whom a person's guard, which refused them, counts for by now.

    Raises why they or their booker may act no more: Unauthenticated, InvalidRequest,
    ConsentRequired, BookingSuspended or, where nothing is found, TryAgain.
    """
    guard = storage.load_guard(person)
    if guard.alias:
        return guard.alias
    booking_limits.refuse_gone(caller.citizen_id, booker(caller.citizen_id, member_id), guard)
    # Somebody changed the mandate meanwhile: it may be over.
    acting_as(caller, member_id, now)
    raise TryAgain(retry_after=1)
