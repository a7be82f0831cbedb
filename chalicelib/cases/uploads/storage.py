"""Uploads in the table `cases`: an upload under U#owner, by its id.

The record of what was announced is tidied up by time unless it was given for a case; giving it is
part of the case's own transaction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.transactions import TransactWrite

from chalicelib.cases.domain import Attachment, Case
from chalicelib.cases.uploads.domain import UNUSED_FOR, Upload
from chalicelib.core.attributes import (
    milliseconds,
    moment_of_milliseconds,
    optional_moment,
    seconds,
)
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Record, condition_failed

_PREFIX: Final = "U#"


class _Upload(Record):
    class Meta:
        table_name = f"{SETTINGS.table_prefix}cases"
        region = SETTINGS.region

    file_name = UnicodeAttribute()
    content_type = UnicodeAttribute()
    size = NumberAttribute()
    sha256 = UnicodeAttribute()
    created = NumberAttribute()
    fingerprint = UnicodeAttribute()
    verified = BooleanAttribute(null=True)
    material = UnicodeAttribute(null=True)
    case = UnicodeAttribute(null=True)
    given = NumberAttribute(null=True)
    page = NumberAttribute(null=True)
    of_version = NumberAttribute(null=True)
    office = UnicodeAttribute(null=True)
    tidy_at = NumberAttribute(null=True)


def announce(upload: Upload) -> Upload | None:
    """Keep an upload that is to come; returns the one that is there already under its id."""
    record = _Upload(
        f"{_PREFIX}{upload.owner}",
        upload.upload_id,
        file_name=upload.file_name,
        content_type=upload.content_type,
        size=upload.size,
        sha256=upload.sha256,
        created=milliseconds(upload.created_at),
        fingerprint=upload.fingerprint,
        office=upload.office_id,
        tidy_at=seconds(upload.created_at + UNUSED_FOR),
    )
    try:
        record.save(condition=_Upload.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)
        return load(upload.owner, upload.upload_id)
    return None


def load(citizen_id: str, upload_id: str) -> Upload | None:
    """Return a citizen's upload."""
    return next(iter(load_many(citizen_id, [upload_id])), None)


def load_many(citizen_id: str, upload_ids: Iterable[str]) -> list[Upload]:
    """Return those of a citizen's uploads that exist, in any order."""
    keys = [(f"{_PREFIX}{citizen_id}", upload_id) for upload_id in set(upload_ids) if upload_id]
    return [_upload(record) for record in _Upload.batch_get(keys, consistent_read=True)]


def list_given(citizen_id: str) -> list[Upload]:
    """Return all that a citizen gave for a case; one Query."""
    return [upload for upload in list_of(citizen_id) if upload.given_at]


def list_of(citizen_id: str) -> list[Upload]:
    """Return all that a citizen announced, lodged or not; one Query."""
    return [_upload(record) for record in _Upload.query(f"{_PREFIX}{citizen_id}")]


def mark_verified(upload: Upload) -> None:
    """Note that the bytes are kept, are what was announced, and are of the upload's type."""
    type_ = _Upload.content_type.set(upload.content_type)
    _Upload(f"{_PREFIX}{upload.owner}", upload.upload_id).update(
        [_Upload.verified.set(True), type_, _Upload.tidy_at.remove()],
        condition=_Upload.pk.exists(),
    )


def write_given(
    write: TransactWrite, case: Case, attachments: Sequence[Attachment], now: datetime
) -> None:
    """Note in a case's own transaction what was given for it.

    A file that serves for two materials is one item, which a transaction changes once.
    """
    pages, of_material = {}, Counter[str]()
    for one in attachments:
        of_material[one.material_id] += 1
        pages[one.upload_id] = (one, of_material[one.material_id])
    for one, page in pages.values():
        actions: list[Any] = [
            _Upload.material.set(one.material_id),
            _Upload.case.set(case.case_id),
            _Upload.given.set(seconds(now)),
            _Upload.page.set(page),
            _Upload.of_version.set(case.version),
        ]
        record = _Upload(f"{_PREFIX}{case.citizen_id}", one.upload_id)
        write.update(record, actions, condition=_Upload.pk.exists())


def _upload(record: _Upload) -> Upload:
    return Upload(
        upload_id=record.sk,
        owner=record.pk.removeprefix(_PREFIX),
        file_name=record.file_name,
        content_type=record.content_type,
        size=int(record.size),
        sha256=record.sha256,
        created_at=moment_of_milliseconds(record.created),
        fingerprint=record.fingerprint,
        verified=bool(record.verified),
        material_id=record.material,
        case_id=record.case,
        given_at=optional_moment(record.given),
        page=int(record.page or 1),
        case_version=int(record.of_version or 1),
        office_id=record.office,
    )
