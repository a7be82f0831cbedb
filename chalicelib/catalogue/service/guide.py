"""Find a service, find a hall."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TypeVar

from chalicelib.catalogue.domain import (
    AT_ONCE,
    Department,
    Group,
    Office,
    RatingSummary,
    Release,
    Service,
    group_of,
)
from chalicelib.catalogue.domain.services import LIFE_EVENTS
from chalicelib.catalogue.service.cache import current
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page
from chalicelib.core.plugins import registered

K = TypeVar("K")
T = TypeVar("T")
LoadOf = Callable[[str, str | None, datetime], float | None]
RatedBy = Callable[[str | None, str | None], RatingSummary]


def load_today(office_id: str, category: str | None, now: datetime) -> float | None:
    """Return the share of today's seats that are taken; None where there are none."""
    sources: tuple[LoadOf, ...] = registered("OCCUPANCY")
    return next((load_of(office_id, category, now) for load_of in sources), None)


def rated(service_id: str | None = None, office_id: str | None = None) -> RatingSummary:
    """Return the ratings of a service, of a hall, or of a service there."""
    sources: tuple[RatedBy, ...] = registered("RATINGS")
    none = RatingSummary(None, 0)
    return next((rated_by(service_id, office_id) for rated_by in sources), none)


def offices_of(service: Service) -> list[Office]:
    """Return the halls that have counters for a service."""
    return [one for one in current().offices.values() if one.counters.get(service.category)]


def department_ids() -> Collection[str]:
    """Return the ids of all departments."""
    return current().departments.keys()


def departments() -> list[Department]:
    """Return the departments that decide something."""
    return list(current().departments.values())


def life_events() -> Mapping[str, list[Service]]:
    """Return the services of each life event, in the order of a life."""
    found: dict[str, list[Service]] = {event: [] for event in LIFE_EVENTS}
    for one in current().services.values():
        for event in one.life_events:
            found[event].append(one)
    return found


def service(service_id: str) -> Service:
    """Return a service; raises NotFound."""
    return _existing(current().services, service_id)


def office(office_id: str) -> Office:
    """Return a hall; raises NotFound."""
    return _existing(current().offices, office_id)


def group(office_id: str, category: str) -> Group:
    """Return a hall's counter group; raises NotFound."""
    return _existing(current().groups, (office_id, category))


def release_of(category: str) -> Release:
    """Return the rule by which a category's seats come out: the strictest of its halls."""
    rules = [one.release for one in current().groups.values() if one.category == category]
    return max(rules, key=lambda rule: rule.scarce, default=AT_ONCE)


def group_in(office: Office, category: str) -> Group | None:
    """Return the counter group of a hall as it is given, which need not be what holds."""
    return group_of(office, category, tuple(current().services.values()))


def find_offices(
    near: tuple[float, float] | None, service_id: str | None, position: str | None, limit: int
) -> Page[Office]:
    """Return the halls that offer a service, nearest first; raises NotFound."""
    offices = list(current().offices.values())
    if service_id:
        offices = offices_of(service(service_id))
    if near:
        offices.sort(key=lambda o: (o.distance_m(*near), o.office_id))
    return page_of(offices, position, limit)


def _existing(things: Mapping[K, T], key: K) -> T:
    thing = things.get(key)
    if thing is None:
        raise NotFound
    return thing


def page_of(items: list[T], position: str | None, limit: int) -> Page[T]:
    """Return a page of a list; a position is the number of the first of the next."""
    begin = int(position or 0)
    end = begin + limit
    return Page(tuple(items[begin:end]), str(end) if end < len(items) else None)
