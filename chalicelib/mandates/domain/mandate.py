"""A mandate that somebody gave: for which services and acts, until which day."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Literal

from chalicelib.core.clock import office_time
from chalicelib.core.decisions import Versioned
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Head
from chalicelib.core.idempotency import Ledger
from chalicelib.identity.domain import Consent
from chalicelib.mandates.domain.answers import Answer, Side, check_answer
from chalicelib.mandates.domain.rights import (
    ACTIONS,
    ALL_SERVICES,
    Action,
    MandateStatus,
    Rights,
)

# Its beginning is the principal's; a family's is shorter.
MANDATE_ID_LENGTH: Final = 20
_LONGEST_YEARS: Final = 3

MandateState = Literal["asked", "offered", "active", "declined", "revoked", "frozen"]
_CONSENTS: Final[Mapping[MandateState, Consent]] = {
    "active": "accepted",
    "declined": "declined",
    "revoked": "revoked",
    "frozen": "frozen",
}
_STATES: Final[Mapping[Consent, MandateState]] = {
    consent: state for state, consent in _CONSENTS.items()
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a mandate allows: `services` are ids, or `*`; `until` is the last day in Shanghai."""

    services: frozenset[str]
    actions: frozenset[Action]
    until: date

    @property
    def is_signed(self) -> bool:
        """Tell whether it is given by a signature: for everything, or to fetch what is issued."""
        return ALL_SERVICES in self.services or "collect" in self.actions


@dataclass(frozen=True, slots=True)
class Witness:
    """Where a mandate was given before a clerk: the hall, the scan, and who said so.

    `asked` is the first person's word where two must agree. A minor's is their guardian's, until
    `minor_until` as the guardian, and from the next day on by the principal's own word alone.
    """

    office_id: str
    upload_id: str
    asked: Word | None = None
    agreed: Word | None = None
    minor_until: date | None = None


@dataclass(frozen=True, slots=True)
class Mandate(Versioned):
    """That one citizen (`agent`) acts for another (`principal`), who said so.

    The persons are those of the two; `state` is what was said last, `since` the first day. While it
    is `asked`, a second person must agree to it, and it is nobody's yet. One of an organisation
    allows nothing while that is frozen (`principal_frozen`).
    """

    mandate_id: str
    principal: str
    principal_person: str
    agent: str
    agent_person: str
    terms: Terms
    since: date
    state: MandateState = "active"
    accepted_by: Literal["app", "counter"] = "app"
    version: int = 0
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()
    witness: Witness | None = None
    of_organisation: bool = False
    principal_frozen: bool = False

    @property
    def owner(self) -> str:
        """Return as whose all is kept."""
        return self.principal

    @property
    def owner_person(self) -> str:
        """Return who counts."""
        return self.principal_person

    @property
    def granted_by(self) -> str:
        """Return what things remember."""
        return self.mandate_id

    @property
    def subject_id(self) -> str:
        """Return the id that the history entries name."""
        return self.mandate_id

    @property
    def relation(self) -> None:
        """Return nothing: it is of no family."""
        return

    @property
    def services(self) -> frozenset[str]:
        """Return the services that it is for."""
        return self.terms.services

    @property
    def actions(self) -> tuple[Action, ...]:
        """Return what it allows, in the order of the contract."""
        return tuple(one for one in ACTIONS if one in self.terms.actions)

    @property
    def until(self) -> date:
        """Return the last day."""
        return self.terms.until

    def status(self, now: datetime) -> MandateStatus:
        """Return its state; it ends at midnight of Shanghai after its last day.

        A guardian's turns offered as the day begins on which the principal is of age.
        """
        if self.state == "asked":
            return "offered"
        live, today = self.state in ("offered", "active"), office_time(now).date()
        if live and today > self.terms.until:
            return "expired"
        minor_until = self.witness.minor_until if self.witness else None
        if self.state == "active" and minor_until and today > minor_until:
            return "offered"
        return self.state

    def rights_of(self, actor: str, now: datetime) -> Rights | None:
        """Return what the agent may do while it is active."""
        if actor != self.agent or self.principal_frozen or self.status(now) != "active":
            return None
        return Rights(self.terms.actions, self.terms.services)

    def answered(self, answer: Answer, side: Side, now: datetime) -> "Mandate":
        """Return what an answer makes of it; the same answer again changes nothing.

        Raises Forbidden or WrongStatus.
        """
        status = self.status(now)
        stored = None if status == "offered" else _CONSENTS.get(self.state)
        consent = check_answer(answer, side, stored, status)
        if consent is None:
            return self
        if answer != "accept":
            return replace(self, state=_STATES[consent])
        witness = replace(self.witness, minor_until=None) if self.witness else None
        return replace(self, state="active", accepted_by="app", witness=witness)


def latest_end(today: date) -> date:
    """Return the last day that a mandate of today can have: three years on, to the day."""
    return years_after(today, _LONGEST_YEARS)


def years_after(day: date, years: int) -> date:
    """Return the same day some years later; where there is no 29 February, the day before."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)
