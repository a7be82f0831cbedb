"""HTTP message signatures (RFC 9421) by HMAC-SHA-256, over the digest of a body (RFC 9530)."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

_LABEL: Final = "onetrip"
_COVERED: Final = ("@method", "@target-uri", "content-digest")
_FRESH: Final = timedelta(minutes=5)
_INPUT: Final = re.compile(
    rf'{_LABEL}=(\("@method" "@target-uri" "content-digest"\)'
    r';created=([0-9]{1,12});keyid="[^"]*";alg="hmac-sha256";nonce="[^"]*")'
)


def signed_headers(  # noqa: PLR0913 - a signature covers these.
    method: str, url: str, body: bytes, key_id: str, key: bytes, nonce: str, now: datetime
) -> dict[str, str]:
    """Return the headers by which the receiver knows who sent a request, and that it is whole."""
    digest = content_digest(body)
    covered = dict(zip(_COVERED, (method, url, digest), strict=True))
    created = int(now.timestamp())
    parameters = f';created={created};keyid="{key_id}";alg="hmac-sha256";nonce="{nonce}"'
    signature = signature_of(covered, parameters, key)
    return {
        "Content-Digest": digest,
        "Signature-Input": f"{_LABEL}={_listed(covered)}{parameters}",
        "Signature": f"{_LABEL}=:{signature}:",
    }


def is_signed(  # noqa: PLR0913 - as above.
    method: str, url: str, body: bytes, headers: Mapping[str, str], key: bytes, now: datetime
) -> bool:
    """Tell whether a request is signed under a key, five minutes ago at most.

    `headers` have names in lower case.
    """
    named = _INPUT.fullmatch(headers.get("signature-input", ""))
    digest = content_digest(body)
    if not named or headers.get("content-digest") != digest:
        return False
    if abs(now.timestamp() - int(named[2])) > _FRESH.total_seconds():
        return False
    covered = dict(zip(_COVERED, (method, url, digest), strict=True))
    parameters = named[1].removeprefix(_listed(covered))
    right = f"{_LABEL}=:{signature_of(covered, parameters, key)}:"
    return hmac.compare_digest(right.encode(), headers.get("signature", "").encode())


def signature_of(covered: Mapping[str, str], parameters: str, key: bytes) -> str:
    """Return the signature of components by their names, in their order (RFC 9421, 2.5)."""
    lines = [f'"{name}": {value}' for name, value in covered.items()]
    base = "\n".join([*lines, f'"@signature-params": {_listed(covered)}{parameters}'])
    return base64.b64encode(hmac.digest(key, base.encode(), "sha256")).decode()


def content_digest(body: bytes) -> str:
    """Return the field `Content-Digest` of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def _listed(covered: Mapping[str, str]) -> str:
    names = " ".join(f'"{name}"' for name in covered)
    return f"({names})"
