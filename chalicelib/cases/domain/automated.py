"""A machine's decision: the facts that it looks at, what it says, and when it may say anything.

It says yes where every rule holds, and else refers to a person; it never says no.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

DecisionOutcome = Literal["approved", "referred"]
Verdict = Literal["agreed", "disagreed"]
# What would happen with what is not lodged yet.
CheckOutcome = Literal["approve", "refer", "correct"]
_DATE_LENGTH: Final = len("2026-12-01")


@dataclass(frozen=True, slots=True)
class RuleResult:
    """Whether a rule held."""

    rule_id: str
    passed: bool


@dataclass(frozen=True, slots=True)
class AutomatedDecision:
    """What a machine decided by which version of the rules, in which hall.

    A `sampled` one is looked at by a person as well, whose word on it is the `verdict`.
    """

    ruleset_version: str
    outcome: DecisionOutcome
    results: tuple[RuleResult, ...]
    at: datetime
    office_id: str
    sampled: bool = False
    verdict: Verdict | None = None
    reviewed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a case beside its form.

    None stands for what could not be asked: rules about it do not hold then. `born` is None also
    where no document tells it; `certificate_types` are of those that are valid, by material, and
    `lookups` are the outcomes of look-ups in registers.
    """

    agreed: bool
    at_counter: bool = False
    asks_for_person: bool = False
    born: date | None = None
    certificate_types: Mapping[str, str] | None = None
    certificates_valid: bool = True
    lookups: Mapping[str, str] | None = None
    fee_cents: int = 0
    fee_paid: bool = True
    originals_missing: int = 0


def facts_of(
    fields: Collection[str], form: Mapping[str, Any], circumstances: Circumstances, today: date
) -> dict[str, Any]:
    """Return the facts that rules ask about, as plain JSON values.

    `fields` are those of the form by which a machine may decide.
    """
    seen = {name: value for name, value in form.items() if name in fields}
    applicant: dict[str, Any] = {
        "agreed": circumstances.agreed,
        "at_counter": circumstances.at_counter,
        "asks_for_person": circumstances.asks_for_person,
    }
    if circumstances.born is not None:
        applicant["age"] = age_on(circumstances.born, today)
    facts: dict[str, Any] = {
        "form": seen,
        "days_until": {name: (day - today).days for name, day in _days(seen)},
        "applicant": applicant,
        "fee": {"cents": circumstances.fee_cents, "paid": circumstances.fee_paid},
        "originals": {"missing": circumstances.originals_missing},
    }
    if circumstances.certificate_types is not None:
        types = dict(circumstances.certificate_types)
        facts["certificates"] = {"valid": circumstances.certificates_valid, "types": types}
    if circumstances.lookups is not None:
        outcomes = dict(circumstances.lookups)
        confirmed = all(one == "confirmed" for one in outcomes.values())
        facts["lookups"] = {"confirmed": confirmed, "outcomes": outcomes}
    return facts


def age_on(born: date, today: date) -> int:
    """Return the full years of somebody's age on a day."""
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not had_birthday)


def outcome_of(results: Sequence[RuleResult]) -> DecisionOutcome:
    """Return what a machine says: yes where there are rules and every one of them held."""
    return "approved" if results and all(one.passed for one in results) else "referred"


def _days(form: Mapping[str, Any]) -> list[tuple[str, date]]:
    """Return the fields that are dates, with these."""
    found = []
    for name, value in form.items():
        if isinstance(value, str) and len(value) == _DATE_LENGTH:
            try:
                found.append((name, date.fromisoformat(value)))
            except ValueError:
                continue
    return found
