"""The names by which things say for whom they are, and who did them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chalicelib.core import parallel
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.on_behalf import ActedBy, ActorKind, OnBehalfOf
from chalicelib.identity import service as identity
from chalicelib.mandates import storage
from chalicelib.mandates.domain import MANDATE_ID_LENGTH, Affiliation, may


class DoneForAnother(Protocol):
    """A thing that may be for a member of the family, or was made under a mandate."""

    @property
    def for_member(self) -> str | None:
        """Return the member of the owner's family."""

    @property
    def granted_by(self) -> str | None:
        """Return the mandate."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names by members' and mandates' ids: for whom, whole; and by whom, masked."""

    for_whom: Mapping[str, str] = field(default_factory=dict)
    by_whom: Mapping[str, str] = field(default_factory=dict)

    def for_name(self, thing: DoneForAnother) -> str | None:
        """Return for whom a thing is, where it is for another than the reader."""
        return self.for_whom.get(thing.for_member or thing.granted_by or "")

    def by_name(self, thing: DoneForAnother) -> str | None:
        """Return who made it for the reader."""
        return self.by_whom.get(thing.granted_by or "")


def names_of(owner: str, things: Iterable[DoneForAnother], *, acting: bool = False) -> Names:
    """Return the names in an owner's things as the owner reads them, or who is `acting`.

    No read where nothing is for another.
    """
    listed = list(things)
    members = identity.names_of(owner, (thing.for_member for thing in listed))
    rights = sorted({thing.granted_by for thing in listed if thing.granted_by})
    for_whom = {**members, **principals_of(rights)} if acting else members
    # Who acts by a mandate is the reader; of an organisation's members each may be.
    by_others = [one for one in rights if not acting or not _is_mandate(one)]
    by_whom = dict(parallel.map_concurrently(_by, by_others))
    return Names(for_whom, {right: name for right, name in by_whom.items() if name})


def principals_of(rights: Iterable[str]) -> Mapping[str, str]:
    """Return the whole names for whom rights are, for who acts by them."""
    return dict(parallel.map_concurrently(_for, sorted(set(rights))))


def agents_to_tell(granted_by: str, now: datetime) -> list[str]:
    """Return who may read now what was done by a right: its agent, or the organisation's managers.

    Whoever did it for an organisation is told as its managers are.
    """
    if _is_mandate(granted_by):
        mandate = storage.load(granted_by)
        may_read = mandate and may(mandate.agent, "read", None, mandate, now)
        return [mandate.agent] if mandate and may_read else []
    organisation_id, agent = granted_by[:CITIZEN_ID_LENGTH], granted_by[CITIZEN_ID_LENGTH:]
    organisation = storage.load_organisation(organisation_id)
    members = storage.list_members(organisation_id) if organisation else []
    return [
        one.citizen_id
        for one in members
        if organisation
        and (one.role == "manager" or one.citizen_id == agent)
        and may(one.citizen_id, "read", None, Affiliation(organisation, one), now)
    ]


def on_behalf_of(thing: DoneForAnother) -> OnBehalfOf | None:
    """Return by which right a thing was made for its owner."""
    right = thing.granted_by
    if right is None:
        return None
    if _is_mandate(right):
        return OnBehalfOf(mandate_id=right)
    return OnBehalfOf(organisation_id=right[:CITIZEN_ID_LENGTH])


def kind_of_actor(thing: DoneForAnother) -> ActorKind | None:
    """Return as what somebody did a thing for another, without a read; a guardian is family."""
    if thing.granted_by:
        return "agent" if _is_mandate(thing.granted_by) else "organisation"
    return "family" if thing.for_member else None


def acted_by(owner: str, thing: DoneForAnother, now: datetime) -> ActedBy | None:
    """Return who did an owner's thing for another, by name; None for what is the owner's own."""
    kind = kind_of_actor(thing)
    if kind is None:
        return None
    if thing.granted_by:
        return ActedBy(kind=kind, name=_by(thing.granted_by)[1])
    try:
        guarded_until = identity.find_member(owner, thing.for_member or "").guarded_until
    except NotFound:
        guarded_until = None
    if guarded_until and guarded_until >= office_time(now).date():
        kind = "guardian"
    return ActedBy(kind=kind, name=identity.masked_name_of(owner))


def _is_mandate(granted_by: str) -> bool:
    return len(granted_by) == MANDATE_ID_LENGTH


def _for(granted_by: str) -> tuple[str, str]:
    mandate = storage.load(granted_by) if _is_mandate(granted_by) else None
    owner = mandate.principal if mandate else granted_by[:CITIZEN_ID_LENGTH]
    try:
        return granted_by, identity.me(owner).clear.get("name", "")
    except (NotFound, Unauthenticated):
        return granted_by, ""


def _by(granted_by: str) -> tuple[str, str | None]:
    mandate = storage.load(granted_by) if _is_mandate(granted_by) else None
    agent = mandate.agent if mandate else granted_by[CITIZEN_ID_LENGTH:]
    return granted_by, identity.masked_name_of(agent)
