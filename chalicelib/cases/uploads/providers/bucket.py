"""The bytes, in one bucket: `fresh/` is written by phones, `kept/` by us alone.

A presigned URL (AWS Signature Version 4, query parameters) names one object, one type, one size and
one SHA-256, for minutes. What a phone wrote is read once and copied to where no URL can write, so
that it cannot change after it was verified.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from chalicelib.cases.uploads.domain import (
    LARGEST,
    READ_WITHIN,
    UPLOAD_WITHIN,
    Upload,
    name_of_type,
)
from chalicelib.core import aws
from chalicelib.core.errors import TryAgain
from chalicelib.core.settings import SETTINGS

_GONE: Final = frozenset({"NoSuchKey", "404"})


def presign_put(upload: Upload) -> tuple[str, Mapping[str, str]]:
    """Return where to PUT the bytes, and the headers that must go with them."""
    checksum = base64.b64encode(bytes.fromhex(upload.sha256)).decode()
    asked = {
        "Bucket": SETTINGS.upload_bucket,
        "Key": _fresh(upload),
        "ContentType": upload.content_type,
        "ContentLength": upload.size,
        "ChecksumSHA256": checksum,
    }
    url: str = aws.client("s3").generate_presigned_url(
        "put_object", Params=asked, ExpiresIn=int(UPLOAD_WITHIN.total_seconds())
    )
    return url, {"Content-Type": upload.content_type, "x-amz-checksum-sha256": checksum}


def presign_get(upload: Upload, name: str) -> str:
    """Return where the kept bytes can be read for minutes: saved as `name`, never run as a page.

    The name ends as the file's type does, whatever the phone called it.
    """
    saved_as = quote(name_of_type(name, upload.content_type), safe="")
    asked = {
        "Bucket": SETTINGS.upload_bucket,
        "Key": _kept(upload),
        "ResponseContentType": upload.content_type,
        "ResponseContentDisposition": f"attachment; filename*=UTF-8''{saved_as}",
        "ResponseCacheControl": "private, no-store",
    }
    url: str = aws.client("s3").generate_presigned_url(
        "get_object", Params=asked, ExpiresIn=int(READ_WITHIN.total_seconds())
    )
    return url


def read_fresh(upload: Upload) -> bytes | None:
    """Return what the phone wrote, a byte more than allowed at most; None when nothing is there."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - cold start.

    try:
        found = aws.client("s3").get_object(Bucket=SETTINGS.upload_bucket, Key=_fresh(upload))
        data: bytes = found["Body"].read(LARGEST + 1)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _GONE:
            return None
        raise TryAgain(retry_after=2) from error
    except BotoCoreError as error:
        raise TryAgain(retry_after=2) from error
    return data


def keep(upload: Upload, data: bytes) -> None:
    """Put verified bytes where only we write. Idempotent."""
    _asked("put_object", Key=_kept(upload), Body=data, ContentType=upload.content_type)


def copy(upload: Upload, other: Upload) -> None:
    """Put the bytes of an upload where another's are, if they came. Idempotent."""
    of = _kept if upload.verified else _fresh
    source = {"Bucket": SETTINGS.upload_bucket, "Key": of(upload)}
    if not upload.verified and read_fresh(upload) is None:
        return
    _asked("copy_object", Key=of(other), CopySource=source)


def _asked(operation: str, **asked: Any) -> None:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - cold start.

    try:
        getattr(aws.client("s3"), operation)(Bucket=SETTINGS.upload_bucket, **asked)
    except (ClientError, BotoCoreError) as error:
        raise TryAgain(retry_after=2) from error


def forget(upload: Upload) -> None:
    """Delete the bytes. Idempotent."""
    for key in (_fresh(upload), _kept(upload)):
        _asked("delete_object", Key=key)


def _fresh(upload: Upload) -> str:
    return f"fresh/{upload.owner}/{upload.upload_id}"


def _kept(upload: Upload) -> str:
    return f"kept/{upload.owner}/{upload.upload_id}"
