"""Codes that open one thing, and are kept nowhere: a keyed hash of what they open."""

import hashlib
import hmac
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.text import read_code

_CODES: Final = 10**6
# Digits and capitals that are not taken for each other (Crockford's base 32).
LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES: Final = str.maketrans("OIL", "011")
_HASH_BYTES: Final = hashlib.sha256().digest_size


def code_of(purpose: str, subject: str, hash_bytes: int = _HASH_BYTES) -> str:
    """Return the one code of a subject; each purpose has others.

    `hash_bytes` is how much of the hash is reduced to digits: people hold codes made with it.
    """
    hashed = dependencies.vault().keyed_hash(purpose, subject).encode()
    digest = hashlib.sha256(hashed).digest()[:hash_bytes]
    return f"{int.from_bytes(digest, 'big') % _CODES:06}"


def letters_of(purpose: str, subject: str, length: int) -> str:
    """Return the one code of so many letters and digits of a subject."""
    hashed = dependencies.vault().keyed_hash(purpose, subject).encode()
    digest = hashlib.sha256(hashed).digest()
    return "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:length])


def read_letters(given: str) -> str:
    """Return such a code as it is meant: in capitals, ungrouped, without lookalikes."""
    return read_code(given).translate(_LOOKALIKES)


def is_right(code: str, given: str | None) -> bool:
    """Tell whether a code was given, in the same time for each wrong one."""
    return given is not None and hmac.compare_digest(code.encode(), given.encode())
