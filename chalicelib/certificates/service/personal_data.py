"""What certificates hold about a citizen: exported, made unreadable, and shown to auditors."""

from datetime import datetime
from typing import Final

from chalicelib.certificates import storage
from chalicelib.certificates.domain import Certificate, steps
from chalicelib.certificates.service import codes, encryption, queries
from chalicelib.core import audit, changes
from chalicelib.core.changes import Author
from chalicelib.core.person_corrections import correct_each
from chalicelib.identity.service import personal_data_requests


def history_of(certificate_id: str) -> audit.SubjectHistory | None:
    """Return a certificate's history, for auditors of its hall."""
    certificate = queries.find(certificate_id)
    if certificate is None:
        return None
    entries = tuple(storage.load_entries(codes.code_of(certificate_id)))
    office_id, citizen_id = certificate.office_id, certificate.citizen_id
    return audit.SubjectHistory(entries, certificate.head, office_id, citizen_id)


def held_about(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's certificates as plain JSON values, for their export."""
    return [_exported(one) for one in queries.all_of(citizen_id)]


def forget(citizen_id: str, now: datetime) -> None:
    """Drop what is personal of a citizen's certificates; that they were issued stays."""
    for certificate in queries.all_of(citizen_id):
        _forget(certificate, now)


def correct_person(citizen_id: str, former: str, person: str, _now: datetime) -> None:
    """Let what was issued to a number that was corrected be of the right one. Idempotent.

    What stands on it stays, until another takes its place.
    """
    correct_each(
        [one.certificate_id for one in queries.all_of(citizen_id)],
        queries.find,
        lambda one: one.person == former,
        lambda one: storage.correct_person(one, person),
    )


def _forget(certificate: Certificate, now: datetime) -> None:
    citizen_id, certificate_id = certificate.citizen_id, certificate.certificate_id
    author = Author(f"citizen:{citizen_id}", now)
    changes.apply(
        lambda: queries.mine(citizen_id, certificate_id), steps.erased, storage.store, author
    )


def _exported(certificate: Certificate) -> dict[str, object]:
    content = encryption.open_content(certificate)
    holders = content.holders if content else ()
    until = certificate.valid_until
    entries = storage.load_entries(certificate.verification_code)
    return {
        "certificate_id": certificate.certificate_id,
        "type": certificate.type_id,
        "number": certificate.number,
        "case_id": certificate.case_id,
        "office_id": certificate.office_id,
        "issued_on": certificate.issued_on.isoformat(),
        "valid_until": until.isoformat() if until else None,
        "state": certificate.state.value,
        "verification_code": certificate.verification_code,
        "holders": [{"name": one.name, "id_number": one.number} for one in holders],
        "fields": dict(content.fields) if content else None,
        "timeline": [
            {
                "at": entry.at,
                "event": entry.type,
                "reason": encryption.open_reason(certificate, entry.data.get("reason")),
            }
            for entry in entries
        ],
    }


PERSONAL_DATA: Final = personal_data_requests.Holder("certificates", held_about, forget)
