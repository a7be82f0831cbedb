"""Unified social credit codes as they are typed."""

import re
from typing import Annotated, Final

from chalicelib.core.text import NotPlainError, Written, read_code

_LENGTH: Final = 18


def read_credit_code(given: str) -> str:
    """Return a code in capitals, ungrouped, by GB 32100; raises NotPlainError."""
    from stdnum.cn import uscc  # noqa: PLC0415 - cold start.

    code = read_code(given)
    if not re.fullmatch("[0-9A-Z]{18}", code) or not uscc.is_valid(code):
        raise NotPlainError("not_a_credit_code")
    return code


CreditCode = Annotated[str, Written(read_credit_code, _LENGTH, 100)]
