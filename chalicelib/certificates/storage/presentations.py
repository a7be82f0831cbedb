"""That a certificate was presented: for a retry, and for the office that takes it first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pynamodb.exceptions import PutError, UpdateError

from chalicelib.certificates.storage._records import PresentationRecord
from chalicelib.core.attributes import moment, seconds
from chalicelib.core.idempotency import KEPT_FOR
from chalicelib.core.tables import condition_failed

_KEPT_FOR: Final = KEPT_FOR + timedelta(hours=1)
_SK: Final = "presentation"


@dataclass(frozen=True, slots=True)
class PresentationNote:
    """One presentation of a certificate, and the attempt that made it; not what it shows."""

    presentation_id: str
    certificate_id: str
    verification_code: str
    issued_at: datetime
    fingerprint: str


def note_presentation(note: PresentationNote, valid_until: datetime) -> PresentationNote | None:
    """Note a presentation; returns what is noted under its id already, if anything is."""
    record = PresentationRecord(
        _pk(note.presentation_id),
        _SK,
        certificate=note.certificate_id,
        code=note.verification_code,
        issued=seconds(note.issued_at),
        fingerprint=note.fingerprint,
        tidy_at=seconds(valid_until + _KEPT_FOR),
    )
    try:
        record.save(condition=PresentationRecord.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)
        return load_presentation(note.presentation_id)
    return None


def load_presentation(presentation_id: str) -> PresentationNote | None:
    """Return what is noted of a presentation."""
    try:
        record = PresentationRecord.get(_pk(presentation_id), _SK, consistent_read=True)
    except PresentationRecord.DoesNotExist:
        return None
    issued_at = moment(record.issued)
    return PresentationNote(
        presentation_id, record.certificate, record.code, issued_at, record.fingerprint
    )


def claim_presentation(presentation_id: str, office_id: str) -> bool:
    """Let an office take a presentation; False when another took it before."""
    office = PresentationRecord.office
    try:
        PresentationRecord(_pk(presentation_id), _SK).update(
            [office.set(office_id)], condition=office.does_not_exist() | (office == office_id)
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def _pk(presentation_id: str) -> str:
    return f"P#{presentation_id}"
