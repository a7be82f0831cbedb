"""What cases hold about a citizen: exported, erased, and shown to auditors."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import CaseFile
from chalicelib.cases.domain.automated import AutomatedDecision
from chalicelib.cases.domain.receipts import read_number
from chalicelib.cases.service import encryption
from chalicelib.cases.service.queries import all_of
from chalicelib.core import audit
from chalicelib.core.clock import rfc3339
from chalicelib.core.person_corrections import correct_each
from chalicelib.identity.domain import Member, MemberInUse
from chalicelib.identity.service import personal_data_requests


def history_of(case_id: str) -> audit.SubjectHistory | None:
    """Return a case's history, for auditors of its hall."""
    file = storage.load_file(case_id)
    if file is None:
        return None
    case = file.case
    return audit.SubjectHistory(file.entries, case.head, case.office_id, case.citizen_id)


def subject_of_receipt(given: str) -> str | None:
    """Return the id of the case that a receipt's number, as people write it, is of."""
    number = read_number(given)
    case = storage.load_by_number(number) if number else None
    return case.case_id if case else None


def held_about(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's cases as plain JSON values, for their export."""
    return [_exported(file) for file in all_of(citizen_id)]


def open_things(citizen_id: str) -> list[str]:
    """Return the ids of the citizen's cases that have not ended."""
    return [file.case.case_id for file in all_of(citizen_id) if not file.case.ended]


def forget(citizen_id: str, _now: datetime) -> None:
    """Drop what is sealed of a citizen's cases; states and times stay."""
    for file in all_of(citizen_id):
        storage.forget_body(file.case.case_id)


def correct_person(citizen_id: str, former: str, person: str, _now: datetime) -> None:
    """Let one's own cases be of the right number, which was corrected. Idempotent.

    What was lodged for others of the family stays theirs.
    """
    correct_each(
        ids_of(citizen_id),
        storage.load,
        lambda case: case.for_member is None and case.person == former,
        lambda case: storage.correct_person(case, person),
    )


def member_leaves(citizen_id: str, member: Member, _now: datetime) -> None:
    """Refuse to let a member of the family go whose case has not ended; raises MemberInUse."""
    cases = (file.case for file in all_of(citizen_id))
    if any(case.for_member == member.member_id and not case.ended for case in cases):
        raise MemberInUse


def ids_of(citizen_id: str) -> Iterator[str]:
    """Return the ids of a citizen's cases."""
    return (file.case.case_id for file in all_of(citizen_id))


def office_ids_of(citizen_id: str) -> Iterator[str]:
    """Return the ids of the halls where a citizen lodged cases."""
    return (file.case.office_id for file in all_of(citizen_id))


def _exported(file: CaseFile) -> dict[str, object]:
    case, body = file.case, file.body
    address = encryption.open_address(case.case_id, body.delivery)
    pickup = encryption.open_pickup(case.case_id, body.pickup)
    return {
        "case_id": case.case_id,
        "receipt_number": case.receipt_number,
        "service_id": case.service_id,
        "office_id": case.office_id,
        "status": case.status.value,
        "for_member": case.for_member,
        "authority": case.authority,
        "lodged_at": rfc3339(case.lodged_at),
        "form": encryption.open_form(case.case_id, body.form),
        "materials": [
            {"material_id": given.material_id, "upload_id": given.upload_id}
            for given in body.materials
        ],
        "certificates": [asdict(given) for given in body.certificates],
        "lookups": [asdict(given) for given in body.lookups],
        "delivery": asdict(address) if address else None,
        "pickup_address": asdict(pickup) if pickup else None,
        "originals": [asdict(one) for one in case.originals],
        "decision": _decision(case.decision) if case.decision else None,
        "timeline": [
            {
                "at": entry.at,
                "event": entry.type,
                "note": encryption.open_note(case.case_id, entry.data.get("note")),
            }
            for entry in file.entries
        ],
    }


def _decision(decision: AutomatedDecision) -> dict[str, object]:
    results = {one.rule_id: one.passed for one in decision.results}
    return {"outcome": decision.outcome, "results": results, "at": rfc3339(decision.at)}


PERSONAL_DATA: Final = personal_data_requests.Holder(
    "cases", held_about, forget, open_things, storage.bar, "case"
)
