"""Who the people are whom staff meet: names, numbers and phones in clear, for several at once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from chalicelib.core import parallel
from chalicelib.core.auth import Citizen, Staff
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.id_documents import Document
from chalicelib.core.rate_limit import window
from chalicelib.identity import storage
from chalicelib.identity.service import access_log, desk_accounts, members, profiles
from chalicelib.identity.service.person_corrections import Details

# So many people does one member of staff look for in an hour.
_LOOKS: Final = 30
_HOUR: Final = 3600
_PURPOSE: Final = "reception"
# A citizen, and the member of the family whom something is for.
Visitor = tuple[str, str | None]


def visitors_in_clear(visitors: Iterable[Visitor]) -> Mapping[Visitor, Mapping[str, str]]:
    """Return what is known of each visitor; nothing of who was erased or left out of a family.

    A member of the family has the phone of who acts for them.
    """
    asked = sorted(set(visitors), key=lambda one: (one[0], one[1] or ""))
    known = parallel.map_concurrently(_in_clear, asked)
    return {visitor: clear for visitor, clear in zip(asked, known, strict=True) if clear}


def _in_clear(visitor: Visitor) -> Mapping[str, str] | None:
    citizen_id, member_id = visitor
    try:
        own = profiles.me(citizen_id).clear
        if member_id is None:
            return own
        member = members.find_member(citizen_id, member_id)
        clear = members.member_in_clear(citizen_id, member)
    except (NotFound, Unauthenticated):
        return None
    return {**clear, **{name: own[name] for name in ("phone",) if name in own}}


def at_window(staff: Staff, name: str, document: Document, now: datetime) -> Citizen:
    """Return who stands at the window with a document, account or not; the look is recorded.

    Raises InvalidRequest at /person/name for another name than the document's and of who has died,
    or TooManyRequests.
    """
    hour = window(now, _HOUR)
    if not storage.claim_one_of(f"window/{staff.staff_id}", hour, _LOOKS):
        raise hour.exceeded(now)
    citizen = desk_accounts.citizen_of(Details(name, document), None, staff.actor, now)
    access_log.record_access(citizen.citizen_id, staff, _PURPOSE, "identity", now)
    return citizen
