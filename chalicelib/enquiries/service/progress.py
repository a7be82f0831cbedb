"""The progress of an enquiry by its number and code, without a log-in; guessing is slowed."""

from datetime import datetime
from typing import Final

from chalicelib.cases.domain import receipts
from chalicelib.core import secret_code
from chalicelib.core.code_tries import CodeTries
from chalicelib.core.errors import NotFound
from chalicelib.enquiries import storage
from chalicelib.enquiries.domain import EnquiryFile
from chalicelib.enquiries.service import queries

_TRIES_OF_NUMBER: Final = 5
_TRIES_OF_SOURCE: Final = 20
_TRIES: Final = CodeTries("enquiry code", storage.CLAIMS, _TRIES_OF_SOURCE, _TRIES_OF_NUMBER)


def look_up(given: str, code: str, source: str, now: datetime) -> EnquiryFile:
    """Return an enquiry with its history; raises NotFound or TooManyRequests."""
    number = receipts.read_number(given)
    with _TRIES.counted(storage.pk_of(number) if number else None, source, now):
        if number is None or not secret_code.is_right(queries.code_of(number), code):
            raise NotFound
    file = storage.load_file(number)
    if file is None:
        raise NotFound
    return file
