"""Originals at the office: noted one by one, and waited for before a decision or the hand-over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.cases.domain import Case, Effects, OriginalsMissing, StepName, alerts
from chalicelib.cases.domain.originals import Noted, Original, in_office, noted, unchecked
from chalicelib.cases.service import changes, encryption, staff_scope
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import FieldError, Forbidden, InvalidRequest, WrongStatus
from chalicelib.core.event_types import CaseEvent
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt

_EVENTS: Final[dict[Noted, CaseEvent]] = {
    "received": "case.originals_received",
    "checked": "case.originals_checked",
    "mismatch": "case.originals_mismatch",
    "returned": "case.originals_returned",
}
_UNKNOWN: Final = Text("本办件不需要此项原件", "No original of this is asked for")
_TWICE: Final = Text("同一项原件重复填写", "This original is named twice")


@dataclass(frozen=True, slots=True)
class OriginalNote:
    """What the office notes of an original."""

    material_id: str
    status: Noted
    note: str | None = None


def note(
    staff: Staff, case_id: str, notes: Sequence[OriginalNote], attempt: Attempt, now: datetime
) -> Applied[Case]:
    """Note where originals are, or whether they agree with what was lodged.

    Raises NotFound, Forbidden, InvalidRequest, WrongStatus or IdempotencyKeyReused.
    """

    def decide(old: Case) -> changes.Decided | None:
        if (
            not staff_scope.handles_whole(staff, old.service_id)
            or not staff.roles & staff_scope.HANDLERS
        ):
            raise Forbidden
        _check(old, notes)
        new = noted(old.originals, {one.material_id: one.status for one in notes})
        if new is None or (old.ended and any(one.status != "returned" for one in notes)):
            raise WrongStatus(current=old.status)
        if new == old.originals:
            return None
        events = [
            _event(case_id, status, notes) for status in dict.fromkeys(n.status for n in notes)
        ]
        # Who brought them came after all.
        case = alerts.answered(replace(old, originals=new, visit_by=None))
        case = replace(case, alerts=case.alerts - {alerts.VISIT_MISSED})
        return changes.decided(case, now, *events, effects=Effects())

    author = Author(staff.actor, now, attempt)
    return changes.apply(lambda: staff_scope.case_of_own_hall(staff, case_id), decide, author)


def check_step(case: Case, step: StepName) -> None:
    """Refuse to decide, or to hand over, before the originals agreed; raises OriginalsMissing."""
    service = staff_scope.service_of(case.service_id)
    waits = {"before_decision": "approve", "at_handover": "complete"}
    if service and case.hands_over and step == waits[service.originals]:
        _refuse(case, unchecked(case.originals))


def check_part(case: Case, part_id: str, step: str) -> None:
    """Refuse a department's yes before the originals of its papers agreed."""
    service = staff_scope.service_of(case.service_id)
    part = service.part(part_id) if service else None
    is_asked = service and part and service.originals == "before_decision" and case.hands_over
    if part and is_asked and step == "approve":
        _refuse(case, unchecked(case.originals, part.materials))


def missing_at_handover(case: Case) -> bool:
    """Tell whether a case cannot end yet, for want of originals."""
    service = staff_scope.service_of(case.service_id)
    at_handover = service is not None and service.originals == "at_handover"
    return at_handover and case.hands_over and bool(unchecked(case.originals))


def sent_back(case: Case) -> tuple[Original, ...]:
    """Return the originals that go back by courier, as one brought them: with the result.

    What the office keeps stays there, unless the case ended without a result.
    """
    if case.handover != "courier":
        return ()
    service = staff_scope.service_of(case.service_id)
    papers = service.materials if service and not case.owes_originals else ()
    kept = {one.material_id for one in papers if one.original == "keep"}
    return tuple(one for one in case.originals if in_office([one]) and one.material_id not in kept)


def brought_back(case: Case) -> tuple[Case, list[DomainEvent]]:
    """Return a case whose originals a courier handed to its citizen, and what that is called."""
    back = {one.material_id for one in sent_back(case)}
    if not back:
        return case, []
    now_there = noted(case.originals, dict.fromkeys(back, "returned")) or case.originals
    facts = {"materials": " ".join(sorted(back))}
    event = DomainEvent(_EVENTS["returned"], facts)
    return alerts.answered(replace(case, originals=now_there)), [event]


def _refuse(case: Case, materials: list[str]) -> None:
    if materials:
        raise OriginalsMissing(current=case.status, materials=materials)


def _check(case: Case, notes: Sequence[OriginalNote]) -> None:
    known = {one.material_id for one in case.originals}
    times = Counter(one.material_id for one in notes)
    errors = []
    for place, one in enumerate(notes):
        pointer = f"/items/{place}/material_id"
        if one.material_id not in known:
            errors.append(FieldError(pointer, "unknown_material", _UNKNOWN))
        elif times[one.material_id] > 1:
            errors.append(FieldError(pointer, "given_twice", _TWICE))
    if errors:
        raise InvalidRequest(errors=errors)


def _event(case_id: str, status: Noted, notes: Sequence[OriginalNote]) -> DomainEvent:
    about = [one for one in notes if one.status == status]
    facts = {"materials": " ".join(one.material_id for one in about)}
    words = [one.note for one in about if one.note]
    if words:
        facts["note"] = encryption.seal_note(case_id, "\n".join(words))
    return DomainEvent(_EVENTS[status], facts)
