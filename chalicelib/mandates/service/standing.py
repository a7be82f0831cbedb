"""Acting for another by a mandate: who may, before the act and where it is stored."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.core.auth import Citizen
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.on_behalf import OnBehalfOf
from chalicelib.identity import service as identity
from chalicelib.mandates import storage
from chalicelib.mandates.domain import (
    MANDATE_ID_LENGTH,
    Action,
    Kind,
    Mandate,
    MandateMissing,
    missing,
)

CITIZEN_ID_LENGTH: Final = 8
_BOTH: Final = FieldError(
    "/for_member",
    "not_both",
    Text("不能同时为家人和委托人办理", "Act for a member of one's own family, or for another"),
)


@dataclass(frozen=True, slots=True)
class ByMandate:
    """That a citizen acts by a mandate for an act, as a caller's standing."""

    mandate: Mandate
    action: Action
    now: datetime

    @property
    def agent(self) -> str:
        """Return who acts."""
        return self.mandate.agent

    @property
    def granted_by(self) -> str:
        """Return the id of the mandate."""
        return self.mandate.mandate_id

    def holds(self, made: tuple[str, str] | None = None) -> Callable[[Any], None]:
        """Return what lets a transaction fail once the mandate is not active."""
        return lambda write: storage.write_holds(write, self.mandate, made, self.now)

    def check(self, service_id: str | None = None) -> None:
        """Raise MandateMissing for what it lacks now."""
        mandate = storage.load(self.mandate.mandate_id)
        if mandate is None:
            raise MandateMissing(missing={"status": "active"})
        check_may(mandate, self.action, service_id, self.now)


def on_behalf(
    caller: Citizen, of: OnBehalfOf | None, action: Action, service_id: str | None, now: datetime
) -> Citizen:
    """Return for whom a caller acts, as whose all is done: themselves, or a principal.

    Without a `service_id` the act itself checks it, by the caller's standing. What is nobody's,
    another's or over is the same MandateMissing.
    """
    if of is None:
        return caller
    mandate = storage.load(of.right_id) if len(of.right_id) == MANDATE_ID_LENGTH else None
    if mandate is None or mandate.agent != caller.citizen_id:
        raise MandateMissing(missing={"status": "active"})
    check_may(mandate, action, service_id, now)
    return _as_principal(mandate, action, now)


def owner_of(caller: Citizen, made: tuple[Kind, str], action: Action, now: datetime) -> Citizen:
    """Return as whom a caller deals with a thing, by its kind and id: themselves, or its owner.

    What was not done under a mandate of the caller's is NotFound; what was done under one that
    lacks the right, or is over, raises MandateMissing.
    """
    kind, thing_id = made
    if thing_id.startswith(caller.citizen_id):
        return caller
    for mandate_id in storage.list_held(caller.citizen_id, thing_id[:CITIZEN_ID_LENGTH]):
        if storage.was_made_under(mandate_id, kind, thing_id):
            mandate = storage.load(mandate_id)
            if mandate:
                check_may(mandate, action, None, now)
                return _as_principal(mandate, action, now)
    raise NotFound


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


def check_may(mandate: Mandate, action: Action, service_id: str | None, now: datetime) -> None:
    """Raise MandateMissing with what the mandate's agent lacks."""
    lacking = missing(mandate.agent, action, service_id, mandate, now)
    if lacking:
        raise MandateMissing(missing=dict(lacking))


def _is_member(agent: str, member_id: str) -> bool:
    try:
        identity.find_member(agent, member_id)
    except NotFound:
        return False
    return True


def _as_principal(mandate: Mandate, action: Action, now: datetime) -> Citizen:
    standing = ByMandate(mandate, action, now)
    return Citizen(mandate.principal, mandate.principal_person, "real_name", standing=standing)
