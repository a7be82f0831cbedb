"""The published answers: few, and remembered in the process for half a minute.

So no look reads the table.
"""

from typing import Final

from chalicelib.core.cache import TimedCache
from chalicelib.core.pagination import Page
from chalicelib.enquiries import storage
from chalicelib.enquiries.domain import PublishedAnswer, published
from chalicelib.enquiries.domain.published import LikeAnswer

_ALL: Final = "all"
_fresh: Final = TimedCache[str, list[PublishedAnswer]](30.0)


def find(
    query: str, service_id: str | None, position: str | None, limit: int
) -> Page[PublishedAnswer]:
    """Return the published answers that match, best first; without a query the newest first."""
    found = published.find(_load(), query, service_id)
    begin = int(position or 0)
    end = begin + limit
    return Page(tuple(found[begin:end]), str(end) if end < len(found) else None)


def likest(query: str) -> LikeAnswer | None:
    """Return the published answer whose question is likest to a query, if any is like it."""
    return published.likest(_load(), query)


def forget() -> None:
    """Read them anew at the next look: this process has changed them."""
    _fresh.clear()


def _load() -> list[PublishedAnswer]:
    return _fresh.load(_ALL, storage.load_published)
