"""Uploading materials: announced by the citizen, verified when they are given for a case."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.cases.domain import Attachment
from chalicelib.cases.uploads import storage
from chalicelib.cases.uploads.domain import (
    LARGEST,
    UNUSED_FOR,
    TooManyFiles,
    Upload,
    contents,
    media_type,
)
from chalicelib.cases.uploads.providers import bucket, pdf
from chalicelib.core import parallel
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import (
    FieldError,
    IdempotencyKeyReused,
    InvalidRequest,
    NotFound,
    TooManyRequests,
    pointer,
)
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.identity import service as identity
from chalicelib.identity.service import personal_data_requests, rate_limits

_ID_LENGTH: Final = 16
_UNKNOWN: Final = Text("没有找到上传的文件", "There is no such upload")
_NOT_THERE: Final = Text("文件尚未上传完成", "The file has not arrived")
_NOT_THE_SAME: Final = Text(
    "文件与所声明的不一致，请重新上传", "The file is not what was announced"
)
_OTHER_TYPE: Final = Text(
    "只能上传照片（JPG、PNG、HEIC）或 PDF 文件",
    "A file can be a photo (JPG, PNG, HEIC) or a PDF",
)
_NOT_READABLE: Final = Text(
    "文件已损坏，或不是照片（JPG、PNG、HEIC）或 PDF，请重新拍照或换一个文件",
    "The file is damaged, or neither a photo (JPG, PNG, HEIC) nor a PDF: photograph it again, "
    "or choose another file",
)
_LOCKED: Final = Text(
    "PDF 文件有密码，工作人员无法打开，请去掉密码后重新上传，或拍照上传",
    "This PDF file asks for a password: save it without one, or upload photos of it",
)
_EMPTY: Final = Text("文件是空的，请重新选择", "The file is empty: choose it again")
_TOO_LARGE: Final = Text(
    "文件超过 10 MB，请压缩或重新拍照",
    "The file is larger than 10 MB: make it smaller, or photograph it again",
)


@dataclass(frozen=True, slots=True)
class Announced:
    """What a phone says of a file that it is about to send; any spelling of a type, or none."""

    file_name: str
    content_type: str | None
    size: int
    sha256: str


def announce(
    caller: Citizen, file: Announced, attempt: Attempt, now: datetime
) -> tuple[Upload, bool]:
    """Make room for a file; tells whether the same attempt had done so before.

    Raises InvalidRequest, TooManyFiles or IdempotencyKeyReused.
    """
    content_type = announced_type(file)
    upload_id = attempt.id_for("upload", _ID_LENGTH)
    sealed = identity.key_of(caller.citizen_id).seal(f"{upload_id}/file_name", file.file_name)
    upload = Upload(
        upload_id=upload_id,
        owner=caller.citizen_id,
        file_name=sealed,
        content_type=content_type,
        size=file.size,
        sha256=file.sha256,
        created_at=now,
        fingerprint=attempt.fingerprint,
    )
    there = _claimed(caller, upload, now)
    if there and there.fingerprint != attempt.fingerprint:
        raise IdempotencyKeyReused
    return there or upload, there is not None


def _claimed(caller: Citizen, upload: Upload, now: datetime) -> Upload | None:
    """Count and keep an upload; one that is there already is returned, and counts once."""
    try:
        rate_limits.claim_upload(caller.person, now)
    except TooManyRequests as refused:
        there = storage.load(upload.owner, upload.upload_id)
        if there is None:
            raise TooManyFiles(retry_after=refused.retry_after) from refused
        return there
    there = storage.announce(upload)
    if there:
        rate_limits.return_upload(caller.person, now)
    return there


def mine(citizen_id: str, upload_id: str) -> Upload:
    """Return a citizen's own upload whose bytes are kept; raises NotFound."""
    found = storage.load(citizen_id, upload_id)
    if found is None or not found.verified:
        raise NotFound
    return found


def given_before(citizen_id: str) -> list[Upload]:
    """Return what a citizen gave and may give again: all pages of the newest of each material.

    The newest material is first, its pages in their order.
    """
    found = sorted(storage.list_given(citizen_id), key=_when)
    last = {upload.material_id: upload for upload in found}
    newest = [one for one in found if _given_with(one, last[one.material_id])]
    newest.sort(key=lambda one: one.page)
    return sorted(newest, key=lambda one: _when(last[one.material_id]), reverse=True)


def given_earlier(citizen_id: str, given: Sequence[Attachment], at: datetime) -> frozenset[str]:
    """Return the materials all of whose files were given before a time, for something else.

    A file that was given for nothing is tidied up, so that older ones were: those that were made
    and given within that time are left out.
    """
    files = {u.upload_id: u for u in storage.load_many(citizen_id, [g.upload_id for g in given])}
    new = {
        one.material_id
        for one in given
        if one.upload_id not in files or files[one.upload_id].created_at > at - UNUSED_FOR
    }
    return frozenset(one.material_id for one in given) - new


