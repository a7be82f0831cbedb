"""The parts of a case, each decided by its department, and what they come to together.

A part opens once the parts that it requires are approved; what needs nothing of another never
waits. Whether a part is needed at all follows from the form, whenever that is given or corrected.
Corrections of parts are gathered and asked once: when every open part has looked, or a working day
after the first of them. The case is approved by itself when the last needed part is.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from chalicelib.cases.domain import deadlines
from chalicelib.cases.domain.case import Case, CasePart, CaseStatus, PartStatus
from chalicelib.catalogue.domain import Department, Office, Part, Service
from chalicelib.core.i18n import Text

PartStepName = Literal["claim", "release", "approve", "reject", "request-correction"]
# The states of a case in which its parts are worked on.
AT_WORK: Final = frozenset({CaseStatus.ACCEPTED, CaseStatus.UNDER_REVIEW})
DECIDED: Final = frozenset({PartStatus.APPROVED, PartStatus.REJECTED, PartStatus.NOT_NEEDED})
_MET: Final = frozenset({PartStatus.APPROVED, PartStatus.NOT_NEEDED})
_GATHERED_FOR: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PartStep:
    """What a department does with its part: its `remarks` are sealed, `by` is its staff's id."""

    part_id: str
    name: PartStepName
    by: str
    remarks: str | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What a department sees of a case: fields of the form, papers, and its own parts."""

    fields: frozenset[str] = frozenset()
    materials: frozenset[str] = frozenset()
    part_ids: frozenset[str] = frozenset()

    def joined(self, other: "Sight") -> "Sight":
        """Return what is seen by either."""
        return Sight(
            self.fields | other.fields,
            self.materials | other.materials,
            self.part_ids | other.part_ids,
        )

    def shows(self, pointer: str) -> bool:
        """Tell whether what a pointer of the one-time notice names is seen."""
        _, kind, name = f"{pointer}//".split("/")[:3]
        return name in {"form": self.fields, "materials": self.materials}.get(kind, frozenset())


def sight_of(service: Service, department_ids: Collection[str]) -> Sight:
    """Return what departments see of the cases of a service with parts."""
    own = [one for one in service.parts if one.department.department_id in department_ids]
    return Sight(
        frozenset().union(*(one.fields for one in own)),
        frozenset().union(*(one.materials for one in own)),
        frozenset(one.part_id for one in own),
    )


@dataclass(frozen=True, slots=True)
class Rules:
    """What a service says of its parts, and the hall by whose days their limits are counted."""

    parts: Mapping[str, Part]
    office: Office

    @classmethod
    def of(cls, service: Service, office: Office) -> "Rules":
        """Return the rules of a service in a hall."""
        return cls({one.part_id: one for one in service.parts}, office)

    def of_part(self, part: CasePart) -> Part:
        """Return the rule of a part; one that has left the guide since requires nothing."""
        return self.parts.get(part.part_id) or _without_rule(part)


def lodged(service: Service, form: Mapping[str, Any]) -> tuple[CasePart, ...]:
    """Return the parts of a case that is lodged."""
    return tuple(
        CasePart(
            one.part_id,
            one.department.department_id,
            PartStatus.WAITING if one.is_needed(form) else PartStatus.NOT_NEEDED,
        )
        for one in service.parts
    )


def opened(rules: Rules, case: Case, now: datetime) -> Case:
    """Open every part that waits for none; approve a case whose parts are all decided."""
    if case.status not in AT_WORK:
        return case
    met = {one.part_id for one in case.parts if one.status in _MET}

    def open_if_met(part: CasePart) -> CasePart:
        if part.status is not PartStatus.WAITING or not met.issuperset(
            rules.of_part(part).requires
        ):
            return part
        days = rules.of_part(part).promised_working_days
        promised_at = deadlines.working_days_from(days, rules.office, now)
        return replace(part, status=PartStatus.OPEN, promised_at=promised_at)

    new = _changed(case, open_if_met)
    if new.parts and all(_is_settled(rules, one) for one in new.parts):
        return replace(new, status=CaseStatus.APPROVED)
    return new


def is_refused(rules: Rules, case: Case) -> bool:
    """Tell whether a part is rejected that cannot be done without: the lead may reject the case."""
    rejected = (one for one in case.parts if one.status is PartStatus.REJECTED)
    return any(not rules.of_part(one).optional for one in rejected)


def stepped(rules: Rules, case: Case, step: PartStep, now: datetime) -> Case:
    """Take a department's step with an open part; the first one begins the review."""

    def take(part: CasePart) -> CasePart:
        if part.part_id != step.part_id:
            return part
        match step.name:
            case "claim":
                return replace(part, claimed_by=step.by)
            case "release":
                return replace(part, claimed_by=None)
            case "request-correction":
                status = PartStatus.CORRECTION_REQUESTED
                return replace(part, status=status, paused_at=now, remarks=step.remarks)
            case "approve" | "reject":
                is_approved = step.name == "approve"
                status = PartStatus.APPROVED if is_approved else PartStatus.REJECTED
                return replace(part, status=status, decided_at=now, claimed_by=None)

    under_review = replace(case, status=CaseStatus.UNDER_REVIEW)
    return gathered(opened(rules, _changed(under_review, take), now), now)


