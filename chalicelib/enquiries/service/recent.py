"""Which enquiries may have changed lately."""

from itertools import chain, product

from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.history import Entry
from chalicelib.core.time_window import TimeWindow
from chalicelib.enquiries import storage
from chalicelib.enquiries.domain import OPEN, EnquiryStatus, EnquirySummary
from chalicelib.enquiries.domain.enquiry import OWNER_LENGTH


def subjects(window: TimeWindow) -> set[str]:
    """Return the ids of the enquiries that were answered or ended; of all open ones when whole.

    A hall's list knows when an enquiry was answered, and of an open one only when it is due.
    """

    def look(lane: tuple[str, EnquiryStatus]) -> list[EnquirySummary]:
        office_id, status = lane
        since = None if status in OPEN else window.since
        return storage.list_work(office_id, status, None, since=since)

    statuses = [one for one in EnquiryStatus if window.whole or one not in OPEN]
    lanes = list(product(filter(window.part.has, catalogue.current().offices), statuses))
    return {one.enquiry_id for one in chain.from_iterable(parallel.map_concurrently(look, lanes))}


def entries(enquiry_id: str) -> list[Entry]:
    """Return the history of an enquiry."""
    return storage.load_entries(enquiry_id[OWNER_LENGTH:])
