"""Scans: files that staff of a hall make at the counter, of what people bring."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases.uploads import storage
from chalicelib.cases.uploads.domain import Upload
from chalicelib.cases.uploads.domain.upload import name_of_type
from chalicelib.cases.uploads.providers import bucket
from chalicelib.cases.uploads.service import Announced, announced_type, wrong_with
from chalicelib.core.auth import Staff
from chalicelib.core.errors import FieldError, IdempotencyKeyReused, InvalidRequest, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.identity import service as identity
from chalicelib.mandates.service import witnessing

_ID_LENGTH: Final = 16
_SCAN: Final = "scan"
_UNKNOWN_HALL: Final = Text("没有这个大厅", "There is no such hall of yours")


def announce(
    staff: Staff, file: Announced, office_id: str | None, attempt: Attempt, now: datetime
) -> tuple[Upload, bool]:
    """Make room for a scan of a hall, the first of the staff's own where none is named.

    Tells whether the same attempt had done so before. What a scanner calls a file is not kept.
    Raises InvalidRequest or IdempotencyKeyReused.
    """
    content_type = announced_type(file)
    upload_id = attempt.id_for("scan", _ID_LENGTH)
    upload = Upload(
        upload_id=upload_id,
        owner=_owner(upload_id),
        file_name="",
        content_type=content_type,
        size=file.size,
        sha256=file.sha256,
        created_at=now,
        fingerprint=attempt.fingerprint,
        office_id=_hall(staff, office_id),
    )
    there = storage.announce(upload)
    if there and there.fingerprint != attempt.fingerprint:
        raise IdempotencyKeyReused
    return there or upload, there is not None


def check(staff: Staff, upload_id: str) -> str:
    """Return the own hall of a scan whose bytes came as announced; raises InvalidRequest."""
    scan = storage.load(_owner(upload_id), upload_id)
    office_id = scan.office_id if scan and scan.office_id in staff.office_ids else None
    wrong = wrong_with(scan if office_id else None)
    if wrong:
        raise InvalidRequest(errors=[FieldError("/upload_id", *wrong)])
    return office_id or ""


def show(staff: Staff, upload_id: str, now: datetime) -> Upload:
    """Return a scan of the staff's halls whose bytes are kept; raises NotFound.

    Whose mandate it is will see that staff looked.
    """
    scan = storage.load(_owner(upload_id), upload_id)
    if scan is None or not scan.verified or scan.office_id not in staff.office_ids:
        raise NotFound
    witnessing.look_at_scan(staff, upload_id, now)
    return scan


def erase(upload_id: str) -> None:
    """Delete a scan's bytes. Idempotent."""
    scan = storage.load(_owner(upload_id), upload_id)
    if scan:
        bucket.forget(scan)


def adopt(staff: Staff, citizen_id: str, upload_ids: Iterable[str]) -> None:
    """Give a citizen the scans of the staff's halls that were made of their papers. Idempotent.

    What is no such scan is left for the check of what was given to find.
    """
    for upload_id in dict.fromkeys(upload_ids):
        scan = storage.load(_owner(upload_id), upload_id)
        if scan is None or scan.office_id not in staff.office_ids or wrong_with(scan):
            continue
        kept = storage.load(_owner(upload_id), upload_id) or scan
        name = name_of_type(_SCAN, kept.content_type)
        sealed = identity.key_of(citizen_id).seal(f"{upload_id}/file_name", name)
        theirs = replace(kept, owner=citizen_id, file_name=sealed)
        bucket.copy(kept, theirs)
        storage.announce(theirs)
        storage.mark_verified(theirs)


def _owner(upload_id: str) -> str:
    return f"scan:{upload_id}"


def _hall(staff: Staff, office_id: str | None) -> str:
    halls = {office_id} & staff.office_ids if office_id else staff.office_ids
    if not halls:
        raise InvalidRequest(errors=[FieldError("/office_id", "unknown_office", _UNKNOWN_HALL)])
    return min(halls)
