"""The counter: cases that a clerk enters for who stands there, finds, and passes to other halls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import (
    RUNNING,
    Application,
    Case,
    CaseFile,
    CaseStatus,
    Effects,
    alerts,
)
from chalicelib.cases.domain.application import Intake
from chalicelib.cases.domain.originals import Original
from chalicelib.cases.domain.receipts import read_number
from chalicelib.cases.service import changes, encryption, lodging, queries, staff_scope
from chalicelib.cases.uploads.service import scans
from chalicelib.catalogue import service as catalogue
from chalicelib.core import idempotency
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import (
    FieldError,
    Forbidden,
    InvalidRequest,
    NotFound,
    WrongStatus,
    unknown,
)
from chalicelib.core.i18n import Text
from chalicelib.core.id_documents import Document
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.identity.service import desk_accounts, person_corrections
from chalicelib.identity.service.person_corrections import Details

_FOUND: Final = 20
_SAME_HALL: Final = Text("办件已在该大厅", "The case is in this hall already")
_MOVABLE: Final = frozenset({*RUNNING, CaseStatus.CORRECTION_REQUESTED})


@dataclass(frozen=True, slots=True)
class AtCounter:
    """Who stands at the counter, and how they are reached."""

    details: Details
    phone: str | None = None


def lodge(
    staff: Staff, person: AtCounter, application: Application, attempt: Attempt, now: datetime
) -> tuple[CaseFile, bool]:
    """Enter a case for a person, who needs no account; tells whether this attempt did so before.

    Any hall takes in; where its counters do not serve the service, one that does decides. Raises
    NotFound for another's hall, Forbidden, InvalidRequest, Incomplete or IdempotencyKeyReused.
    """
    office_id = application.office_id or ""
    if office_id not in staff.office_ids:
        raise NotFound
    if not staff.roles & staff_scope.HANDLERS:
        raise Forbidden
    try:
        caller = desk_accounts.citizen_of(person.details, person.phone, staff.actor, now)
        scans.adopt(
            staff, caller.citizen_id, [one.upload_id for one in application.content.attachments]
        )
    except InvalidRequest:
        # What was entered before somebody died, or had another name, is answered all the same.
        made = lodging.made_before(attempt)
        if made:
            return made, True
        raise
    entered = replace(
        application,
        office_id=_deciding(application.service_id, office_id),
        intake=Intake(staff.staff_id, staff.actor, office_id),
    )
    return lodging.lodge(caller, entered, attempt, now)


def _deciding(service_id: str, office_id: str) -> str | None:
    """Return the hall that decides: where it is taken in, if that serves it, or the first one."""
    service = staff_scope.service_of(service_id)
    office = catalogue.current().offices.get(office_id)
    serves = service and office and office.counters.get(service.category)
    return office_id if serves else None


def find_by_receipt(staff: Staff, receipt_number: str) -> list[Case]:
    """Return the case of a receipt, of whatever hall; it holds nothing personal."""
    _check_role(staff)
    number = read_number(receipt_number)
    case = storage.load_by_number(number) if number else None
    return [case] if case else []


def find_by_person(staff: Staff, document: Document, reason: str, now: datetime) -> list[Case]:
    """Return the latest cases of a document's holder; the look is recorded.

    Raises TooManyRequests.
    """
    _check_role(staff)
    found = person_corrections.find_by_document(staff, document, reason, now)
    if found is None:
        return []
    page = queries.list_mine(found.profile.citizen_id, None, _FOUND)
    return [file.case for file in page.items]


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """Which case goes to which hall, and why."""

    case_id: str
    office_id: str
    note: str


def transfer(
    staff: Staff, request: TransferRequest, attempt: Attempt, now: datetime
) -> Applied[Case]:
    """Pass a case to the hall that is to decide it; its limits stay, its originals travel.

    Raises NotFound, Forbidden, InvalidRequest, WrongStatus or IdempotencyKeyReused.
    """

    def decide(old: Case) -> changes.Decided | None:
        _check_role(staff)
        _check_hall(old, request.office_id)
        if old.status not in _MOVABLE:
            raise WrongStatus(current=old.status)
        travelling, rest = _leaving(old.originals)
        parts = tuple(replace(part, claimed_by=None) for part in old.parts)
        moved = replace(old, office_id=request.office_id, claimed_by=None)
        new = replace(moved, originals=rest, parts=parts)
        facts = {
            "from_office": old.office_id,
            "note": encryption.seal_note(old.case_id, request.note),
        }
        effects = Effects(handed_over_from=old.office_id if travelling else None)
        event = DomainEvent("case.transferred", facts)
        return changes.decided(alerts.answered(new), now, event, effects=effects)

    return changes.apply(
        lambda: _moved_or_own(staff, request.case_id, attempt),
        decide,
        Author(staff.actor, now, attempt),
    )


@dataclass(frozen=True, slots=True)
class Handover:
    """Originals that travel between halls: the case, and which they are."""

    case: Case
    materials: tuple[str, ...]


def handovers(staff: Staff, office_id: str, position: str | None, limit: int) -> Page[Handover]:
    """Return the originals that left a hall, or are to come there, and have not been received.

    Raises NotFound for a hall where the caller does not work.
    """
    if office_id not in staff.office_ids:
        raise NotFound
    page = storage.list_handovers(office_id, position, limit)
    cases = [case for one in dict.fromkeys(page.items) if (case := storage.load(one))]
    found = [Handover(case, _on_the_way(case.originals)) for case in cases]
    return Page(tuple(one for one in found if one.materials), page.next_position)


def _moved_or_own(staff: Staff, case_id: str, attempt: Attempt) -> Case:
    """Return a case of the staff's halls, or one that this very attempt took from there."""
    case = storage.load(case_id)
    if case and idempotency.already_applied(case.ledger, attempt):
        return case
    return staff_scope.case_of_own_hall(staff, case_id)


def _check_role(staff: Staff) -> None:
    if not staff.roles & staff_scope.HANDLERS:
        raise Forbidden


def _check_hall(case: Case, office_id: str) -> None:
    service = staff_scope.service_of(case.service_id)
    office = catalogue.current().offices.get(office_id)
    if office is None or (service and not office.counters.get(service.category)):
        raise unknown("/office_id")
    if office_id == case.office_id:
        raise InvalidRequest(errors=[FieldError("/office_id", "same_office", _SAME_HALL)])


def _leaving(originals: Sequence[Original]) -> tuple[bool, tuple[Original, ...]]:
    """Return whether originals are in the hall, and all of them with those on their way."""
    here = {"arrived", "received", "checked", "mismatch"}
    rest = tuple(
        replace(one, status="on_the_way") if one.status in here else one for one in originals
    )
    return rest != tuple(originals), rest


def _on_the_way(originals: Sequence[Original]) -> tuple[str, ...]:
    return tuple(one.material_id for one in originals if one.status == "on_the_way")
