"""What departments do with their parts of a case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.cases.domain import (
    AlreadyClaimed,
    Case,
    CasePart,
    CaseStatus,
    Effects,
    PartStatus,
    PartStep,
    PartStepName,
    Remark,
    alerts,
    parts,
)
from chalicelib.cases.service import alerts as case_alerts
from chalicelib.cases.service import changes, encryption, evidence, lookups, originals, staff_scope
from chalicelib.cases.service.requirements import check_given
from chalicelib.catalogue import service as catalogue
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import Forbidden, NotFound, StaleVersion, WrongStatus
from chalicelib.core.event_types import CaseEvent
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.idempotency import Attempt
from chalicelib.supervision.domain import Alert

_EVENTS: Final[Mapping[PartStepName, CaseEvent]] = {
    "claim": "case.part_claimed",
    "release": "case.part_released",
    "approve": "case.part_approved",
    "reject": "case.part_rejected",
    "request-correction": "case.part_correction_requested",
}


@dataclass(frozen=True, slots=True)
class PartRequest:
    """A department's step, the version that was seen, the reason, and what is to be corrected."""

    part_id: str
    name: PartStepName
    version: int | None = None
    note: str | None = None
    items: tuple[Remark, ...] = ()


def step(
    staff: Staff, case_id: str, request: PartRequest, attempt: Attempt, now: datetime
) -> Applied[Case]:
    """Take a step with a department's part, whatever other departments do meanwhile.

    A step by the wrong role or out of order leaves an alert. Raises NotFound, Forbidden,
    InvalidRequest, WrongStatus, StaleVersion, AlreadyClaimed, SecondPersonNeeded or
    IdempotencyKeyReused.
    """
    first: CasePart | None = None

    def decide(old: Case) -> changes.Decided | None:
        nonlocal first
        part = _own_part(staff, old, request.part_id)
        first = first or part
        _check(staff, old, part, first, request, now)
        return _decided(staff, old, request, now.replace(microsecond=0))

    author = Author(staff.actor, now, attempt)
    return changes.apply(lambda: staff_scope.case_of_own_hall(staff, case_id), decide, author)


def rules_of(case: Case) -> parts.Rules:
    """Return what the service of a case says of its parts; one that left the guide says nothing.

    Raises NotFound.
    """
    service, office = staff_scope.service_of(case.service_id), catalogue.office(case.office_id)
    return parts.Rules.of(service, office) if service else parts.Rules({}, office)


def follow_ups(old: Case, new: Case) -> list[DomainEvent]:
    """Return what a change of parts brings with it: corrections that are asked, and approval."""
    events = []
    if new.corrections > old.corrections:
        events.append(DomainEvent("case.correction_requested", {}))
    if new.status is CaseStatus.APPROVED and old.status is not CaseStatus.APPROVED:
        events.append(DomainEvent("case.approved", {}))
    return events


def _own_part(staff: Staff, case: Case, part_id: str) -> CasePart:
    part = case.part(part_id)
    if part is None or part.department_id not in staff.department_ids:
        raise NotFound
    return part


def _check(  # noqa: PLR0913 - what was seen is checked against what is there.
    staff: Staff, case: Case, part: CasePart, first: CasePart, request: PartRequest, now: datetime
) -> None:
    facts = {
        "step": request.name,
        "status": part.status.value,
        "part": part.part_id,
        "by": staff.staff_id,
    }
    if not staff.roles & staff_scope.HANDLERS:
        case_alerts.trace(case, "step_by_wrong_role", facts, now)
        raise Forbidden
    if _was_faster(case, part, first, request.version):
        raise StaleVersion(current=part.status, version=case.version)
    if case.status not in parts.AT_WORK or part.status is not PartStatus.OPEN:
        case_alerts.trace(case, "step_out_of_order", facts, now)
        raise WrongStatus(current=part.status if case.status in parts.AT_WORK else case.status)
    if part.claimed_by not in (None, staff.staff_id) and not staff.roles & staff_scope.ABOVE:
        raise AlreadyClaimed(current=part.status, claimed_by=part.claimed_by)
    if request.name == "approve" and staff_scope.must_be_another(staff, case):
        raise SecondPersonNeeded(current=part.status)
    if request.name == "approve":
        evidence.check_still_valid(case, now)
    originals.check_part(case, part.part_id, request.name)
    needs = {"reject": "note", "request-correction": "items"}
    check_given(case, needs.get(request.name), request.note, request.items)
    if request.name == "approve" and case.lookups:
        lookups.check_again(staff, case, now)


def _was_faster(case: Case, part: CasePart, first: CasePart, version: int | None) -> bool:
    """Tell whether the part changed since it was seen; what others do with theirs is not that."""
    if version is None:
        return part != first
    return not part.since <= version <= case.version


def _decided(
    staff: Staff, old: Case, request: PartRequest, now: datetime
) -> changes.Decided | None:
    remarks = encryption.seal_remarks(old.case_id, request.items) if request.items else None
    act = PartStep(request.part_id, request.name, staff.staff_id, remarks)
    rules = rules_of(old)
    new = parts.stepped(rules, old, act, now)
    if new == old:
        return None
    facts = {"part": request.part_id}
    if request.note:
        facts["note"] = encryption.seal_note(old.case_id, request.note)
    if remarks:
        facts["items"] = remarks
    events = [DomainEvent(_EVENTS[request.name], facts), *follow_ups(old, new)]
    new, alert = alerted(old, alerts.answered(new), rules, staff.staff_id, now)
    return changes.decided(new, now, *events, effects=Effects(alert=alert))


def alerted(
    old: Case, new: Case, rules: parts.Rules, by: str, now: datetime
) -> tuple[Case, Alert | None]:
    """Return a case with the alert that a change of its parts raises, if it raises one.

    A part that is rejected and needed comes before the lead; who asks again has not told all.
    """
    if parts.is_refused(rules, new) and not parts.is_refused(rules, old):
        return alerts.with_refused_part(new, by, now)
    if new.corrections > old.corrections > 0:
        return alerts.with_corrections_again(new, by, now)
    return new, None
