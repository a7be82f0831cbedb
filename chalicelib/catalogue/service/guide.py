"""Find a service, find a hall."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TypeVar

from chalicelib.catalogue.domain import Group, Office, RatingSummary, Service, group_of
from chalicelib.catalogue.service.cache import current
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page

K = TypeVar("K")
T = TypeVar("T")
LoadOf = Callable[[str, str | None, datetime], float | None]
_load_sources: Final[list[LoadOf]] = []


def tell_load(source: LoadOf) -> None:
    """Let the room that knows tell how busy a hall (and category) is today, from 0 to 1."""
    _load_sources[:] = [source]


def load_today(office_id: str, category: str | None, now: datetime) -> float | None:
    """Return the share of today's seats that are taken; None where there are none."""
    return _load_sources[0](office_id, category, now) if _load_sources else None


RatedBy = Callable[[str | None, str | None], RatingSummary]
_rating_sources: Final[list[RatedBy]] = []


def tell_ratings(source: RatedBy) -> None:
    """Let the room that knows tell how a service and a hall are rated."""
    _rating_sources[:] = [source]


def rated(service_id: str | None = None, office_id: str | None = None) -> RatingSummary:
    """Return the ratings of a service, of a hall, or of a service there."""
    return _rating_sources[0](service_id, office_id) if _rating_sources else RatingSummary(None, 0)


def find_services(
    query: str, category: str | None, position: str | None, limit: int
) -> Page[Service]:
    """Return the services that match, best first."""
    return _page(current().index.find(query, category), position, limit)


def service(service_id: str) -> Service:
    """Return a service; raises NotFound."""
    return _existing(current().services, service_id)


def office(office_id: str) -> Office:
    """Return a hall; raises NotFound."""
    return _existing(current().offices, office_id)


def group(office_id: str, category: str) -> Group:
    """Return a hall's counter group; raises NotFound."""
    return _existing(current().groups, (office_id, category))


def group_in(office: Office, category: str) -> Group | None:
    """Return the counter group of a hall as it is given, which need not be what holds."""
    return group_of(office, category, tuple(current().services.values()))


def find_offices(
    near: tuple[float, float] | None, service_id: str | None, position: str | None, limit: int
) -> Page[Office]:
    """Return the halls that offer a service, nearest first; raises NotFound."""
    offices = list(current().offices.values())
    if service_id:
        category = service(service_id).category
        offices = [o for o in offices if o.counters.get(category)]
    if near:
        offices.sort(key=lambda o: (o.distance_m(*near), o.office_id))
    return _page(offices, position, limit)


def _existing(things: Mapping[K, T], key: K) -> T:
    thing = things.get(key)
    if thing is None:
        raise NotFound
    return thing


def _page(items: list[T], position: str | None, limit: int) -> Page[T]:
    begin = int(position or 0)
    end = begin + limit
    return Page(tuple(items[begin:end]), str(end) if end < len(items) else None)
