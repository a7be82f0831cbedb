"""The names by which things say for whom they are, and who did them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chalicelib.core import parallel
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.on_behalf import OnBehalfOf
from chalicelib.identity import service as identity
from chalicelib.identity.domain import masked_name
from chalicelib.mandates import storage
from chalicelib.mandates.domain import may


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
    pairs = dict(parallel.map_concurrently(lambda one: _named(one, acting=acting), rights))
    return Names({**members, **pairs}) if acting else Names(members, pairs)


def principals_of(mandate_ids: Iterable[str]) -> Mapping[str, str]:
    """Return the whole names of the principals of mandates, for their agents."""
    ids = sorted(set(mandate_ids))
    return dict(parallel.map_concurrently(lambda one: _named(one, acting=True), ids))


def agent_to_tell(mandate_id: str, now: datetime) -> str | None:
    """Return who acts by a mandate and may read what was done under it, now."""
    mandate = storage.load(mandate_id)
    if mandate is None or not may(mandate.agent, "read", None, mandate, now):
        return None
    return mandate.agent


def on_behalf_of(thing: DoneForAnother) -> OnBehalfOf | None:
    """Return by which right a thing was made for its owner."""
    return OnBehalfOf(mandate_id=thing.granted_by) if thing.granted_by else None


def _named(mandate_id: str, *, acting: bool) -> tuple[str, str]:
    mandate = storage.load(mandate_id)
    if mandate is None:
        return mandate_id, ""
    try:
        name = identity.me(mandate.principal if acting else mandate.agent).clear.get("name", "")
    except (NotFound, Unauthenticated):
        name = ""
    return mandate_id, name if acting or not name else masked_name(name)
