"""The catalogue of this process, asked for anew when another version was published.

What was published for later is there with the version, and takes effect at its moment in every
process that has it, whether or not the table can be reached then.
"""

import time
from typing import Final

from chalicelib.catalogue import storage
from chalicelib.catalogue.domain import parse_office, parse_service
from chalicelib.catalogue.domain.catalogue import Catalogue, Timeline
from chalicelib.catalogue.domain.sections import as_of, moments
from chalicelib.core import dependencies
from chalicelib.core.cache import Turn
from chalicelib.core.errors import TryAgain

_REFRESH_SECONDS: Final = 30


class _CatalogueCache:
    """Keeps the catalogue in memory; one thread at a time asks whether there is another version."""

    def __init__(self) -> None:
        self._catalogue: Timeline | None = None
        self._refreshed_at = 0.0
        self._turn = Turn()

    def get(self) -> Timeline:
        known = self._catalogue
        if known is None or not (self._is_fresh() or self._turn.is_taken):
            self._turn.take(self._refresh)
            known = self._catalogue
        if known is None:
            raise TryAgain(retry_after=5)
        return known

    def drop(self) -> None:
        self._catalogue = None

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._refreshed_at < _REFRESH_SECONDS

    def _refresh(self) -> None:
        if self._catalogue and self._is_fresh():
            return
        self._refreshed_at = time.monotonic()
        try:
            version = storage.current_version()
            if version and (self._catalogue is None or self._catalogue.version != version):
                self._catalogue = _load(version)
        except storage.Unreachable:
            if self._catalogue is None:
                raise


_CACHE: Final = _CatalogueCache()


def current() -> Catalogue:
    """Return the catalogue that holds now.

    A version is served for up to 30 seconds after another was published elsewhere, and while the
    table cannot be reached. Raises TryAgain where none was ever published.
    """
    return _CACHE.get().at(dependencies.clock().now())


def forget() -> None:
    """Ask for the catalogue anew at the next look: it was changed by this process."""
    _CACHE.drop()


def _load(version: str) -> Timeline:
    services, offices = storage.load(version)
    halls = {data["id"]: parse_office(data, data["hours"]) for data in offices}
    first = {data["id"]: parse_service(as_of(data, None)) for data in services}
    catalogues = [Catalogue(version, first, halls)]
    begins = moments(services)
    for number, moment in enumerate(begins, 1):
        then = {data["id"]: parse_service(as_of(data, moment)) for data in services}
        catalogues.append(Catalogue(f"{version}.{number}", then, halls))
    return Timeline(version, tuple(begins), tuple(catalogues))
