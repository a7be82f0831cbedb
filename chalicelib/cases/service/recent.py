"""Which cases may have changed lately."""

from itertools import chain, product

from chalicelib.cases import storage
from chalicelib.cases.domain import RUNNING, CaseStatus, CaseSummary, Span
from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.history import Entry
from chalicelib.core.time_window import TimeWindow


def subjects(window: TimeWindow) -> set[str]:
    """Return the ids of the cases that were decided or sent back; of all running ones when whole.

    A hall's list knows when a case stopped running, and of one that runs only what is promised.
    """

    def look(lane: tuple[str, CaseStatus]) -> list[CaseSummary]:
        office_id, status = lane
        first = None if status in RUNNING else window.since
        return storage.list_work(office_id, status, Span(first))

    statuses = [one for one in CaseStatus if window.whole or one not in RUNNING]
    lanes = list(product(filter(window.part.has, catalogue.current().offices), statuses))
    return {one.case_id for one in chain.from_iterable(parallel.map_concurrently(look, lanes))}


def entries(case_id: str) -> list[Entry]:
    """Return the history of a case."""
    return storage.load_entries(case_id)
