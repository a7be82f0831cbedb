"""The catalogue of this process, asked for anew when another version was published."""

import threading
import time
from typing import Final

from chalicelib.catalogue import storage
from chalicelib.catalogue.domain import parse_office, parse_service
from chalicelib.catalogue.domain.catalogue import Catalogue
from chalicelib.core.errors import TryAgain

_REFRESH_SECONDS: Final = 30


class _CatalogueCache:
    """Keeps the catalogue in memory; one thread at a time asks whether there is another version."""

    def __init__(self) -> None:
        self._catalogue: Catalogue | None = None
        self._refreshed_at = 0.0
        self._lock = threading.Lock()

    def get(self) -> Catalogue:
        catalogue = self._catalogue
        if catalogue and self._is_fresh():
            return catalogue
        if catalogue and not self._lock.acquire(blocking=False):
            return catalogue
        if not catalogue:
            self._lock.acquire()
        try:
            return self._refreshed()
        finally:
            self._lock.release()

    def drop(self) -> None:
        self._catalogue = None

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._refreshed_at < _REFRESH_SECONDS

    def _refreshed(self) -> Catalogue:
        if self._catalogue and self._is_fresh():
            return self._catalogue
        self._refreshed_at = time.monotonic()
        try:
            version = storage.current_version()
            if version and (self._catalogue is None or self._catalogue.version != version):
                self._catalogue = _load(version)
        except storage.Unreachable:
            if self._catalogue is None:
                raise
        if self._catalogue is None:
            raise TryAgain(retry_after=5)
        return self._catalogue


_CACHE: Final = _CatalogueCache()


def current() -> Catalogue:
    """Return the catalogue that holds now.

    A version is served for up to 30 seconds after another was published elsewhere, and while the
    table cannot be reached. Raises TryAgain where none was ever published.
    """
    return _CACHE.get()


def forget() -> None:
    """Ask for the catalogue anew at the next look: it was changed by this process."""
    _CACHE.drop()


def _load(version: str) -> Catalogue:
    services, offices = storage.load(version)
    return Catalogue(
        version,
        {data["id"]: parse_service(data) for data in services},
        {data["id"]: parse_office(data, data["hours"]) for data in offices},
    )
