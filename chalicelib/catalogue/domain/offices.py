"""Halls: where they are, when they are open, and how many people their counters serve."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal

from chalicelib.catalogue.domain.departments import parse_text
from chalicelib.catalogue.domain.quotas import Quota, parse_quota
from chalicelib.catalogue.domain.release import AT_ONCE, Release, parse_release
from chalicelib.catalogue.domain.services import Service
from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.core.i18n import Text

DayKind = Literal["weekday", "saturday", "closed"]
Hours = tuple[tuple[time, time], ...]
_EARTH_RADIUS_M: Final = 6_371_000


@dataclass(frozen=True, slots=True)
class Closure:
    """A time in which a hall, or its counters of one category, stays closed against its hours.

    It lasts from `from_time` of the first day, or its beginning, until `to_time` of the last day,
    or its end. `asked` is the fingerprint of what was asked for with it, where it is known.
    """

    closure_id: str
    first: date
    last: date
    reason: str
    from_time: time | None = None
    to_time: time | None = None
    category: str | None = None
    asked: str | None = None

    @property
    def begin(self) -> datetime:
        """Return when it begins."""
        return datetime.combine(self.first, self.from_time or time(), OFFICE_ZONE)

    @property
    def end(self) -> datetime:
        """Return when it is over."""
        if self.to_time:
            return datetime.combine(self.last, self.to_time, OFFICE_ZONE)
        return datetime.combine(self.last + timedelta(days=1), time(), OFFICE_ZONE)

    def overlaps(self, category: str, start: datetime, end: datetime) -> bool:
        """Tell whether counters of a category are closed for some of a time."""
        return self.category in (None, category) and start < self.end and self.begin < end

    def open_parts(self, day: date, span: tuple[time, time]) -> Hours:
        """Return what is left open of a span of a day."""
        begin, end = (datetime.combine(day, moment, OFFICE_ZONE) for moment in span)
        parts = (begin, min(end, self.begin)), (max(begin, self.end), end)
        return tuple((a.time(), b.time()) for a, b in parts if a < b)


@dataclass(frozen=True, slots=True)
class Arrival:
    """How one gets into a hall: where in the house it is, by what one comes, how without steps."""

    floor: Text
    transit: Text
    parking: Text
    barrier_free: Text


@dataclass(frozen=True, slots=True)
class Office:
    """A hall; `counters` says how many serve each category at a time.

    `releases` are the rules by which the seats of a category come out, where not at once; `quotas`
    are the seats of a category's slots that single services take; `slot_minutes` say how long a
    category's slots are, where not as long as its longest service.
    """

    office_id: str
    name: Text
    division: Text
    division_code: str
    latitude: float
    longitude: float
    counters: Mapping[str, int]
    weekdays: Hours
    saturday: Hours
    closures: tuple[Closure, ...] = ()
    releases: Mapping[str, Release] = field(default_factory=dict)
    quotas: Mapping[str, tuple[Quota, ...]] = field(default_factory=dict)
    address: Text | None = None
    phone: str | None = None
    arrival: Arrival | None = None
    slot_minutes: Mapping[str, int] = field(default_factory=dict)

    def hours(self, day: date, kind: DayKind) -> Hours:
        """Return when the hall is open on a day, whose kind the calendar tells."""
        spans = self.timetable(kind)
        for closure in (one for one in self.closures if one.category is None):
            spans = tuple(part for span in spans for part in closure.open_parts(day, span))
        return spans

    def timetable(self, kind: DayKind) -> Hours:
        """Return the opening hours of a kind of day, whatever is closed."""
        return {"weekday": self.weekdays, "saturday": self.saturday, "closed": ()}[kind]

    def closed_because(self, day: date) -> str | None:
        """Return why the whole hall is closed for some of a day against its hours, if it is."""
        begin = datetime.combine(day, time(), OFFICE_ZONE)
        end = begin + timedelta(days=1)
        reasons = [
            one.reason
            for one in self.closures
            if one.category is None and one.overlaps("", begin, end)
        ]
        return reasons[-1] if reasons else None

    def closure(self, category: str, start: datetime, end: datetime) -> Closure | None:
        """Return the last closure of counters of a category that takes some of a time."""
        closures = [one for one in self.closures if one.overlaps(category, start, end)]
        return closures[-1] if closures else None

    def distance_m(self, latitude: float, longitude: float) -> int:
        """Return the great-circle distance in metres (haversine)."""
        here, there = math.radians(self.latitude), math.radians(latitude)
        half = math.radians(longitude - self.longitude) / 2
        inner = math.sin((there - here) / 2) ** 2
        inner += math.cos(here) * math.cos(there) * math.sin(half) ** 2
        return round(2 * _EARTH_RADIUS_M * math.asin(math.sqrt(inner)))


@dataclass(frozen=True, slots=True)
class Group:
    """A hall's counters of one category: slots of `minutes`, `capacity` people at a time.

    All services that share its slots share the rule of their `release`. Of the capacity, `quotas`
    are for single services. `long` are the services that last longer than a slot, with their
    minutes: they take slots in a row.
    """

    category: str
    minutes: int
    capacity: int
    counters: int = 1
    release: Release = AT_ONCE
    quotas: tuple[Quota, ...] = ()
    long: Mapping[str, int] = field(default_factory=dict, hash=False)

    @property
    def shared(self) -> int:
        """Return how many seats of a slot are for all of its services."""
        return max(0, self.capacity - sum(quota.seats for quota in self.quotas))

    def quota(self, service_id: str) -> Quota | None:
        """Return what is for one service alone."""
        return next((one for one in self.quotas if one.service_id == service_id), None)

    def lasts(self, service_id: str) -> timedelta:
        """Return how long a service takes its counter: a slot, or as many as it needs."""
        slots = -(-self.long.get(service_id, self.minutes) // self.minutes)
        return timedelta(minutes=slots * self.minutes)


def group_of(office: Office, category: str, services: tuple[Service, ...]) -> Group | None:
    """Return a counter group; a slot is as long as the category's longest service.

    Where the hall says that it is shorter, what is longer takes slots in a row; what is drawn still
    fits one. All services of the category share its slots, so a counter takes as many people at a
    time as the service with the fewest allows.
    """
    booked = [
        (s.service_id, s.minutes, s.per_counter)
        for s in services
        if s.category == category and s.minutes
    ]
    counters = office.counters.get(category, 0)
    if not booked or not counters:
        return None
    quotas = office.quotas.get(category, ())
    drawn = {one.service_id for one in quotas if one.draw}
    longest = max(minutes for _, minutes, _ in booked)
    least = office.slot_minutes.get(category, longest)
    step = max(least, *(minutes for name, minutes, _ in booked if name in drawn), 0)
    return Group(
        category,
        step,
        counters * min(people for _, _, people in booked),
        counters,
        office.releases.get(category, AT_ONCE),
        quotas,
        {name: minutes for name, minutes, _ in booked if minutes > step},
    )


def parse_office(data: Mapping[str, Any], hours: Mapping[str, Any]) -> Office:
    """Read a hall from the catalogue's JSON."""
    return Office(
        data["id"],
        parse_text(data["name"]),
        parse_text(data["division"]),
        data["division_code"],
        data["latitude"],
        data["longitude"],
        data["counters"],
        _hours(hours["weekdays"]),
        _hours(hours["saturday"]),
        tuple(_closure(closure) for closure in data.get("closures", ())),
        {name: parse_release(rule) for name, rule in data.get("release", {}).items()},
        {name: tuple(map(parse_quota, some)) for name, some in data.get("quotas", {}).items()},
        parse_text(data["address"]) if data.get("address") else None,
        data.get("phone"),
        _arrival(data["arrival"]) if data.get("arrival") else None,
        data.get("slot_minutes", {}),
    )


def _arrival(data: Mapping[str, Any]) -> Arrival:
    parts = (data[name] for name in ("floor", "transit", "parking", "barrier_free"))
    return Arrival(*map(parse_text, parts))


def _closure(data: Mapping[str, Any]) -> Closure:
    first, last = (date.fromisoformat(data[name]) for name in ("from", "to"))
    moments = (data.get(name) for name in ("from_time", "to_time"))
    from_time, to_time = (time.fromisoformat(one) if one else None for one in moments)
    category = data.get("category")
    times = from_time, to_time
    return Closure(data["id"], first, last, data["reason"], *times, category, data.get("asked"))


def _hours(data: list[list[str]]) -> Hours:
    return tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in data)
