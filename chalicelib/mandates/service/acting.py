"""Whether a citizen may act for a member of the family, before the act and where it is stored."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.core.auth import Citizen
from chalicelib.core.errors import NotFound
from chalicelib.identity import service as identity
from chalicelib.identity.domain import ConsentRequired
from chalicelib.mandates import storage
from chalicelib.mandates.domain import MANDATE_ID_LENGTH, Action, FamilyMandate, may


@dataclass(frozen=True, slots=True)
class Acting:
    """For whom somebody acts: the person served, and whose guards and limits count it.

    `stands` belongs into the transaction of the act: it fails once the mandate is another. Without
    `has_consent` nothing may be given out before the person was asked. A guardian acts `until` the
    last day on which the person is a minor.
    """

    person: str
    counted_as: str
    stands: identity.ExtraWrite | None = None
    has_consent: bool = True
    until: date | None = None


def acting_for(caller: Citizen, member_id: str, action: Action, now: datetime) -> Acting:
    """Return for whom a caller may act; raises NotFound or ConsentRequired."""
    member = identity.find_member(caller.citizen_id, member_id)
    mandate = FamilyMandate(caller.citizen_id, member)
    if not may(caller.citizen_id, action, None, mandate, now):
        raise ConsentRequired
    return Acting(
        member.person,
        member.counted_as(caller.person, now),
        identity.write_unchanged(caller.citizen_id, member),
        until=mandate.until,
    )


def acting_for_parent(caller: Citizen, member_id: str, now: datetime) -> Acting:
    """Return for which parent a caller lodges who has not answered; raises ConsentRequired."""
    member = identity.find_member(caller.citizen_id, member_id)
    if member.relation != "parent" or member.status(now) != "offered":
        raise ConsentRequired
    stands = identity.write_unchanged(caller.citizen_id, member)
    return Acting(member.person, caller.person, stands, has_consent=False)


def has_consent(citizen_id: str, member_id: str, now: datetime) -> bool:
    """Tell whether a member of the family has agreed by now that a citizen acts for them."""
    try:
        member = identity.find_member(citizen_id, member_id)
    except NotFound:
        return False
    return member.status(now) == "active"


def is_disputed(citizen_id: str, member_id: str | None, granted_by: str | None) -> bool:
    """Tell whether whom a citizen or an agent acted for says that they never let them."""
    if member_id:
        with suppress(NotFound):
            return identity.find_member(citizen_id, member_id).consent == "frozen"
    if granted_by and len(granted_by) == MANDATE_ID_LENGTH:
        mandate = storage.load(granted_by)
        return mandate is not None and mandate.state == "frozen"
    return False
