"""The status of a case by receipt number and code, without a log-in; guessing is slowed.

A wrong code and an unknown number are the same 404 and are counted alike, for the receipt and for
the caller. The right code costs one consistent Query: the wrong guesses lie beside the case. Once
somebody guessed wrong in this hour it claims its try as well, and gives it back: among guesses that
come at once it is one of those that are looked at, or none. Wrong guesses of a caller are counted
in the table and remembered in the process.
"""

from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, receipts
from chalicelib.cases.domain.status_lookup import (
    MISSES_OF_CALLER,
    MISSES_OF_RECEIPT,
    WINDOW_SECONDS,
)
from chalicelib.core import rate_limit, secret_code
from chalicelib.core.errors import NotFound
from chalicelib.core.history import Entry
from chalicelib.core.rate_limit import Window

_GUESSED: Final = "progress code"


def look_up(given: str, code: str, source: str, now: datetime) -> tuple[Case, tuple[Entry, ...]]:
    """Return a receipt's case with its history; raises NotFound or TooManyRequests."""
    window = rate_limit.window(now, WINDOW_SECONDS)
    rate_limit.check_source(_GUESSED, source, window, now)
    number = receipts.read_number(given)
    if number is None:
        _miss(None, source, window, now)
        raise NotFound
    # A wrong guess is counted before anything is answered, so that many at once are no more tries.
    if not secret_code.is_right(code_of(number), code):
        _miss(number, source, window, now)
        raise NotFound
    looked = storage.load_status(number)
    if looked.window == window.name and looked.misses:
        _claim(number, looked.misses, window, now)
    if looked.case is None:
        raise NotFound
    return looked.case, looked.entries


def code_of(number: str) -> str:
    """Return the six digits that open the status of a plain receipt number."""
    return secret_code.code_of("progress", number)


def _claim(number: str, misses: int, window: Window, now: datetime) -> None:
    """Claim a try among the wrong ones that were seen, and give it back."""
    if misses >= MISSES_OF_RECEIPT or storage.count_miss(number, window) > MISSES_OF_RECEIPT:
        raise window.exceeded(now)
    storage.return_miss(number, window)


def _miss(number: str | None, source: str, window: Window, now: datetime) -> None:
    too_many = number and storage.count_miss(number, window) > MISSES_OF_RECEIPT
    if storage.count_miss_of(source, window) > rate_limit.of_source(MISSES_OF_CALLER):
        raise rate_limit.shut_out(_GUESSED, source, window, now)
    if too_many:
        raise window.exceeded(now)
