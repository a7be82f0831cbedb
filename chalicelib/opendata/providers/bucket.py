"""The published files, under a prefix of the bucket that only the publisher writes."""

from typing import Any, Final

from chalicelib.core import aws
from chalicelib.core.errors import TryAgain
from chalicelib.core.settings import SETTINGS

PREFIX: Final = "open-data/"
# What S3 answers for what is not there, and to a conditional write of what is (RFC 9110, 13.1.2).
_GONE: Final = frozenset({"NoSuchKey", "404"})
_THERE: Final = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})


def read(name: str) -> str | None:
    """Return a file; None for none. Raises TryAgain."""
    answer = _asked("get_object", name, _GONE)
    return answer["Body"].read().decode() if answer else None


def write(name: str, text: str, media_type: str) -> None:
    """Write a file anew. Idempotent; raises TryAgain."""
    _asked("put_object", name, frozenset(), Body=text.encode(), ContentType=media_type)


def write_once(name: str, text: str, media_type: str) -> bool:
    """Write a file that is never changed; False when it is there. Raises TryAgain."""
    given = {"Body": text.encode(), "ContentType": media_type, "IfNoneMatch": "*"}
    return _asked("put_object", name, _THERE, **given) is not None


def _asked(operation: str, name: str, usual: frozenset[str], **given: Any) -> Any | None:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - cold start.

    act = getattr(aws.client("s3"), operation)
    try:
        return act(Bucket=SETTINGS.upload_bucket, Key=f"{PREFIX}{name}", **given)
    except (ClientError, BotoCoreError) as error:
        if getattr(error, "response", {}).get("Error", {}).get("Code") in usual:
            return None
        raise TryAgain(retry_after=2) from error
