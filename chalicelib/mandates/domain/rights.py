"""Who may do what for whom: the one rule, whatever the right comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol, get_args

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text

Action = Literal["book", "lodge", "pay", "collect", "read"]
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
# What is made by a right, and remembered of it.
Kind = Literal["appointment", "case", "delivery", "payment"]
MandateStatus = Literal["offered", "active", "declined", "revoked", "expired", "frozen"]
ALL_SERVICES: Final = "*"


class MandateMissing(Problem):
    """One may not do this for another; `missing` names what the mandate lacks."""

    status = 403
    code = "mandate_missing"
    title = Text("您没有相应的委托授权", "You have no mandate for this")


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done at a moment, and for which services; `*` is all of them."""

    actions: frozenset[Action]
    services: frozenset[str] = frozenset({ALL_SERVICES})


class Principal(Protocol):
    """Somebody for whom others act: of a family, by a mandate, or an organisation."""

    def rights_of(self, actor: str, now: datetime) -> Rights | None:
        """Return what a citizen may do for them; None where nothing, or no longer."""


def missing(
    actor: str, action: Action, service: str | None, principal: Principal, now: datetime
) -> Mapping[str, str]:
    """Return what a citizen lacks to do something for another; nothing where they may.

    Without a `service` it is of all things that are done under the right.
    """
    rights = principal.rights_of(actor, now)
    if rights is None:
        return {"status": "active"}
    lacking: dict[str, str] = {}
    if action not in rights.actions:
        lacking["action"] = action
    if service is not None and not rights.services & {service, ALL_SERVICES}:
        lacking["service_id"] = service
    return lacking


def may(
    actor: str, action: Action, service: str | None, principal: Principal, now: datetime
) -> bool:
    """Tell whether a citizen may do something for another."""
    return not missing(actor, action, service, principal, now)
