"""Whose things a list shows, and which of them: one's own, or what was done by a right."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from chalicelib.core.auth import Citizen
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.pagination import Page
from chalicelib.identity import service as identity
from chalicelib.mandates import storage
from chalicelib.mandates.domain import MANDATE_ID_LENGTH, Kind, MandateMissing
from chalicelib.mandates.service.standing import check_may

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scope:
    """Of whose things (`owner`) a list shows those that it covers; None is no condition.

    `key` names the list among the caller's for cursors; `acting` says that it is the agent who
    looks.
    """

    owner: str
    key: str
    acting: bool = False
    made: frozenset[str] | None = None
    member: str | None = None

    def covers(self, thing_id: str, for_member: str | None = None) -> bool:
        """Tell whether the list shows a thing."""
        is_made = self.made is None or thing_id in self.made
        return is_made and self.member in (None, for_member)


def scope_of(caller: Citizen, right_id: str | None, kind: Kind, now: datetime) -> Scope:
    """Return what a caller's list shows: of a mandate what was done under it, to both sides.

    What is nobody's, or another's, is MandateMissing, and so is a mandate that lacks `read`.
    """
    if right_id is None:
        return Scope(caller.citizen_id, caller.citizen_id)
    if len(right_id) == CITIZEN_ID_LENGTH:
        return _of_organisation(caller, right_id, now)
    if len(right_id) != MANDATE_ID_LENGTH:
        return _of_family(caller, right_id, now)
    mandate = storage.load(right_id)
    if mandate is None or caller.citizen_id not in (mandate.agent, mandate.principal):
        raise MandateMissing(missing={"status": "active"})
    if mandate.agent == caller.citizen_id:
        check_may(mandate, "read", None, now)
    made = frozenset(thing_id for _, thing_id, _ in storage.list_made(right_id, kind))
    key = f"{caller.citizen_id}.{right_id}"
    return Scope(mandate.principal, key, mandate.agent == caller.citizen_id, made)


def first_matching(
    read: Callable[[str | None], Page[T]], keep: Callable[[T], bool], position: str | None
) -> Page[T]:
    """Return the first page after a position with something to keep, without the rest."""
    while True:
        page = read(position)
        kept = tuple(one for one in page.items if keep(one))
        position = page.next_position
        if kept or position is None:
            return Page(kept, position)


def _of_organisation(caller: Citizen, right_id: str, now: datetime) -> Scope:
    """Return all that was done for an organisation, to those of its members who may read."""
    affiliation = storage.load_affiliation(right_id, caller.citizen_id)
    if affiliation is None:
        raise MandateMissing(missing={"status": "active"})
    check_may(affiliation, "read", None, now)
    return Scope(right_id, f"{caller.citizen_id}.{right_id}", acting=True)


def _of_family(caller: Citizen, right_id: str, now: datetime) -> Scope:
    agent, member_id = right_id[:CITIZEN_ID_LENGTH], right_id[CITIZEN_ID_LENGTH:]
    try:
        member = identity.find_member(agent, member_id)
    except NotFound:
        raise MandateMissing(missing={"status": "active"}) from None
    is_principal = member.person == caller.person and member.status(now) == "active"
    if agent != caller.citizen_id and not is_principal:
        raise MandateMissing(missing={"status": "active"})
    return Scope(agent, f"{caller.citizen_id}.{right_id}", member=member_id)
