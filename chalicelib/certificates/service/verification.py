"""Verifying a certificate by its code, without a log-in; guessing is slowed.

The right code costs one consistent GetItem. What is no code and what is nobody's are the same 404,
and each counts for its caller: in the table, and remembered in the process.
"""

from datetime import datetime
from typing import Final

from chalicelib.certificates import storage
from chalicelib.certificates.domain import Certificate
from chalicelib.certificates.service import codes
from chalicelib.core import rate_limit
from chalicelib.core.errors import NotFound

_WINDOW_SECONDS: Final = 3600
_MISSES: Final = 20
_GUESSED: Final = "certificate code"


def verify(given: str, source: str, now: datetime) -> Certificate:
    """Return the certificate of a code; raises NotFound or TooManyRequests."""
    window = rate_limit.window(now, _WINDOW_SECONDS)
    rate_limit.check_source(_GUESSED, source, window, now)
    code = codes.read(given)
    certificate = storage.load(code) if code else None
    if certificate:
        return certificate
    if storage.count_miss(source, window) > rate_limit.of_source(_MISSES):
        raise rate_limit.shut_out(_GUESSED, source, window, now)
    raise NotFound
