"""Enquiries as their citizens and other rooms see them."""

from collections.abc import Iterator
from typing import Final

from chalicelib.cases.domain import receipt_of
from chalicelib.core import pagination, parallel, secret_code
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page
from chalicelib.enquiries import storage
from chalicelib.enquiries.domain import Enquiry, EnquiryFile, Words
from chalicelib.enquiries.domain.enquiry import OWNER_LENGTH
from chalicelib.enquiries.service import encryption

_PAGE: Final = 100
_FIRST: Final = ("enquiry.leave_asked", "enquiry.received")


def find(enquiry_id: str) -> EnquiryFile | None:
    """Return all of an enquiry."""
    number = enquiry_id[OWNER_LENGTH:]
    file = storage.load_file(number) if number else None
    return file if file and file.enquiry.enquiry_id == enquiry_id else None


def show(citizen_id: str, enquiry_id: str) -> EnquiryFile:
    """Return all of the citizen's own enquiry; raises NotFound."""
    file = find(enquiry_id) if enquiry_id.startswith(citizen_id) else None
    if file is None:
        raise NotFound
    return file


def list_mine(citizen_id: str, position: str | None, limit: int) -> Page[EnquiryFile]:
    """Return the citizen's enquiries, newest first: one Query for the page, and one for each."""
    page = storage.list_of(citizen_id, position, limit)
    files = parallel.map_concurrently(find, page.items)
    return Page(tuple(file for file in files if file), page.next_position)


def all_of(citizen_id: str) -> Iterator[EnquiryFile]:
    """Return all enquiries of a citizen, newest first."""
    return pagination.every(lambda position: list_mine(citizen_id, position, _PAGE))


def first_words(file: EnquiryFile) -> Words | None:
    """Return what the enquiry asks; None once the citizen was erased.

    What a citizen wrote when they let a rating be looked into stands for what they had rated with.
    """
    sealed = [
        entry.data["words"]
        for entry in file.entries
        if entry.type in _FIRST and "words" in entry.data
    ]
    return encryption.open_words(file.enquiry, sealed[-1]) if sealed else None


def number_of(enquiry: Enquiry) -> str:
    """Return the number as people write it: 7K3M-Q9XW-2TR7."""
    return receipt_of(enquiry.enquiry_id)


def code_of(number: str) -> str:
    """Return the six digits that open the progress of a plain number."""
    return secret_code.code_of("enquiry", number)
