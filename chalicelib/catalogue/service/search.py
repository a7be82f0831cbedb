"""Search for a service, and for what is likest to what somebody said."""

from typing import Final

from chalicelib.catalogue.domain.catalogue import Catalogue
from chalicelib.catalogue.domain.search import Hit, Likeness, SearchIndex
from chalicelib.catalogue.service.cache import current
from chalicelib.catalogue.service.guide import page_of
from chalicelib.core.pagination import Page


class _IndexCache:
    """Keeps the index of the catalogue that holds."""

    def __init__(self) -> None:
        self._known: tuple[Catalogue, SearchIndex] | None = None

    def get(self) -> SearchIndex:
        catalogue, known = current(), self._known
        if known is None or known[0] is not catalogue:
            known = self._known = catalogue, SearchIndex(catalogue.services.values())
        return known[1]


_INDEX: Final = _IndexCache()


def find_services(query: str, category: str | None, position: str | None, limit: int) -> Page[Hit]:
    """Return the services that match, best first."""
    return page_of(_INDEX.get().find(query, category), position, limit)


def likest(said: str, limit: int) -> list[Likeness]:
    """Return the services that are likest to what was said, the likest first."""
    return _INDEX.get().likest(said, limit)


def suggestions(query: str) -> list[str]:
    """Return what to search for instead of a query that finds nothing."""
    return _INDEX.get().suggestions(query)
