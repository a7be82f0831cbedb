"""Receipt numbers that a person can read out.

A number is eleven characters of Crockford's base 32 and a check character (Luhn, modulo 32): no
letter looks like a digit, each wrong character and nearly each swap of neighbours is noticed.
"""

import hashlib
from typing import Final

from chalicelib.core.text import read_code

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans("OIL", "011")
_DIGITS: Final = 11
_LENGTH: Final = _DIGITS + 1
_LONGEST: Final = 40


def number_for(seed: str) -> str:
    """Return the one plain number that a seed always gives."""
    from stdnum import luhn  # noqa: PLC0415 - cold start.

    rest = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
    digits = ""
    for _ in range(_DIGITS):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return digits + str(luhn.calc_check_digit(digits, _ALPHABET))


def read_number(given: str) -> str | None:
    """Read a number as people write it; None for what cannot be one."""
    from stdnum import luhn  # noqa: PLC0415 - cold start.

    if len(given) > _LONGEST:
        return None
    number = read_code(given).translate(_READ_AS)
    right = len(number) == _LENGTH and set(number) <= set(_ALPHABET)
    return number if right and luhn.is_valid(number, _ALPHABET) else None
