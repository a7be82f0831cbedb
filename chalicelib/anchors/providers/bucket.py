"""The bucket of anchors, under Object Lock in compliance mode: nobody deletes what is in it.

| key | holds |
|---|---|
| `anchors/<date>/<segment>.jsonl` | leaves, one a line, as they are hashed |
| `anchors/<date>/root.json` | the signed statement, with its public key |

Both are written once (RFC 9110, section 13.1.2), so that a run that stopped half way and one beside
it make the same tree. Where somebody writes over them all the same, the oldest version counts.
"""

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.core import aws
from chalicelib.core.errors import TryAgain
from chalicelib.core.settings import SETTINGS

PREFIX: Final = "anchors/"
_GONE: Final = frozenset({"NoSuchKey", "404"})
_LOG: Final = logging.getLogger("onetrip.anchors")
_THERE: Final = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})


def segment_name(date: str, segment: int) -> str:
    """Return the name of the leaves of one segment of a day."""
    return f"{date}/{segment:02}.jsonl"


def root_name(date: str) -> str:
    """Return the name of a day's signed statement."""
    return f"{date}/root.json"


def read(name: str) -> str | None:
    """Return a file; None for none. Raises TryAgain."""
    answer = _asked("get_object", name, _GONE)
    return answer["Body"].read().decode() if answer else None


def write_once(name: str, text: str, now: datetime) -> str:
    """Write a file that is never changed, and return what is there. Raises TryAgain."""
    given = {
        "Body": text.encode(),
        "ContentType": "application/json",
        "IfNoneMatch": "*",
        "ChecksumAlgorithm": "SHA256",
        "ObjectLockMode": "COMPLIANCE",
        "ObjectLockRetainUntilDate": now + timedelta(days=SETTINGS.anchor_retention_days),
    }
    if _asked("put_object", name, _THERE, **given) is not None:
        return text
    there = read(name)
    if there is None:
        # It was written and not seen yet.
        raise TryAgain(retry_after=2)
    return there


def _asked(operation: str, name: str, usual: frozenset[str], **given: Any) -> Any | None:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - cold start.

    act = getattr(aws.client("s3"), operation)
    try:
        return act(Bucket=SETTINGS.anchor_bucket, Key=f"{PREFIX}{name}", **given)
    except (ClientError, BotoCoreError) as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code")
        if code in usual:
            return None
        # An auditor's bucket that lets us not in never answers otherwise.
        facts = {"operation": operation, "vendor_code": code or type(error).__name__}
        _LOG.warning("anchor_bucket_refused", extra=facts)
        raise TryAgain(retry_after=2) from error
