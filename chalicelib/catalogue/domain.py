"""Services, halls, and what a citizen must know before coming."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, cast, get_args

from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.core.i18n import Text
from chalicelib.core.money import Money

DayKind = Literal["weekday", "saturday", "closed"]
# The steps of a case that can wait for its fee.
FeeStep = Literal["accept", "review", "approve", "issue"]
FEE_STEPS: Final[tuple[FeeStep, ...]] = get_args(FeeStep)
Hours = tuple[tuple[time, time], ...]
_NO_FORM: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {},
    "additionalProperties": False,
}
_EARTH_RADIUS_M: Final = 6_371_000

CATEGORIES: Final = {
    "business": Text("市场准入", "Business"),
    "exit-entry": Text("出入境", "Exit and entry"),
    "family": Text("婚姻家庭", "Family"),
    "housing": Text("住房", "Housing"),
    "identity": Text("户籍身份", "Identity"),
    "property": Text("不动产", "Property"),
    "social-security": Text("社会保障", "Social security"),
    "transport": Text("交通车驾", "Transport"),
}
_DEPARTMENTS: Final = {
    "公安": "Public security",
    "公安出入境": "Exit and entry administration",
    "公安交管": "Traffic police",
    "民政": "Civil affairs",
    "自然资源和规划": "Natural resources and planning",
    "公积金中心": "Housing provident fund centre",
    "人力社保": "Human resources and social security",
    "医疗保障": "Medical security",
    "市场监管": "Market regulation",
    "市场监管等五部门": "Market regulation and four other departments",
}


@dataclass(frozen=True, slots=True)
class Material:
    """A paper to bring or to upload; most people's has `usual_pages` files.

    People search for it by what it is `also_called`, in either language.
    """

    material_id: str
    name: Text
    required: bool
    usual_pages: int = 1
    also_called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fee:
    """What a service costs, and the rule that says so."""

    amount: Money
    basis: str | None


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """How long the law gives; `unit` is `days` or `working_days`."""

    value: int
    unit: str


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the guide; `minutes` is a booking's length, None where none is needed.

    `form` is the text of a JSON Schema whose words are maps of languages (docs/catalogue.md).
    A `prepaid` one's seat is held until its fee is paid. `fee_before` is the step of a case that
    waits for the fee; None where none does, as where it is taken with the booking.
    """

    service_id: str
    name: Text
    category: str
    department: Text
    legal_limit: TimeLimit
    promised_working_days: int
    fee: Fee
    trips: int
    online_depth: int
    minutes: int | None
    per_counter: int
    deliverable: bool
    materials: tuple[Material, ...]
    form: str = "{}"
    prepaid: bool = False
    fee_before: FeeStep | None = "issue"
    also_called: tuple[str, ...] = ()

    @property
    def bookable(self) -> bool:
        """Tell whether one can book a time for it."""
        return self.minutes is not None


@dataclass(frozen=True, slots=True)
class Rated:
    """What people thought: the mean of their scores from 1 to 5, and how many they were."""

    average: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Closure:
    """A time in which a hall, or its counters of one category, stays closed against its hours.

    It lasts from `from_time` of the first day, or its beginning, until `to_time` of the last day,
    or its end.
    """

    closure_id: str
    first: date
    last: date
    reason: str
    from_time: time | None = None
    to_time: time | None = None
    category: str | None = None

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

    def shuts(self, category: str, start: datetime, end: datetime) -> bool:
        """Tell whether counters of a category are closed for some of a time."""
        return self.category in (None, category) and start < self.end and self.begin < end

    def spared(self, day: date, span: tuple[time, time]) -> Hours:
        """Return what is left open of a span of a day."""
        begin, end = (datetime.combine(day, moment, OFFICE_ZONE) for moment in span)
        parts = (begin, min(end, self.begin)), (max(begin, self.end), end)
        return tuple((a.time(), b.time()) for a, b in parts if a < b)


