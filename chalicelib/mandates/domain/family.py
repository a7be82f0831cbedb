"""Members of a family as mandates: by a register's word, or their own."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from chalicelib.identity.domain import Member, MemberStatus, Relation
from chalicelib.mandates.domain.answers import Answer, Side, check_answer
from chalicelib.mandates.domain.rights import ACTIONS, ALL_SERVICES, Action, Rights


@dataclass(frozen=True, slots=True)
class FamilyMandate:
    """That a citizen (`agent`) acts for a member of the family, who is the principal."""

    agent: str
    member: Member

    @property
    def mandate_id(self) -> str:
        """Return its id, from which its owner and the member follow."""
        return self.agent + self.member.member_id

    @property
    def principal_person(self) -> str:
        """Return whom it is for, as a person is counted."""
        return self.member.person

    @property
    def relation(self) -> Relation | None:
        """Return what the principal is to the agent."""
        return self.member.relation

    @property
    def services(self) -> frozenset[str]:
        """Return the services that it is for: all."""
        return frozenset({ALL_SERVICES})

    @property
    def actions(self) -> tuple[Action, ...]:
        """Return what it allows once it is active: all."""
        return ACTIONS

    @property
    def since(self) -> date | None:
        """Return the day of the last change."""
        return self.member.since

    @property
    def until(self) -> date | None:
        """Return the last day, of a guardian's."""
        return None if self.member.consent == "accepted" else self.member.guarded_until

    @property
    def accepted_by(self) -> Literal["app", "counter"] | None:
        """Return where the principal accepted."""
        return "app" if self.member.consent == "accepted" else None

    def status(self, now: datetime) -> MemberStatus:
        """Return its state."""
        return self.member.status(now)

    def rights_of(self, actor: str, now: datetime) -> Rights | None:
        """Return what the agent may do.

        For who has not agreed yet one may book, on one's own account alone.
        """
        status = self.status(now)
        if actor != self.agent or status not in ("active", "offered"):
            return None
        return Rights(frozenset(ACTIONS if status == "active" else ("book",)))


def answered(member: Member, answer: Answer, side: Side, now: datetime, today: date) -> Member:
    """Return what an answer makes of a member; the same answer again changes nothing.

    Raises Forbidden or WrongStatus.
    """
    consent = check_answer(answer, side, member.consent, member.status(now))
    return replace(member, consent=consent, since=today) if consent else member
