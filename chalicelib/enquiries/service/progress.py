"""The progress of an enquiry by its number and code, without a log-in.

A try is claimed before the code is compared, of the number and of the caller, and given back when
it was right: however many guesses come at once, no more of them are looked at. A wrong code and an
unknown number are the same 404.
"""

from datetime import datetime
from typing import Final

from chalicelib.cases.domain import receipts
from chalicelib.core import rate_limit, secret_code
from chalicelib.core.errors import NotFound
from chalicelib.enquiries import storage
from chalicelib.enquiries.domain import EnquiryFile
from chalicelib.enquiries.service import queries

_WINDOW_SECONDS: Final = 3600
_TRIES: Final = "tries"
_TRIES_OF_NUMBER: Final = 5
_TRIES_OF_SOURCE: Final = 20


def look_up(given: str, code: str, source: str, now: datetime) -> EnquiryFile:
    """Return an enquiry with its history; raises NotFound or TooManyRequests."""
    window = rate_limit.window(now, _WINDOW_SECONDS)
    if not storage.claim(_TRIES, window, rate_limit.of_source(_TRIES_OF_SOURCE), source=source):
        raise window.exceeded(now)
    number = receipts.read_number(given)
    if number is None:
        raise NotFound
    if not storage.claim(_TRIES, window, _TRIES_OF_NUMBER, number=number):
        raise window.exceeded(now)
    if not secret_code.is_right(queries.code_of(number), code):
        raise NotFound
    storage.give_back(_TRIES, window, number=number)
    storage.give_back(_TRIES, window, source=source)
    file = storage.load_file(number)
    if file is None:
        raise NotFound
    return file
