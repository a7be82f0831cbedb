"""Acting for another by a mandate or as a member: before the act, and where it is stored."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.core.auth import Citizen
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.on_behalf import OnBehalfOf
from chalicelib.identity import service as identity
from chalicelib.mandates import storage
from chalicelib.mandates.domain import (
    MANDATE_ID_LENGTH,
    Action,
    Affiliation,
    Kind,
    Mandate,
    MandateMissing,
    missing,
)

Right = Mandate | Affiliation
_BOTH: Final = FieldError(
    "/for_member",
    "not_both",
    Text("不能同时为家人和委托人办理", "Act for a member of one's own family, or for another"),
)


@dataclass(frozen=True, slots=True)
class ByRight:
    """That a citizen does something by a mandate or as a member, as a caller's standing."""

    right: Right
    action: Action
    now: datetime

    @property
    def agent(self) -> str:
        """Return who acts."""
        return self.right.agent

    @property
    def granted_by(self) -> str:
        """Return what things remember."""
        return self.right.granted_by

    def holds(self, made: tuple[str, str] | None = None) -> Callable[[Any], None]:
        """Return what lets a transaction fail once the right is gone."""
        right = self.right
        if isinstance(right, Mandate):
            return lambda write: storage.write_holds(write, right, made, self.now)
        return lambda write: storage.write_belongs(write, right, self.now)

    def check(self, service_id: str | None = None) -> None:
        """Raise MandateMissing for what it lacks now."""
        current = right_of(self.agent, _id_of(self.right))
        if current is None:
            raise MandateMissing(missing={"status": "active"})
        check_may(current, self.action, service_id, self.now)


def right_of(citizen_id: str, right_id: str) -> Right | None:
    """Return the mandate or the membership by which a citizen acts; None for another's."""
    if len(right_id) == MANDATE_ID_LENGTH:
        mandate = storage.load(right_id)
        return mandate if mandate and mandate.agent == citizen_id else None
    if len(right_id) == CITIZEN_ID_LENGTH:
        return storage.load_affiliation(right_id, citizen_id)
    return None


def on_behalf(
    caller: Citizen, of: OnBehalfOf | None, action: Action, service_id: str | None, now: datetime
) -> Citizen:
    """Return for whom a caller acts, as whose all is done: themselves, or a principal.

    Without a `service_id` the act itself checks it, by the caller's standing. What is nobody's,
    another's or over is the same MandateMissing.
    """
    if of is None:
        return caller
    right = right_of(caller.citizen_id, of.right_id)
    if right is None or isinstance(right, Mandate) != (of.mandate_id is not None):
        raise MandateMissing(missing={"status": "active"})
    check_may(right, action, service_id, now)
    return _as_principal(right, action, now)


def owner_of(caller: Citizen, made: tuple[Kind, str], action: Action, now: datetime) -> Citizen:
    """Return as whom a caller deals with a thing, by its kind and id: themselves, or its owner.

    What was not done under a right of the caller's is NotFound; what was done under one that lacks
    it, or is over, raises MandateMissing.
    """
    kind, thing_id = made
    owner = thing_id[:CITIZEN_ID_LENGTH]
    if owner == caller.citizen_id:
        return caller
    right: Right | None = storage.load_affiliation(owner, caller.citizen_id)
    for mandate_id in [] if right else storage.list_held(caller.citizen_id, owner):
        if storage.was_made_under(mandate_id, kind, thing_id):
            right = storage.load(mandate_id)
            break
    if right is None:
        raise NotFound
    check_may(right, action, None, now)
    return _as_principal(right, action, now)


def holder_of(caller: Citizen, owner: str, action: Action, now: datetime) -> Citizen:
    """Return as whom a caller deals with what is held: themselves, or their organisation.

    What is another's is NotFound; a role that lacks it, or is over, raises MandateMissing.
    """
    if owner == caller.citizen_id:
        return caller
    affiliation = storage.load_affiliation(owner, caller.citizen_id)
    if affiliation is None:
        raise NotFound
    check_may(affiliation, action, None, now)
    return _as_principal(affiliation, action, now)


def member_of(
    caller: Citizen, of: OnBehalfOf | None, for_member: str | None
) -> tuple[OnBehalfOf | None, str | None]:
    """Return for whom it is, with a mandate of one's own family as the member that it is.

    Raises InvalidRequest for who names both.
    """
    if of is None:
        return None, for_member
    if for_member is not None:
        raise InvalidRequest(errors=[_BOTH])
    agent, member_id = of.right_id[:CITIZEN_ID_LENGTH], of.right_id[CITIZEN_ID_LENGTH:]
    is_family = member_id and len(of.right_id) < MANDATE_ID_LENGTH
    if is_family and agent == caller.citizen_id and _is_member(agent, member_id):
        return None, member_id
    return of, None


def check_may(right: Right, action: Action, service_id: str | None, now: datetime) -> None:
    """Raise MandateMissing with what who acts by a right lacks."""
    lacking = missing(right.agent, action, service_id, right, now)
    if lacking:
        raise MandateMissing(missing=dict(lacking))


def _is_member(agent: str, member_id: str) -> bool:
    try:
        identity.find_member(agent, member_id)
    except NotFound:
        return False
    return True


def _id_of(right: Right) -> str:
    return right.mandate_id if isinstance(right, Mandate) else right.owner


def _as_principal(right: Right, action: Action, now: datetime) -> Citizen:
    standing = ByRight(right, action, now)
    return Citizen(right.owner, right.owner_person, "real_name", standing=standing)
