"""Which cases staff work on: of their halls, and of what their departments decide."""

from collections.abc import Iterable
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, CaseFile, parts
from chalicelib.cases.domain.parts import Sight
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Service
from chalicelib.core.auth import Staff
from chalicelib.core.errors import NotFound
from chalicelib.core.i18n import Lang

HANDLERS: Final = frozenset({"clerk", "supervisor", "admin"})
ABOVE: Final = frozenset({"supervisor", "admin"})


def case_of_own_hall(staff: Staff, case_id: str) -> Case:
    """Return a case that the staff may know of; raises NotFound."""
    case = storage.load(case_id)
    if case is None or not _may_know(staff, case):
        raise NotFound
    return case


def file_of_own_hall(staff: Staff, case_id: str) -> CaseFile:
    """Return all of a case that the staff may know of; raises NotFound."""
    file = storage.load_file(case_id)
    if file is None or not _may_know(staff, file.case):
        raise NotFound
    return file


def _may_know(staff: Staff, case: Case) -> bool:
    """Tell whether a case is the staff's; so is one of whose parts theirs had to decide before."""
    is_of_hall = case.office_id in staff.office_ids
    return is_visible(staff, case.service_id, case.office_id) or (
        is_of_hall and not staff.department_ids.isdisjoint(p.department_id for p in case.parts)
    )


def is_visible(staff: Staff, service_id: str, office_id: str) -> bool:
    """Tell whether a case is of the staff's halls and, for a department's, of its services."""
    if office_id not in staff.office_ids:
        return False
    service = service_of(service_id)
    deciding = {one.department_id for one in service.departments} if service else set()
    return not staff.department_ids or not deciding.isdisjoint(staff.department_ids)


def handles_whole(staff: Staff, service_id: str) -> bool:
    """Tell whether staff take a case's own steps: the hall's do, and the department that leads."""
    service = service_of(service_id)
    lead = service.department.department_id if service else None
    return not staff.department_ids or lead in staff.department_ids


def leads(staff: Staff, case: Case) -> bool:
    """Tell whether staff are of the department that alone may reject a case with parts."""
    service = service_of(case.service_id)
    return service is not None and service.lead_department_id in staff.department_ids


def sight_of(staff: Staff, case: Case) -> Sight | None:
    """Return what staff of a department see of a case with parts; None where they see all.

    Who decides no part of the service by now sees what they did when the case was lodged.
    """
    service, ids = service_of(case.service_id), staff.department_ids
    own = frozenset(one.part_id for one in case.parts if one.department_id in ids)
    if not ids:
        return None
    if service is None:
        return Sight(part_ids=own)
    if not service.parts and handles_whole(staff, case.service_id):
        return None
    sight = parts.sight_of(service, ids)
    if own <= sight.part_ids:
        return sight
    lodged_by = catalogue.service_of_revision(service, case.service_revision)
    return sight.joined(parts.sight_of(lodged_by, ids)).joined(Sight(part_ids=own))


def must_be_another(staff: Staff, case: Case) -> bool:
    """Tell whether somebody else must approve a case that these staff accepted or entered."""
    service = service_of(case.service_id)
    was_theirs = staff.staff_id in (case.accepted_by, case.entered_by)
    return was_theirs and (service is None or service.separation)


def rule_texts(service_id: str, rule_ids: Iterable[str], lang: Lang) -> str:
    """Return rules in plain words; one that has left the guide is called by its id."""
    service = service_of(service_id)
    known = (
        {one.rule_id: one.text for one in service.ruleset.rules}
        if service and service.ruleset
        else {}
    )
    said = [known[one].in_language(lang) if one in known else one for one in rule_ids]
    return {"zh-CN": "；", "en": "; "}[lang].join(said)


def service_of(service_id: str) -> Service | None:
    """Return a service, or None when it has left the guide."""
    return catalogue.current().services.get(service_id)
