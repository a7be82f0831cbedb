"""Jitter that a keyed hash draws: the same each time, and unknown without the key."""

import hashlib
import hmac
from datetime import timedelta
from typing import Final

_BITS: Final = 64
_MILLISECOND: Final = timedelta(milliseconds=1)


def jitter(key: bytes, value: str, span: timedelta) -> timedelta:
    """Return h * span to the millisecond, where 0 <= h < 1 is the HMAC (RFC 2104) of a value."""
    digest = hmac.digest(key, value.encode(), hashlib.sha256)
    drawn = int.from_bytes(digest[: _BITS // 8], "big")
    return (drawn * (span // _MILLISECOND) >> _BITS) * _MILLISECOND
