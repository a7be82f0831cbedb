"""The status of a case by receipt number and code, without a log-in; guessing is slowed.

A wrong code claims a try before it is refused (`core.code_tries`). The right one costs one
consistent Query, which sees every try that was claimed before: where there is none in this hour it
is the first to be looked at, and claims nothing. Otherwise one must be left for it.
"""

from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, receipts
from chalicelib.cases.domain.status_lookup import TRIES_OF_CALLER, TRIES_OF_RECEIPT
from chalicelib.core import secret_code
from chalicelib.core.code_tries import CodeTries, hour_of
from chalicelib.core.errors import NotFound
from chalicelib.core.history import Entry

_TRIES: Final = CodeTries("progress code", storage.CLAIMS, TRIES_OF_CALLER, TRIES_OF_RECEIPT)


def look_up(given: str, code: str, source: str, now: datetime) -> tuple[Case, tuple[Entry, ...]]:
    """Return a receipt's case with its history; raises NotFound or TooManyRequests."""
    _TRIES.check(source, now)
    number = receipts.read_number(given)
    if number is None or not secret_code.is_right(code_of(number), code):
        _TRIES.claim(storage.receipt_pk(number) if number else None, source, now)
        raise NotFound
    looked = storage.load_status(number, hour_of(now))
    if looked.tries:
        _TRIES.check_left(storage.receipt_pk(number), source, now)
    if looked.case is None:
        raise NotFound
    return looked.case, looked.entries


def code_of(number: str) -> str:
    """Return the six digits that open the status of a plain receipt number."""
    return secret_code.code_of("progress", number)
