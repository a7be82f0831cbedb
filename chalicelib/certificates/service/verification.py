"""Verifying a certificate by its code, without a log-in; guessing is slowed.

The code is all that is asked for, and nobody guesses eighty bits: the right one costs one
consistent GetItem. What is no code and what is nobody's each claim a try of their caller.
"""

from datetime import datetime
from typing import Final

from chalicelib.certificates import storage
from chalicelib.certificates.domain import Certificate
from chalicelib.certificates.service import codes
from chalicelib.core.code_tries import CodeTries
from chalicelib.core.errors import NotFound

_TRIES_OF_CALLER: Final = 20
_TRIES: Final = CodeTries("certificate code", storage.CLAIMS, _TRIES_OF_CALLER)


def verify(given: str, source: str, now: datetime) -> Certificate:
    """Return the certificate of a code; raises NotFound or TooManyRequests."""
    _TRIES.check(source, now)
    code = codes.read(given)
    certificate = storage.load(code) if code else None
    if certificate:
        return certificate
    _TRIES.claim(None, source, now)
    raise NotFound
