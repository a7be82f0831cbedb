"""Mandates: who may do what for whom, and who may say so."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal, get_args

from chalicelib.core.errors import Forbidden, NotFound, WrongStatus
from chalicelib.core.event_types import CitizenEvent
from chalicelib.identity.domain import Consent, Member, MemberStatus

Action = Literal["book", "lodge", "pay", "collect", "read"]
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
Side = Literal["principal", "agent"]
Answer = Literal["accept", "decline", "revoke", "dispute"]
CITIZEN_ID_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Mandate:
    """One person's word that another acts for them; that of a family is its member's.

    `agent` is the citizen who acts, the member is the principal.
    """

    agent: str
    member: Member

    @property
    def mandate_id(self) -> str:
        """Return its id, from which its owner and the member follow."""
        return self.agent + self.member.member_id


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """Who may give an answer, in which states, and what it makes of the mandate."""

    sides: frozenset[Side]
    froms: frozenset[MemberStatus]
    to: Consent
    event: CitizenEvent


_PRINCIPAL: Final[frozenset[Side]] = frozenset({"principal"})
_LIVE: Final[frozenset[MemberStatus]] = frozenset({"offered", "active"})
RULES: Final[Mapping[Answer, AnswerRule]] = {
    "accept": AnswerRule(_PRINCIPAL, frozenset({"offered"}), "accepted", "family.accepted"),
    "decline": AnswerRule(_PRINCIPAL, frozenset({"offered"}), "declined", "family.declined"),
    "revoke": AnswerRule(frozenset(get_args(Side)), _LIVE, "revoked", "family.revoked"),
    "dispute": AnswerRule(_PRINCIPAL, _LIVE | {"declined", "revoked"}, "frozen", "family.disputed"),
}


def split_id(mandate_id: str) -> tuple[str, str]:
    """Return the agent and the member whom an id names."""
    return mandate_id[:CITIZEN_ID_LENGTH], mandate_id[CITIZEN_ID_LENGTH:]


def side_of(citizen_id: str, person: str | None, mandate: Mandate) -> Side:
    """Return on which side somebody stands; raises NotFound for who stands on none."""
    if mandate.agent == citizen_id:
        return "agent"
    if person == mandate.member.person:
        return "principal"
    raise NotFound


def may(actor: str, action: Action, mandate: Mandate, now: datetime) -> bool:
    """Tell whether a citizen may do something for the principal of a mandate.

    For who has not agreed yet one may book, on one's own account alone.
    """
    status = mandate.member.status(now)
    agreed = status == "active" or (status == "offered" and action == "book")
    return agreed and actor == mandate.agent


def answered(member: Member, answer: Answer, side: Side, now: datetime, today: date) -> Member:
    """Return what an answer makes of a member; the same answer again changes nothing.

    Raises Forbidden or WrongStatus.
    """
    rule, status = RULES[answer], member.status(now)
    if side not in rule.sides:
        raise Forbidden
    if member.consent == rule.to:
        return member
    if status not in rule.froms:
        raise WrongStatus(current=status)
    return replace(member, consent=rule.to, since=today)
