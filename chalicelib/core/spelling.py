"""Bytes as text without padding (RFC 4648), each in its one spelling.

Readers of base32 and base64 commonly pass over the last bits of a text, so that what was signed
could be changed and still be taken.
"""

import base64
import binascii
from collections.abc import Callable


def base32(data: bytes) -> str:
    """Write bytes in base32 without padding."""
    return base64.b32encode(data).decode().rstrip("=")


def from_base32(text: str) -> bytes:
    """Read base32 in its one spelling; raises ValueError for any other."""
    return _canonical(text, base64.b32decode(text + "=" * (-len(text) % 8)), base32)


def base64url(data: bytes) -> str:
    """Write bytes in base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """Read base64url in its one spelling; raises ValueError for any other."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    return _canonical(text, data, base64url)


def _canonical(text: str, data: bytes, write: Callable[[bytes], str]) -> bytes:
    if write(data) != text:
        raise binascii.Error("another spelling of the same bytes")
    return data
