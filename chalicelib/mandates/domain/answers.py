"""What the two sides say of a mandate, and in which states."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from chalicelib.core.errors import Forbidden, WrongStatus
from chalicelib.core.event_types import CitizenEvent, MandateEvent
from chalicelib.identity.domain import Consent
from chalicelib.mandates.domain.rights import MandateStatus

Side = Literal["principal", "agent"]
Answer = Literal["accept", "decline", "revoke", "dispute"]


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """Who may give an answer, in which states, and what it makes of the mandate.

    `event` is that of the family, `mandate_event` that of a mandate which was given.
    """

    sides: frozenset[Side]
    froms: frozenset[MandateStatus]
    to: Consent
    event: CitizenEvent
    mandate_event: MandateEvent


_PRINCIPAL: Final[frozenset[Side]] = frozenset({"principal"})
_LIVE: Final[frozenset[MandateStatus]] = frozenset({"offered", "active"})
_PAST: Final[frozenset[MandateStatus]] = frozenset({"declined", "revoked", "expired"})
_OFFERED: Final[frozenset[MandateStatus]] = frozenset({"offered"})
RULES: Final[Mapping[Answer, AnswerRule]] = {
    "accept": AnswerRule(_PRINCIPAL, _OFFERED, "accepted", "family.accepted", "mandate.accepted"),
    "decline": AnswerRule(_PRINCIPAL, _OFFERED, "declined", "family.declined", "mandate.declined"),
    "revoke": AnswerRule(
        frozenset(get_args(Side)), _LIVE, "revoked", "family.revoked", "mandate.revoked"
    ),
    "dispute": AnswerRule(
        _PRINCIPAL, _LIVE | _PAST, "frozen", "family.disputed", "mandate.disputed"
    ),
}


def check_answer(
    answer: Answer, side: Side, stored: Consent | None, status: MandateStatus
) -> Consent | None:
    """Return what an answer makes of a mandate; None where it says that already.

    Raises Forbidden or WrongStatus.
    """
    rule = RULES[answer]
    if side not in rule.sides:
        raise Forbidden
    if stored == rule.to:
        return None
    if status not in rule.froms:
        raise WrongStatus(current=status)
    return rule.to
