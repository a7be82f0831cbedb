"""How many wrong PINs are too many, and which six digits are no secret at all.

These are a blocklist (NIST SP 800-63B-4, 3.1.1.2).
"""

from typing import Final

# Wrong tries that end the day of a person, and those without a right one that lock the PIN.
WRONG_A_DAY: Final = 5
WRONG_IN_A_ROW: Final = 20
_UP: Final = "01234567890123456789"
_DOWN: Final = _UP[::-1]


def is_weak(pin: str, id_number: str = "") -> bool:
    """Tell whether a PIN is among the first that somebody would try.

    Those are one digit or three digits over and over, a run up or down, and six digits in a row of
    the owner's document, as their birthday or its end.
    """
    repeated = any(pin == pin[:length] * (6 // length) for length in (1, 2, 3))
    return repeated or pin in _UP or pin in _DOWN or pin in id_number
