"""What staff do with a case: look at it whole, and take its steps."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.cases.domain import (
    AlreadyClaimed,
    Case,
    CaseFile,
    CaseStatus,
    Effects,
    FeeUnpaid,
    PartsOpen,
    StepName,
    StepRequest,
    alerts,
    parts,
)
from chalicelib.cases.domain.authority import AuthorityUnchecked
from chalicelib.cases.service import alerts as case_alerts
from chalicelib.cases.service import (
    changes,
    encryption,
    evidence,
    fees,
    lookups,
    originals,
    staff_scope,
)
from chalicelib.cases.service import parts as case_parts
from chalicelib.cases.service.applicant import applicant_of
from chalicelib.cases.service.requirements import check_given
from chalicelib.cases.uploads import service as uploads
from chalicelib.cases.uploads.domain import Upload
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import (
    Forbidden,
    NotFound,
    StaleVersion,
    WrongStatus,
)
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.id_documents import DocumentType, document_of
from chalicelib.core.idempotency import Attempt
from chalicelib.identity import service as identity
from chalicelib.mandates import service as mandates
from chalicelib.supervision.domain import Alert

_STEPS_OF_PARTS: Final = frozenset[StepName]({"approve", "reject", "issue"})


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies, for the staff who handle the case; a person's number is masked.

    An organisation has a unified social credit code, and no type of document.
    """

    name: str | None
    document_type: DocumentType | None
    id_number: str | None


def show(
    staff: Staff, case_id: str, now: datetime
) -> tuple[CaseFile, Applicant, parts.Sight | None]:
    """Return a case of the staff's halls, and how much of it they see, where that is not all.

    The citizen will see that they looked, and for which department.

    Raises NotFound.
    """
    file = staff_scope.file_of_own_hall(staff, case_id)
    case = file.case
    _record_look(staff, case, f"case:{case_id}", now)
    return file, _applicant(case), staff_scope.sight_of(staff, case)


def material(staff: Staff, case_id: str, material_id: str, page: int, now: datetime) -> Upload:
    """Return a page (from 1) of a material of a case of the staff's halls.

    The citizen will see that they looked. Raises NotFound.
    """
    file = staff_scope.file_of_own_hall(staff, case_id)
    sight = staff_scope.sight_of(staff, file.case)
    if sight and material_id not in sight.materials:
        raise NotFound
    pages = [one.upload_id for one in file.body.materials if one.material_id == material_id]
    if page > len(pages):
        raise NotFound
    upload = uploads.mine(file.case.citizen_id, pages[page - 1])
    _record_look(staff, file.case, f"case:{case_id}/materials/{material_id}", now)
    return upload


def _record_look(staff: Staff, case: Case, what: str, now: datetime) -> None:
    """Record a look, with the department and the hall for which it was."""
    service = staff_scope.service_of(case.service_id)
    deciding = [one.department_id for one in service.departments] if service else []
    department_id = next((one for one in deciding if one in staff.department_ids), None)
    identity.record_access(
        case.citizen_id,
        staff,
        "case_handling",
        what,
        now,
        department_id=department_id,
        office_id=case.office_id,
    )


def step(
    staff: Staff, case_id: str, request: StepRequest, attempt: Attempt, now: datetime
) -> Applied[Case]:
    """Take a step.

    A step by the wrong role or out of order leaves an alert. Raises NotFound, Forbidden,
    InvalidRequest, WrongStatus, StaleVersion, AlreadyClaimed, SecondPersonNeeded, FeeUnpaid,
    AuthorityUnchecked, CertificateNotValid, LookupExpired or IdempotencyKeyReused.
    """
    first: Case | None = None

    def decide(old: Case) -> changes.Decided | None:
        nonlocal first
        first = first or old
        if _was_faster(old, first, request):
            raise StaleVersion(current=old.status, version=old.version)
        _check(staff, old, request, now)
        new = _next(staff, old, request, now.replace(microsecond=0))
        if new == old:
            return None
        effects = Effects(alert=_alert(old, new, staff, now))
        event = DomainEvent(request.step.event, _facts(old, request))
        return changes.decided(new, now, event, effects=effects)

    author = Author(staff.actor, now, attempt)
    return changes.apply(lambda: staff_scope.case_of_own_hall(staff, case_id), decide, author)


def _was_faster(current: Case, first: Case, request: StepRequest) -> bool:
    """Tell whether somebody changed what this step builds on; money and parcels are not that."""
    if request.version is not None:
        return request.version != current.version
    seen = (first.status, first.claimed_by)
    return (current.status, current.claimed_by) != seen