@dataclass(frozen=True, slots=True)
class Office:
    """A hall; `counters` says how many serve each category at a time."""

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

    def hours(self, day: date, kind: DayKind) -> Hours:
        """Return when the hall is open on a day, whose kind the calendar tells."""
        found = self.timetable(kind)
        for closure in (one for one in self.closures if one.category is None):
            found = tuple(part for span in found for part in closure.spared(day, span))
        return found

    def timetable(self, kind: DayKind) -> Hours:
        """Return the opening hours of a kind of day, whatever is closed."""
        return {"weekday": self.weekdays, "saturday": self.saturday, "closed": ()}[kind]

    def closure(self, category: str, start: datetime, end: datetime) -> Closure | None:
        """Return the last closure of counters of a category that takes some of a time."""
        found = [one for one in self.closures if one.shuts(category, start, end)]
        return found[-1] if found else None

    def distance_m(self, latitude: float, longitude: float) -> int:
        """Return the great-circle distance in metres (haversine)."""
        here, there = math.radians(self.latitude), math.radians(latitude)
        half = math.radians(longitude - self.longitude) / 2
        inner = math.sin((there - here) / 2) ** 2
        inner += math.cos(here) * math.cos(there) * math.sin(half) ** 2
        return round(2 * _EARTH_RADIUS_M * math.asin(math.sqrt(inner)))


@dataclass(frozen=True, slots=True)
class Group:
    """A hall's counters of one category: slots of `minutes`, `capacity` people at a time."""

    category: str
    minutes: int
    capacity: int
    counters: int = 1


def group_of(office: Office, category: str, services: tuple[Service, ...]) -> Group | None:
    """Return a counter group; a slot is as long as the category's longest service.

    All services of the category share its slots, so a counter takes as many people at a time as the
    service with the fewest allows.
    """
    booked = [(s.minutes, s.per_counter) for s in services if s.category == category and s.minutes]
    counters = office.counters.get(category, 0)
    if not booked or not counters:
        return None
    per_counter = min(people for _, people in booked)
    return Group(category, max(minutes for minutes, _ in booked), counters * per_counter, counters)


def service_of(data: Mapping[str, Any]) -> Service:
    """Read a service from the catalogue's JSON."""
    fee, booking = data.get("fee"), data.get("appointment")
    amount = Money(fee["cents"], fee["currency"]) if fee else Money(0)
    department = data["department"]
    return Service(
        data["id"],
        _text(data["name"]),
        data["category"],
        Text(department, _DEPARTMENTS.get(department, department)),
        TimeLimit(data["legal_time_limit"]["value"], data["legal_time_limit"]["unit"])
        if data.get("legal_time_limit")
        else TimeLimit(data["promised_working_days"], "working_days"),
        data["promised_working_days"],
        Fee(amount, fee.get("basis") if fee else None),
        data["trips"],
        data["online_depth"],
        booking["duration_minutes"] if booking else None,
        booking.get("capacity_per_counter", 1) if booking else 1,
        data["deliverable"],
        tuple(_material(m) for m in data["materials"]),
        json.dumps(data.get("form", _NO_FORM), ensure_ascii=False),
        prepaid=bool(data.get("prepaid")),
        fee_before=_fee_before(data),
        also_called=tuple(data.get("also_called", ())),
    )


def office_of(data: Mapping[str, Any], hours: Mapping[str, Any]) -> Office:
    """Read a hall from the catalogue's JSON."""
    return Office(
        data["id"],
        _text(data["name"]),
        _text(data["division"]),
        data["division_code"],
        data["latitude"],
        data["longitude"],
        data["counters"],
        _hours(hours["weekdays"]),
        _hours(hours["saturday"]),
        tuple(_closure(closure) for closure in data.get("closures", ())),
    )


def _closure(data: Mapping[str, Any]) -> Closure:
    first, last = (date.fromisoformat(data[name]) for name in ("from", "to"))
    moments = (data.get(name) for name in ("from_time", "to_time"))
    from_time, to_time = (time.fromisoformat(one) if one else None for one in moments)
    category = data.get("category")
    return Closure(data["id"], first, last, data["reason"], from_time, to_time, category)


def _material(data: Mapping[str, Any]) -> Material:
    return Material(
        data["id"],
        _text(data["name"]),
        data["required"],
        data.get("usual_pages", 1),
        tuple(data.get("also_called", ())),
    )


def _fee_before(data: Mapping[str, Any]) -> FeeStep | None:
    said = data.get("fee_before", None if data.get("prepaid") else "issue")
    if said is not None and said not in FEE_STEPS:
        message = f"{data['id']}: no step of a case waits for a fee: {said!r}"
        raise ValueError(message)
    return cast("FeeStep | None", said)


def _text(data: Mapping[str, str]) -> Text:
    return Text(data["zh-CN"], data["en"])


def _hours(data: list[list[str]]) -> Hours:
    return tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in data)
