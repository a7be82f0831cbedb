"""Codes of six digits that open one thing, and are kept nowhere: a keyed hash of what they open."""

import hashlib
import hmac
from typing import Final

from chalicelib.core import dependencies

_CODES: Final = 10**6
_HASH_BYTES: Final = hashlib.sha256().digest_size


def code_of(purpose: str, subject: str, hash_bytes: int = _HASH_BYTES) -> str:
    """Return the one code of a subject; each purpose has others.

    `hash_bytes` is how much of the hash is reduced to digits: people hold codes made with it.
    """
    hashed = dependencies.vault().keyed_hash(purpose, subject).encode()
    digest = hashlib.sha256(hashed).digest()[:hash_bytes]
    return f"{int.from_bytes(digest, 'big') % _CODES:06}"


def is_right(code: str, given: str | None) -> bool:
    """Tell whether a code was given, in the same time for each wrong one."""
    return given is not None and hmac.compare_digest(code.encode(), given.encode())
