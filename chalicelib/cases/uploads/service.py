"""Uploading materials: announced by the citizen, verified when they are given for a case."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.cases.domain import Given
from chalicelib.cases.uploads import files, storage
from chalicelib.cases.uploads.domain import ContentType, Upload, looks_like
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import FieldError, IdempotencyKeyReused, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.identity import service as identity

_ID_LENGTH: Final = 16
_UNKNOWN: Final = Text("没有找到上传的文件", "There is no such upload")
_NOT_THERE: Final = Text("文件尚未上传完成", "The file has not arrived")
_NOT_THE_SAME: Final = Text(
    "文件与所声明的不一致，请重新上传", "The file is not what was announced"
)
_NOT_ITS_TYPE: Final = Text("文件内容与类型不符", "The file is not of the type that it says")


@dataclass(frozen=True, slots=True)
class Announced:
    """What a phone says of a file that it is about to send."""

    file_name: str
    content_type: ContentType
    size: int
    sha256: str


def announce(
    caller: Citizen, file: Announced, attempt: Attempt, now: datetime
) -> tuple[Upload, bool]:
    """Make room for a file; tells whether the same attempt had done so before.

    Raises IdempotencyKeyReused.
    """
    upload_id = attempt.id_for("upload", _ID_LENGTH)
    sealed = identity.key_of(caller.citizen_id).seal(f"{upload_id}/file_name", file.file_name)
    upload = Upload(
        upload_id=upload_id,
        citizen_id=caller.citizen_id,
        file_name=sealed,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        created_at=now,
        fingerprint=attempt.fingerprint,
    )
    there = storage.announce(upload)
    if there and there.fingerprint != attempt.fingerprint:
        raise IdempotencyKeyReused
    return there or upload, there is not None


def mine(citizen_id: str, upload_id: str) -> Upload:
    """Return a citizen's own upload whose bytes are kept; raises NotFound."""
    found = storage.load(citizen_id, upload_id)
    if found is None or not found.verified:
        raise NotFound
    return found


def given_before(citizen_id: str) -> list[Upload]:
    """Return what a citizen gave and may give again: the newest of each material first."""
    found = sorted(storage.list_given(citizen_id), key=_when, reverse=True)
    newest = {upload.material_id: upload for upload in reversed(found)}
    return sorted(newest.values(), key=_when, reverse=True)


def check(citizen_id: str, given: Sequence[Given]) -> list[FieldError]:
    """Return what is wrong with the files given, each at its material; keeps those that are right.

    What was verified once is not read again.
    """
    known = {u.upload_id: u for u in storage.load_many(citizen_id, [g.upload_id for g in given])}
    return list(_errors(known, given))


def file_name(upload: Upload) -> str:
    """Return the name that the citizen's phone gave the file."""
    key = identity.key_of(upload.citizen_id)
    return key.open(f"{upload.upload_id}/file_name", upload.file_name)


def held_about(citizen_id: str) -> list[dict[str, object]]:
    """Return what is known of a citizen's files, for their export."""
    return [
        {
            "upload_id": upload.upload_id,
            "file_name": file_name(upload),
            "content_type": upload.content_type,
            "size": upload.size,
            "sha256": upload.sha256,
            "material_id": upload.material_id,
            "case_id": upload.case_id,
        }
        for upload in storage.list_of(citizen_id)
    ]


def nothing_open(_citizen_id: str) -> list[str]:
    """Tell that no file stands in the way of an erasure: cases do."""
    return []


def erase_all(citizen_id: str, _now: datetime) -> None:
    """Delete the files of a citizen who leaves, lodged or not; again is the same."""
    for upload in storage.list_of(citizen_id):
        files.forget(upload)


def _errors(known: Mapping[str, Upload], given: Sequence[Given]) -> Iterator[FieldError]:
    for one in given:
        upload = known.get(one.upload_id)
        wrong = _wrong(upload) if upload else ("unknown_upload", _UNKNOWN)
        if wrong:
            material = one.material_id.replace("~", "~0").replace("/", "~1")
            yield FieldError(f"/materials/{material}", *wrong)


def _wrong(upload: Upload) -> tuple[str, Text] | None:
    if upload.verified:
        return None
    data = files.read_fresh(upload)
    if data is None:
        return "not_uploaded", _NOT_THERE
    if len(data) != upload.size or hashlib.sha256(data).hexdigest() != upload.sha256:
        return "not_as_announced", _NOT_THE_SAME
    if not looks_like(upload.content_type, data):
        return "not_its_type", _NOT_ITS_TYPE
    files.keep(upload, data)
    storage.mark_verified(upload)
    return None


def _when(upload: Upload) -> tuple[datetime, datetime]:
    # Two given in one second stand in the order in which they were announced.
    return upload.given_at or upload.created_at, upload.created_at
