"""Machines' decisions as they are listed for those who look at them."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.cases.domain.automated import DecisionOutcome, Verdict


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Which decisions are listed; None for all."""

    service_id: str | None = None
    outcome: DecisionOutcome | None = None
    verdict: Verdict | None = None
    sampled: bool | None = None


@dataclass(frozen=True, slots=True)
class ListedDecision:
    """A decision in a list; nothing personal. `position` is its place there."""

    case_id: str
    service_id: str
    office_id: str
    ruleset_version: str
    outcome: DecisionOutcome
    at: datetime
    sampled: bool
    verdict: Verdict | None
    position: str
