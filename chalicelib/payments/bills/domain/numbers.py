"""Numbers of bills: 20 digits, the last a check digit (Luhn, ISO/IEC 7812-1, annex B)."""

import re
from typing import Final

NUMBER_LENGTH: Final = 20
BILL_ID_LENGTH: Final = 20
# No division code begins so (GB/T 2260): a number that we gave to a difference.
_OURS: Final = "99"
_NUMBER: Final = re.compile(f"[0-9]{{{NUMBER_LENGTH}}}")


def check_digit(digits: str) -> str:
    """Return the digit that follows these."""
    doubled = (2 * int(digit) for digit in reversed(digits[::-1][::2]))
    others = (int(digit) for digit in digits[::-1][1::2])
    total = sum(number // 10 + number % 10 for number in doubled) + sum(others)
    return str(-total % 10)


def is_bill_number(number: str) -> bool:
    """Tell whether a number has the form and its check digit."""
    return _NUMBER.fullmatch(number) is not None and check_digit(number[:-1]) == number[-1]


def difference_number(digits: int) -> str:
    """Return the number of a bill that we make for a difference, from a large number."""
    body = f"{_OURS}{digits % 10 ** (NUMBER_LENGTH - 3):0{NUMBER_LENGTH - 3}}"
    return body + check_digit(body)
