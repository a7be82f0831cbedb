"""Short ids: letters and digits only, so that they can stand in a path, a set and a QR code."""

import hashlib
import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# The ids of a citizen's things begin with the citizen's own.
CITIZEN_ID_LENGTH: Final = 8


def base62(number: int, length: int) -> str:
    """Write the lowest `length` base-62 digits of a number."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def new_id(length: int = 16) -> str:
    """Return a random id; each character carries 5.95 bits."""
    return base62(secrets.randbits(length * 6 + 8), length)


def derived_id(*parts: str, length: int = 16) -> str:
    """Return the one id that these parts always give."""
    digest = hashlib.sha256("\x00".join(parts).encode()).digest()
    return base62(int.from_bytes(digest, "big"), length)
