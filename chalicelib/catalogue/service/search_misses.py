"""Counting the searches that find nothing: what a catalogue lacks, or calls by another name.

A count that could not be written is lost, and the search is answered all the same. A process counts
at most 120 a minute, so that a flood of nonsense does not fill the table.
"""

import logging
import threading
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from chalicelib.catalogue.domain.search_misses import KEPT_FOR, counted_form
from chalicelib.catalogue.storage import search_misses
from chalicelib.core import dependencies, rate_limit
from chalicelib.core.clock import office_time
from chalicelib.core.statistics import Row, Statistic
from chalicelib.core.tables import problem_of

_LOG: Final = logging.getLogger("onetrip.catalogue")
_A_MINUTE: Final = 60
_MOST: Final = 120


class _Quota:
    """How many more may be counted in this minute, by this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute, self._counted = "", 0

    def take(self, now: datetime) -> bool:
        minute = rate_limit.window(now, _A_MINUTE).name
        with self._lock:
            if minute != self._minute:
                self._minute, self._counted = minute, 0
            self._counted += 1
            return self._counted <= _MOST


_quota: Final = _Quota()


def count(query: str, now: datetime) -> None:
    """Count a search that found nothing."""
    words = counted_form(query)
    if words is None or not _quota.take(now):
        return
    try:
        search_misses.count_miss(office_time(now).date(), words, now + KEPT_FOR)
    except Exception as error:
        if problem_of(error) is None:
            raise
        _LOG.warning("search_miss_uncounted")


def rows(_offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell by day which searches of the whole city found nothing, the most searched first."""
    first = max(first, (office_time(dependencies.clock().now()) - KEPT_FOR).date())
    found = search_misses.load_misses(first, last) if first <= last else ()
    for one in sorted(found, key=lambda miss: (miss.day, -miss.searched, miss.query)):
        yield {"date": str(one.day), "query": one.query, "searched": one.searched}


SEARCH_MISSES: Final = Statistic(("date", "query", "searched"), rows)
