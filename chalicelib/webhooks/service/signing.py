"""Standard Webhooks (v1, HMAC-SHA256): messages that go out signed, those that come in verified.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
import re
import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from chalicelib.core.freshness import is_fresh

_SECRET_BYTES: Final = 32
_SIGNATURES_READ: Final = 16
_ID: Final = re.compile(r"[!-~]{1,256}")
_STAMP: Final = re.compile(r"[0-9]{1,11}", re.ASCII)


class BadSignature(Exception):  # noqa: N818 - its name states the fact.
    """The message was not signed by one of the secrets, or not within five minutes."""


def new_secret() -> str:
    """Return a fresh secret, as `whsec_…` with 32 random bytes in base64."""
    return f"whsec_{b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


def sign(live: Sequence[str], message_id: str, stamped: datetime, body: str) -> dict[str, str]:
    """Return the three headers of a message, signed by every live secret, newest first."""
    signatures = " ".join(_signature(secret, message_id, stamped, body) for secret in live)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(stamped.timestamp())),
        "webhook-signature": signatures,
    }


def verify(
    live: Sequence[str], headers: Mapping[str, str], body: bytes, moments: Sequence[datetime]
) -> str:
    """Return the message's id; raises BadSignature.

    `headers` have names in lower case; the message must be fresh at one of the `moments`.
    """
    message_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(message_id) or not _STAMP.fullmatch(stamp):
        raise BadSignature
    try:
        stamped, text = datetime.fromtimestamp(int(stamp), UTC), body.decode()
    except (ValueError, OverflowError, OSError) as error:
        raise BadSignature from error
    if not is_fresh(stamped.timestamp(), moments):
        raise BadSignature
    signatures = headers.get("webhook-signature", "").split(" ")[:_SIGNATURES_READ]
    expected = [_signature(secret, message_id, stamped, text).encode() for secret in live]
    # All are compared, so that the time taken tells nothing.
    fitting = [
        hmac.compare_digest(e, g.encode("utf-8", "replace")) for e in expected for g in signatures
    ]
    if not any(fitting):
        raise BadSignature
    return message_id


def _signature(secret: str, message_id: str, stamped: datetime, body: str) -> str:
    from standardwebhooks import Webhook  # noqa: PLC0415 - cold start.

    # The library takes the wall clock's reading for UTC.
    return Webhook(secret).sign(message_id, stamped.astimezone(UTC), body)