def gathered(case: Case, now: datetime) -> Case:
    """Ask for the corrections of all parts at once when no open part can add to them.

    The first one that is not asked yet begins the time after which they are asked in any case.
    """
    new = [one for one in case.parts if _is_to_be_asked(one)]
    if not new:
        return _to_gather(case, None)
    gather_at = case.gather_at or deadlines.moved(now.replace(microsecond=0), _GATHERED_FOR)
    if now < gather_at and any(one.status is PartStatus.OPEN for one in case.parts):
        return _to_gather(case, gather_at)

    def ask(part: CasePart) -> CasePart:
        return replace(part, asked=True) if _is_to_be_asked(part) else part

    asked = replace(_to_gather(case, None), corrections=case.corrections + 1)
    return _changed(asked, ask)


def corrected(
    rules: Rules, case: Case, form: Mapping[str, Any], changed: Collection[str], now: datetime
) -> Case:
    """Open again what was corrected, and what was approved of `changed` fields and papers.

    What the form no longer needs is dropped, what it needs anew begins.
    """

    def look_again(part: CasePart) -> CasePart:
        rule = rules.of_part(part)
        fresh = CasePart(part.part_id, part.department_id, PartStatus.WAITING, since=part.since)
        if not rule.is_needed(form):
            return replace(fresh, status=PartStatus.NOT_NEEDED)
        if part.asked:
            return _resumed(part, now)
        sees = not (rule.fields | rule.materials).isdisjoint(changed)
        is_approved = part.status is PartStatus.APPROVED
        return fresh if part.status is PartStatus.NOT_NEEDED or (sees and is_approved) else part

    return gathered(opened(rules, _changed(case, look_again), now), now)


def closed(case: Case) -> Case:
    """Let go of what is undecided in a case that has ended."""
    undecided = {PartStatus.WAITING, PartStatus.OPEN, PartStatus.CORRECTION_REQUESTED}

    def close(part: CasePart) -> CasePart:
        return (
            CasePart(part.part_id, part.department_id, PartStatus.NOT_NEEDED, since=part.since)
            if part.status in undecided
            else part
        )

    return _changed(replace(case, gather_at=None), close)


def _changed(case: Case, change: Callable[[CasePart], CasePart]) -> Case:
    """Return a case with its parts changed, each noting since which version it is as it is."""

    def noted(part: CasePart) -> CasePart:
        new = change(part)
        return part if new == part else replace(new, since=case.version + 1)

    return replace(case, parts=tuple(noted(part) for part in case.parts))


def _is_to_be_asked(part: CasePart) -> bool:
    return part.status is PartStatus.CORRECTION_REQUESTED and not part.asked


def _is_settled(rules: Rules, part: CasePart) -> bool:
    is_spared = part.status is PartStatus.REJECTED and rules.of_part(part).optional
    return part.status in _MET or is_spared


def _resumed(part: CasePart, now: datetime) -> CasePart:
    pause = now - (part.paused_at or now)
    promised_at = deadlines.moved(part.promised_at, pause) if part.promised_at else None
    return replace(
        part,
        status=PartStatus.OPEN,
        promised_at=promised_at,
        paused_at=None,
        remarks=None,
        asked=False,
    )


def _to_gather(case: Case, at: datetime | None) -> Case:
    if at == case.gather_at:
        return case
    new = replace(case, gather_at=at)
    return replace(new, watch_at=deadlines.next_look(new))


def _without_rule(part: CasePart) -> Part:
    department = Department(part.department_id, Text(part.department_id, part.department_id))
    name = Text(part.part_id, part.part_id)
    return Part(part.part_id, department, name, 0, frozenset(), frozenset())
