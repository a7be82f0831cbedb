"""Organisations: who acts for them in which role, and when nobody does."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Literal

from chalicelib.core.clock import office_time
from chalicelib.core.decisions import Versioned
from chalicelib.core.errors import Forbidden, Problem
from chalicelib.core.history import Head
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger
from chalicelib.mandates.domain.rights import ACTIONS, Action, Rights

Role = Literal["manager", "agent", "viewer"]
OrganisationState = Literal["active", "frozen"]
# What the business register says of a person and a credit code.
RegisterOutcome = Literal["confirmed", "denied", "not_found"]
MEMBER_LIMIT: Final = 100
_ROLES: Final[Mapping[Role, frozenset[Action]]] = {
    "manager": frozenset(ACTIONS),
    "agent": frozenset(ACTIONS),
    "viewer": frozenset({"read"}),
}


class NotRepresentative(Problem):
    """The business register does not know the person as the legal representative."""

    status = 403
    code = "not_representative"
    title = Text(
        "市场主体登记中您不是该单位的法定代表人",
        "The business register does not name you as the legal representative",
    )


class AlreadyMember(Problem):
    """The person acts for the organisation already."""

    status = 409
    code = "already_member"
    title = Text("该人员已是本单位成员", "This person is a member already")


class TooManyMembers(Problem):
    """An organisation has as many members as it may have."""

    status = 409
    code = "too_many_members"
    title = Text("单位成员数量已达上限", "No more members can be added")


@dataclass(frozen=True, slots=True)
class Membership:
    """That a citizen acts for an organisation in a role, until the last day if there is one."""

    member_id: str
    citizen_id: str
    person: str
    role: Role
    since: date
    until: date | None = None

    def is_over(self, now: datetime) -> bool:
        """Tell whether it ended, at midnight of Shanghai after its last day."""
        return self.until is not None and office_time(now).date() > self.until

    def manages(self, now: datetime) -> bool:
        """Tell whether the member is a manager whose time is not over."""
        return self.role == "manager" and not self.is_over(now)


@dataclass(frozen=True, slots=True)
class Organisation(Versioned):
    """A company or another body with a unified social credit code (GB 32100).

    `person` counts it in guards, `representative` is the citizen whom the register named last. A
    frozen one is acted for by nobody until the register names somebody.
    """

    organisation_id: str
    person: str
    representative: str
    state: OrganisationState = "active"
    version: int = 0
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that the history entries name."""
        return self.organisation_id


@dataclass(frozen=True, slots=True)
class Affiliation:
    """An organisation, and how a citizen belongs to it."""

    organisation: Organisation
    membership: Membership

    @property
    def agent(self) -> str:
        """Return the citizen who acts."""
        return self.membership.citizen_id

    @property
    def owner(self) -> str:
        """Return as whose all is kept."""
        return self.organisation.organisation_id

    @property
    def owner_person(self) -> str:
        """Return who counts."""
        return self.organisation.person

    @property
    def granted_by(self) -> str:
        """Return what things remember: the organisation, and who acted."""
        return self.owner + self.agent

    def rights_of(self, actor: str, now: datetime) -> Rights | None:
        """Return what the member may do while neither is over."""
        if actor != self.agent or self.membership.is_over(now):
            return None
        if self.organisation.state != "active":
            return None
        return Rights(_ROLES[self.membership.role])


def check_manager(affiliation: Affiliation, now: datetime) -> None:
    """Refuse who does not manage an active organisation; raises Forbidden or NotRepresentative."""
    if not affiliation.membership.manages(now):
        raise Forbidden
    if affiliation.organisation.state != "active":
        raise NotRepresentative


def check_removal(affiliation: Affiliation, member: Membership, now: datetime) -> None:
    """Refuse who removes another and does not manage; raises Forbidden."""
    is_self = affiliation.agent == member.citizen_id
    if not is_self and not affiliation.membership.manages(now):
        raise Forbidden


def without_managers(members: list[Membership], now: datetime) -> bool:
    """Tell whether nobody of these manages any more."""
    return not any(one.manages(now) for one in members)


def named(organisation: Organisation, representative: str) -> Organisation:
    """Return an organisation whose representative the register has named; it is active."""
    return replace(organisation, representative=representative, state="active")
