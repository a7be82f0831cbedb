"""Who the people are whom staff meet: names, numbers and phones in clear, for several at once."""

from collections.abc import Iterable, Mapping

from chalicelib.core import parallel
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.identity.service import members, profiles

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
