"""Whether a citizen may act for a member of the family, before the act and where it is stored."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.auth import Citizen
from chalicelib.identity import service as identity
from chalicelib.identity.domain import ConsentRequired
from chalicelib.mandates.domain import Action, FamilyMandate, may


@dataclass(frozen=True, slots=True)
class Acting:
    """For whom somebody acts: the person served, and whose guards and limits count it.

    `stands` belongs into the transaction of the act: it fails once the mandate is another.
    """

    person: str
    counted_as: str
    stands: identity.ExtraWrite | None = None


def acting_for(caller: Citizen, member_id: str, action: Action, now: datetime) -> Acting:
    """Return for whom a caller may act; raises NotFound or ConsentRequired."""
    member = identity.find_member(caller.citizen_id, member_id)
    if not may(caller.citizen_id, action, None, FamilyMandate(caller.citizen_id, member), now):
        raise ConsentRequired
    return Acting(
        member.person,
        member.counted_as(caller.person, now),
        identity.write_unchanged(caller.citizen_id, member),
    )