def _check(staff: Staff, case: Case, request: StepRequest, now: datetime) -> None:
    step = request.step
    facts = {"step": request.name, "status": case.status.value, "by": staff.staff_id}
    is_theirs = staff_scope.handles_whole(staff, case.service_id)
    if not is_theirs or not staff.roles & step.roles:
        case_alerts.trace(case, "step_by_wrong_role", facts, now)
        raise Forbidden
    if request.name in _STEPS_OF_PARTS and case.parts and case.status in parts.AT_WORK:
        _check_parts(staff, case, request)
    if case.status not in step.froms:
        case_alerts.trace(case, "step_out_of_order", facts, now)
        raise WrongStatus(current=case.status)
    if request.name == "precheck" and case.prechecked_at:
        raise WrongStatus(current=case.status)
    if case.claimed_by not in (None, staff.staff_id) and not staff.roles & staff_scope.ABOVE:
        raise AlreadyClaimed(current=case.status, claimed_by=case.claimed_by)
    if request.name == "approve" and staff_scope.must_be_another(staff, case):
        raise SecondPersonNeeded(current=case.status)
    if request.name == "approve":
        evidence.check_still_valid(case, now)
    if request.name == fees.fee_step(case):
        raise FeeUnpaid(current=case.status, payment_status=case.payment_status)
    _check_authority(case, request.name, now)
    originals.check_step(case, request.name)
    check_given(case, step.needs, request.note, request.items)
    if request.name == "approve" and case.lookups:
        lookups.check_again(staff, case, now)


def _check_parts(staff: Staff, case: Case, request: StepRequest) -> None:
    """Refuse what is not the case's own to decide while its departments do.

    Raises PartsOpen, or Forbidden for who does not lead.
    """
    undecided = [one.part_id for one in case.parts if one.status not in parts.DECIDED]
    if request.name != "reject" or not parts.is_refused(case_parts.rules_of(case), case):
        raise PartsOpen(current=case.status, parts=undecided)
    if not staff_scope.leads(staff, case):
        raise Forbidden


def _check_authority(case: Case, step: StepName, now: datetime) -> None:
    """Let nothing be issued before the parent was asked for whom it was lodged unasked."""
    if step == "check-authority" and case.authority != "unchecked":
        raise WrongStatus(current=case.status)
    if step == "issue" and case.authority == "unchecked":
        member_id = case.for_member or ""
        if not mandates.has_consent(case.citizen_id, member_id, now):
            raise AuthorityUnchecked(current=case.status)


def _next(staff: Staff, old: Case, request: StepRequest, now: datetime) -> Case:
    if request.name == "claim":
        return replace(old, claimed_by=staff.staff_id)
    if request.name == "release":
        return replace(old, claimed_by=None)
    new = replace(old, status=request.step.to or old.status)
    if request.name in ("check-authority", "issue") and old.authority:
        new = replace(new, authority="checked")
    if new.status is CaseStatus.CORRECTION_REQUESTED:
        again = {alerts.ASKED_AGAIN} if old.corrections else set()
        asked = alerts.answered(replace(new, corrections=old.corrections + 1))
        return replace(asked, alerts=asked.alerts | again)
    if request.name == "accept":
        new = replace(new, accepted_by=staff.staff_id)
        new = parts.opened(case_parts.rules_of(new), new, now) if new.parts else new
    if request.name == "precheck":
        new = replace(new, prechecked_at=now)
    if not new.running and old.running:
        new = replace(new, decided_at=now, claimed_by=None)
    return alerts.answered(new)


def _alert(old: Case, new: Case, staff: Staff, now: datetime) -> Alert | None:
    if alerts.ASKED_AGAIN not in new.alerts or new.corrections == old.corrections:
        return None
    return alerts.of_corrections(new, staff.staff_id, now)


def _facts(case: Case, request: StepRequest) -> Mapping[str, str]:
    facts: dict[str, str] = {}
    case_id = case.case_id
    if request.name == "precheck":
        facts["handover"] = case.handover or "none"
    if request.note:
        facts["note"] = encryption.seal_note(case_id, request.note)
    if request.items:
        facts["items"] = encryption.seal_remarks(case_id, request.items)
    return facts


def _applicant(case: Case) -> Applicant:
    clear = applicant_of(case)
    if clear is None:
        return Applicant(None, None, None)
    if "credit_code" in clear:
        return Applicant(clear["name"], None, clear["credit_code"])
    document = document_of(clear)
    return Applicant(clear["name"], document.document_type, document.masked)
