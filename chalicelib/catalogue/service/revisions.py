"""Services as they were when cases were lodged."""

from functools import lru_cache
from typing import Final

from chalicelib.catalogue import storage
from chalicelib.catalogue.domain import Service, parse_service

_KEPT: Final = 64


def service_of_revision(service: Service, revision: str | None) -> Service:
    """Return a service as it was; as it is where that is the same, or is not kept.

    One read of a key for each revision and process.
    """
    if revision in (None, service.revision):
        return service
    return _loaded(service.service_id, str(revision)) or service


@lru_cache(maxsize=_KEPT)
def _loaded(service_id: str, revision: str) -> Service | None:
    body = storage.load_revision(service_id, revision)
    return parse_service(body) if body else None
