"""A hall's day, simulated with the product's own rules of calling and its forecast of waits.

Nothing of it is random but what a seed makes: people come by booking and walk in more often in the
middle of the morning, some have priority, some are gone when called; a visit takes another time
than the timetable plans, and differs from person to person (log-normal, as service times are);
counters open late, close for lunch, and close early.
"""

import heapq
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.appointments.domain.calling_order import WAITING, Calls, Counter, HallDay, InLine
from chalicelib.appointments.domain.waiting_times import Plan, forecast
from chalicelib.core.idempotency import Attempt

_OPENS: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_MINUTE: Final = 60.0
_LAST_ARRIVAL: Final = 420
_SPREAD: Final = 0.5
# What a visit takes beside what is planned, by category: the plan is never quite right.
_TRUE: Final[Mapping[str, float]] = {"identity": 0.8, "exit-entry": 1.25, "family": 1.1}
PLANS: Final[Mapping[str, Plan]] = {
    "identity": Plan(4, 12 * _MINUTE),
    "exit-entry": Plan(3, 15 * _MINUTE),
    "family": Plan(2, 20 * _MINUTE),
}
# Name, categories, and the minutes of the day in which it is open.
COUNTERS: Final = (
    ("1", {"identity"}, ((0, 480),)),
    ("2", {"identity"}, ((0, 180), (240, 480))),
    ("3", {"identity", "exit-entry"}, ((10, 480),)),
    ("4", {"exit-entry"}, ((0, 200), (260, 480))),
    ("5", {"exit-entry"}, ((0, 480),)),
    ("6", {"family"}, ((0, 180), (240, 480))),
    ("7", {"family", "identity"}, ((0, 420),)),
)
_A_DAY: Final[Mapping[str, int]] = {"identity": 110, "exit-entry": 52, "family": 28}


@dataclass
class Day:
    """What happens in a day, minute by minute and event by event."""

    seed: int
    now: float = 0.0
    hall: HallDay = field(default_factory=HallDay)
    line: list[InLine] = field(default_factory=list)
    promised: dict[str, float] = field(default_factory=dict)
    waited: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Draw who comes when, and how long they take."""
        self.random = random.Random(self.seed)
        # (moment, order, what, of whom or which)
        self.events: list[tuple[float, int, str, str]] = []
        self.people: dict[str, tuple[InLine, float]] = {}
        for category, count in _A_DAY.items():
            for number in range(count):
                self._expect(f"{category}{number}", category)
        for name, categories, hours in COUNTERS:
            self.hall = _with(
                self.hall, Counter(name, open=False, categories=frozenset(categories))
            )
            for begin, end in hours:
                self._at(begin * _MINUTE, "open", name)
                self._at(end * _MINUTE, "close", name)

    def run(self) -> list[tuple[float, float]]:
        """Play the day; return what everybody was told on arrival and what it was, in seconds."""
        while self.events:
            self.now, _, what, name = heapq.heappop(self.events)
            getattr(self, f"_{what}")(name)
            self._call_all()
        return [(self.promised[one], self.waited[one]) for one in self.waited]

    def _expect(self, name: str, category: str) -> None:
        # Two waves, at half past nine and at two in the afternoon.
        middle = self.random.choice((45, 70, 300))
        come = min(max(self.random.gauss(middle, 60), 0), _LAST_ARRIVAL) * _MINUTE
        priority = self.random.random() < 0.06
        mean = PLANS[category].seconds * _TRUE[category]
        takes = self.random.lognormvariate(math.log(mean) - _SPREAD**2 / 2, _SPREAD)
        if self.random.random() < 0.04:
            takes = 45.0  # Called, waited for, gone.
        order = f"W{come:09.1f}"
        self.people[name] = InLine(order, name, WAITING, category, priority=priority), takes
        self._at(come, "come", name)

    def _at(self, moment: float, what: str, name: str) -> None:
        heapq.heappush(self.events, (moment, len(self.events), what, name))

    def _come(self, name: str) -> None:
        one, _ = self.people[name]
        self.line = sorted([*self.line, one], key=lambda each: each.order)
        told = forecast(self.line, self.hall, PLANS, self.moment).get(name)
        if told is not None:
            self.promised[name] = told

    def _open(self, name: str) -> None:
        counter = replace(self.hall.counters[name], open=True, called_at=self.moment)
        self.hall = _with(self.hall, counter)

    def _close(self, name: str) -> None:
        self.hall = _with(self.hall, replace(self.hall.counters[name], open=False))

    def _end(self, name: str) -> None:
        counter = next(c for c in self.hall.counters.values() if c.appointment_id == name)
        one, takes = self.people[name]
        self.line = [each for each in self.line if each.appointment_id != name]
        served = counter.having_served(one.category, int(takes))
        self.hall = _with(self.hall, replace(served, appointment_id=None))

    def _call_all(self) -> None:
        for name in sorted(self.hall.counters):
            counter = self.hall.counters[name]
            if counter.appointment_id or not counter.open:
                continue
            one = self.hall.next_of(self.line, counter, None)
            if one:
                self._call(counter, one)

    def _call(self, counter: Counter, one: InLine) -> None:
        person = one.appointment_id
        came, takes = float(one.order[1:]), self.people[person][1]
        if person in self.promised:
            self.waited[person] = self.now - came
        calling = counter.calling(person, person, Attempt(person, ""), self.moment)
        calls = self.hall.calls_of(one.category).after(one, parked=False)
        known = {**self.hall.calls, one.category: calls or Calls()}
        self.hall = replace(_with(self.hall, calling), calls=known)
        self.line = [replace(e, stage="C") if e == one else e for e in self.line]
        self._at(self.now + takes, "end", person)

    @property
    def moment(self) -> datetime:
        """Return the time of the day."""
        return _OPENS + timedelta(seconds=self.now)


def _with(hall: HallDay, counter: Counter) -> HallDay:
    return replace(hall, counters={**hall.counters, counter.name: counter})