def check(citizen_id: str, given: Sequence[Attachment]) -> list[FieldError]:
    """Return what is wrong with the files given, each at its material; keeps those that are right.

    What was verified once is not read again.
    """
    known = {u.upload_id: u for u in storage.load_many(citizen_id, [g.upload_id for g in given])}
    return _errors(known, given)


def file_name(upload: Upload) -> str:
    """Return the name that the citizen's phone gave the file; a scan has its id alone."""
    if upload.office_id:
        return upload.upload_id
    key = identity.key_of(upload.owner)
    return key.open(f"{upload.upload_id}/file_name", upload.file_name)


def names_of(citizen_id: str, upload_ids: Sequence[str]) -> dict[str, str]:
    """Return the names of a citizen's files by their ids."""
    found = storage.load_many(citizen_id, upload_ids)
    return {upload.upload_id: file_name(upload) for upload in found}


def put_address(upload: Upload) -> tuple[str, Mapping[str, str]]:
    """Return where to PUT the bytes, and the headers that must go with them."""
    return bucket.presign_put(upload)


def read_address(upload: Upload, name: str) -> str:
    """Return where the kept bytes can be read for minutes, to be saved under a name."""
    return bucket.presign_get(upload, name)


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
            "page": upload.page,
            "case_id": upload.case_id,
        }
        for upload in storage.list_of(citizen_id)
    ]


def erase_all(citizen_id: str, _now: datetime) -> None:
    """Delete the files of a citizen who leaves, lodged or not. Idempotent."""
    for upload in storage.list_of(citizen_id):
        bucket.forget(upload)


PERSONAL_DATA: Final = personal_data_requests.Holder("uploads", held_about, erase_all)


def announced_type(file: Announced) -> str:
    """Return the type to send a file under; raises InvalidRequest in words about files."""
    wrong = []
    content_type = media_type(file.content_type)
    if content_type is None:
        wrong.append(FieldError("/content_type", "unsupported_type", _OTHER_TYPE))
    if file.size < 1:
        wrong.append(FieldError("/size", "empty_file", _EMPTY))
    if file.size > LARGEST:
        wrong.append(FieldError("/size", "file_too_large", _TOO_LARGE))
    if wrong or content_type is None:
        raise InvalidRequest(errors=wrong)
    return content_type


def _errors(known: Mapping[str, Upload], given: Sequence[Attachment]) -> list[FieldError]:
    """Return one error a material: of several pages the first that is wrong is told by its place.

    Each file is read once, a few at a time.
    """
    of_material = Counter(one.material_id for one in given)
    ids = list(dict.fromkeys(one.upload_id for one in given))
    checked = parallel.map_concurrently(lambda upload_id: wrong_with(known.get(upload_id)), ids)
    wrongs = dict(zip(ids, checked, strict=True))
    found: dict[str, FieldError] = {}
    page = Counter[str]()
    for one in given:
        page[one.material_id] += 1
        wrong = wrongs[one.upload_id]
        if wrong and one.material_id not in found:
            code, words = wrong
            if of_material[one.material_id] > 1:
                words = _on_page(page[one.material_id], words)
            where = pointer("materials", one.material_id)
            found[one.material_id] = FieldError(where, code, words)
    return list(found.values())


def _on_page(page: int, words: Text) -> Text:
    return Text(f"第 {page} 页：{words.zh}", f"Page {page}: {words.en}")


def wrong_with(upload: Upload | None) -> tuple[str, Text] | None:
    """Return the code and the words of what is wrong with a file; keeps one that is right."""
    if upload is None:
        return "unknown_upload", _UNKNOWN
    if upload.verified:
        return None
    data = bucket.read_fresh(upload)
    if data is None:
        return "not_uploaded", _NOT_THERE
    if len(data) != upload.size or hashlib.sha256(data).hexdigest() != upload.sha256:
        return "not_as_announced", _NOT_THE_SAME
    return _wrong_content(upload, data)


def _wrong_content(upload: Upload, data: bytes) -> tuple[str, Text] | None:
    content_type = contents.type_of(data)
    if content_type is None:
        return "not_its_type", _NOT_READABLE
    if content_type == "application/pdf" and pdf.asks_for_password(data):
        return "password_protected", _LOCKED
    verified = replace(upload, content_type=content_type)
    bucket.keep(verified, data)
    storage.mark_verified(verified)
    return None


def _given_with(one: Upload, other: Upload) -> bool:
    return (one.case_id, one.case_version) == (other.case_id, other.case_version)


def _when(upload: Upload) -> tuple[datetime, int, datetime]:
    # Two given in one second stand in the order of versions, and then of announcements.
    return upload.given_at or upload.created_at, upload.case_version, upload.created_at
