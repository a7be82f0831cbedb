"""The guide: find a service, find a hall. The catalogue is kept in memory and looked after."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from chalicelib.catalogue import storage
from chalicelib.catalogue.domain import (
    Group,
    Office,
    Rated,
    Service,
    group_of,
    office_of,
    service_of,
)
from chalicelib.catalogue.search import Index
from chalicelib.core.errors import NotFound, TryAgain
from chalicelib.core.ids import derived_id
from chalicelib.core.pagination import Page

T = TypeVar("T")
_ASK_EVERY_SECONDS: Final = 30
_DATA: Final = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Catalogue:
    """All services and halls of one version."""

    version: str
    services: Mapping[str, Service]
    offices: Mapping[str, Office]

    @cached_property
    def index(self) -> Index:
        """Return the search index."""
        return Index(self.services.values())

    @cached_property
    def groups(self) -> Mapping[tuple[str, str], Group]:
        """Return the counter groups by hall and category."""
        services = tuple(self.services.values())
        return {
            (office.office_id, category): group
            for office in self.offices.values()
            for category in office.counters
            if (group := group_of(office, category, services))
        }


class _Kept:
    """The catalogue of this process; one thread at a time asks whether it changed."""

    def __init__(self) -> None:
        self._catalogue: Catalogue | None = None
        self._asked = 0.0
        self._lock = threading.Lock()

    def get(self) -> Catalogue:
        known = self._catalogue
        if known and time.monotonic() - self._asked < _ASK_EVERY_SECONDS:
            return known
        if known and not self._lock.acquire(blocking=False):
            return known
        if not known:
            self._lock.acquire()
        try:
            return self._looked_after()
        finally:
            self._lock.release()

    def forget(self) -> None:
        self._catalogue = None

    def _looked_after(self) -> Catalogue:
        if self._catalogue and time.monotonic() - self._asked < _ASK_EVERY_SECONDS:
            return self._catalogue
        self._asked = time.monotonic()
        try:
            version = storage.current_version()
            if version and (self._catalogue is None or self._catalogue.version != version):
                self._catalogue = _read(version)
        except storage.Unreachable:
            if self._catalogue is None:
                raise
        if self._catalogue is None:
            raise TryAgain(retry_after=5)
        return self._catalogue


_KEPT: Final = _Kept()
LoadOf = Callable[[str, str | None, datetime], float | None]
_load_sources: Final[list[LoadOf]] = []


def tell_load(source: LoadOf) -> None:
    """Let the room that knows tell how busy a hall (and category) is today, from 0 to 1."""
    _load_sources[:] = [source]


def load_today(office_id: str, category: str | None, now: datetime) -> float | None:
    """Return the share of today's seats that are taken; None where there are none."""
    return _load_sources[0](office_id, category, now) if _load_sources else None


RatedBy = Callable[[str | None, str | None], Rated]
_rating_sources: Final[list[RatedBy]] = []


def tell_ratings(source: RatedBy) -> None:
    """Let the room that knows tell how a service and a hall are rated."""
    _rating_sources[:] = [source]


def rated(service_id: str | None = None, office_id: str | None = None) -> Rated:
    """Return the ratings of a service, of a hall, or of a service there."""
    return _rating_sources[0](service_id, office_id) if _rating_sources else Rated(None, 0)


def current() -> Catalogue:
    """Return the catalogue that holds now."""
    return _KEPT.get()


def find_services(
    query: str, category: str | None, position: str | None, limit: int
) -> Page[Service]:
    """Return the services that match, best first."""
    return _page(current().index.find(query, category), position, limit)


def service(service_id: str) -> Service:
    """Return a service; raises NotFound."""
    found = current().services.get(service_id)
    if found is None:
        raise NotFound
    return found


def office(office_id: str) -> Office:
    """Return a hall; raises NotFound."""
    found = current().offices.get(office_id)
    if found is None:
        raise NotFound
    return found


def group(office_id: str, category: str) -> Group:
    """Return a hall's counter group; raises NotFound."""
    found = current().groups.get((office_id, category))
    if found is None:
        raise NotFound
    return found


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


def forget() -> None:
    """Ask for the catalogue anew at the next look: it was changed by this process."""
    _KEPT.forget()


def publish_demonstration() -> None:
    """Publish the catalogue of `data`; the timetables that halls' staff have changed stay."""
    text = (_DATA / "catalogue.json").read_text()
    data: dict[str, Any] = json.loads(text)
    services = [_whole(service, data["also_called"]) for service in data["services"]]
    offices = [{**office, "hours": data["opening_hours"]} for office in data["offices"]]
    version = derived_id(text, json.dumps(services), length=12)
    if storage.current_base() != version:
        storage.publish(version, services, _with_timetables(offices))
    _KEPT.forget()


def _whole(service: Mapping[str, Any], called: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return a service with its form, and it and its papers with what people call them."""

    def named(thing: Mapping[str, Any]) -> dict[str, Any]:
        return {**thing, "also_called": called.get(thing["id"], [])}

    papers = [named(material) for material in service["materials"]]
    return {**named(service), "materials": papers, "form": _form(service["id"])}


def _with_timetables(offices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    current = storage.current_version()
    known = {office["id"]: office for office in storage.load(current)[1]} if current else {}
    changed = {one: known[one] for one in known if storage.load_entries(one)}
    return [{**office, **_timetable(changed.get(office["id"], {}))} for office in offices]


def _timetable(office: Mapping[str, Any]) -> dict[str, Any]:
    return {name: office[name] for name in ("hours", "counters", "closures") if name in office}


def _form(service_id: str) -> dict[str, Any]:
    text = (_DATA / "forms" / f"{service_id}.json").read_text()
    form: dict[str, Any] = json.loads(text)
    return form


def _read(version: str) -> Catalogue:
    services, offices = storage.load(version)
    return Catalogue(
        version,
        {data["id"]: service_of(data) for data in services},
        {data["id"]: office_of(data, data["hours"]) for data in offices},
    )


def _page(found: list[T], position: str | None, limit: int) -> Page[T]:
    begin = int(position or 0)
    end = begin + limit
    return Page(tuple(found[begin:end]), str(end) if end < len(found) else None)
