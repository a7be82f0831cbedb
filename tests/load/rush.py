"""A rush on scarce seats, simulated: where do keys grow hot, and what does that do to people?

Discrete events in one thread, the same for the same seed. What it takes as given:

* A partition key gives 1,000 write and 3,000 read units a second and no more ("Best practices for
  designing and using partition keys effectively", Amazon DynamoDB developer guide). Adaptive
  capacity is taken as perfect: all of that is there for any one key at once. Burst capacity does
  not help a key beyond it, and splitting a hot partition takes longer than a rush; neither is
  simulated. The table as a whole has enough (warm throughput).
* An index has partitions of its own, and one that is throttled refuses the write of its table.
* A function's container serves one request at a time and remembers for itself what it saw full. As
  many are warm as `WARM`; more come at 1,000 in ten seconds, each a cold start late ("Lambda
  scaling behavior", AWS Lambda developer guide). Which of them is taken is chance: the worst that
  can happen to what they remember.
* Calls that are refused for a hot key are tried again by the product's own law, deadline and budget
  (`core.retry`), and what a call costs was metered on the product itself (`tests.support.meter`).

What is not known without the real services, latencies above all, are the assumptions named below.
"""

import heapq
import itertools
import random
from bisect import bisect
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from chalicelib.appointments.service import availability, seats
from chalicelib.core import retry

WRITE_UNITS, READ_UNITS = 1000.0, 3000.0
SLOTS, SEATS = 26, 12
WARM, MORE_EACH_SECOND, COLD_START = 500, 100, 0.8
# Assumed, with an exponential tail of a third: a read, a write, a transaction, and our own work.
READ_SECONDS, WRITE_SECONDS, TRANSACTION_SECONDS, OWN_SECONDS = 0.004, 0.006, 0.015, 0.015
# One of so many bookings waits for a fee, and stands in the list of those that do.
PREPAID_SHARE: Final = 0.2
Steps = Generator[float, None, bool]
# "seat", "full", "known" to be full, or "failed".
Answer = Generator[float, None, str]


@dataclass(frozen=True)
class Costs:
    """What the product was metered to cost: units of the slot's key, and of the lists' keys."""

    take: float
    listed: float
    look: float


@dataclass(frozen=True)
class Design:
    """The choices that are compared.

    The buckets of the list to sweep and of the list of unpaid seats; what a look at a slot's
    surroundings costs the slot's key; whether a crowd is looked at before it is booked; whether a
    look is remembered for all slots of its day, the next of which is looked at and remembered
    apart; whether the appointment of who is refused is looked up.
    """

    name: str
    buckets: int
    held_buckets: int
    look: float
    look_first: bool = True
    sees_days: bool = True
    looks_up: bool = False


@dataclass(frozen=True)
class Rush:
    """Requests a second over halls, whose demand falls as 1 / rank; `worst` go to one more.

    With the `skew` 0 each hall has the same demand. A slot has so many `seats`.
    """

    halls: int
    rate: float
    worst: float = 0
    skew: float = 1
    seats: int = SEATS
    seconds: float = 5


@dataclass
class Outcome:
    """What came of it."""

    requests: int = 0
    booked: int = 0
    full: int = 0
    failed: int = 0
    calls: int = 0
    throttled: int = 0
    known: int = 0
    containers: int = 0
    oversold: int = 0
    database_seconds: list[float] = field(default_factory=list)
    throttled_by: dict[str, int] = field(default_factory=dict)

    @property
    def calls_a_request(self) -> float:
        """Return the calls of the database for each request."""
        return self.calls / self.requests

    def within(self, share: float) -> float:
        """Return the seconds at the database within which a share of the requests ends."""
        ordered = sorted(self.database_seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Partition:
    """Two token buckets of one second."""

    __slots__ = ("at", "read", "write")

    def __init__(self, now: float) -> None:
        self.write, self.read, self.at = WRITE_UNITS, READ_UNITS, now

    def refill(self, now: float) -> None:
        passed, self.at = now - self.at, now
        self.write = min(WRITE_UNITS, self.write + passed * WRITE_UNITS)
        self.read = min(READ_UNITS, self.read + passed * READ_UNITS)


class _Container:
    """What one process remembers."""

    __slots__ = ("budget", "crowded", "full", "next_days")

    def __init__(self) -> None:
        self.budget = retry.RetryBudget()
        self.full: dict[tuple[int, int], float] = {}
        self.crowded: dict[int, float] = {}
        self.next_days: dict[int, float] = {}


class _Here:
    """One request: who serves it, and what it asks for."""

    __slots__ = ("container", "deadline", "hall", "key", "place")

    def __init__(self, container: _Container, hall: int, slot: int) -> None:
        self.container, self.hall, self.place = container, hall, (hall, slot)
        self.key, self.deadline = f"slots {hall}", retry.RetryDeadline()


class Simulation:
    """One design in one rush."""

    def __init__(self, design: Design, costs: Costs, rush: Rush, seed: int = 1) -> None:
        """Nothing has happened yet."""
        self.design, self.costs, self.rush = design, costs, rush
        self.outcome, self.now = Outcome(), 0.0
        self._chance = random.Random(seed)
        # The retry law draws its jitter from the module.
        random.seed(seed)
        self._partitions: dict[str, _Partition] = {}
        self._taken: dict[tuple[int, int], int] = {}
        self._listed: set[tuple[int, int]] = set()
        self._idle = [_Container() for _ in range(WARM)]
        self._begun = WARM
        self._events: list[tuple[float, int, Generator[float, None, object]]] = []
        self._order = itertools.count()

    def run(self) -> Outcome:
        """Let all requests come and end."""
        self._start(self._arrivals(), 0)
        while self._events:
            self.now, _, process = heapq.heappop(self._events)
            delay = next(process, None)
            if delay is not None:
                self._start(process, delay)
        self.outcome.containers = self._begun
        self.outcome.oversold = sum(taken > self.rush.seats for taken in self._taken.values())
        return self.outcome

    def _start(self, process: Generator[float, None, object], delay: float) -> None:
        heapq.heappush(self._events, (self.now + delay, next(self._order), process))

    def _arrivals(self) -> Generator[float, None, None]:
        rush, chance = self.rush, self._chance
        ranks = list(itertools.accumulate(rank**-rush.skew for rank in range(1, rush.halls + 1)))
        worst = rush.worst / (rush.rate + rush.worst)
        while self.now < rush.seconds:
            is_worst = chance.random() < worst
            hall = 0 if is_worst else bisect(ranks, chance.random() * ranks[-1]) + 1
            self._start(self._request(hall, chance.randrange(SLOTS)), 0)
            yield chance.expovariate(rush.rate + rush.worst)

    def _request(self, hall: int, slot: int) -> Generator[float, None, None]:
        outcome = self.outcome
        outcome.requests += 1
        if self._idle:
            container = self._any_idle()
        elif self._begun < WARM + self.now * MORE_EACH_SECOND:
            self._begun += 1
            container = _Container()
            yield COLD_START
        else:
            outcome.failed += 1
            return
        yield OWN_SECONDS
        began = self.now
        done = yield from self._book(_Here(container, hall, slot))
        outcome.failed += not done
        outcome.database_seconds.append(self.now - began)
        self._idle.append(container)

    def _any_idle(self) -> _Container:
        idle = self._idle
        number = self._chance.randrange(len(idle))
        idle[number], idle[-1] = idle[-1], idle[number]
        return idle.pop()

    def _book(self, here: _Here) -> Steps:
        """Take a seat and book it, or hear that there is none; False when the database failed."""
        claimed = yield from self._claim(here)
        if claimed == "seat":
            return (yield from self._keep(here))
        if claimed == "failed":
            return False
        self.outcome.full += 1
        looks_up = claimed == "full" and self.design.looks_up
        return not looks_up or (yield from self._call(here, READ_SECONDS, ()))

    def _claim(self, here: _Here) -> Answer:
        """Take a seat as the product does: from memory, then by a take, then by a look."""
        memory, place = here.container, here.place
        if memory.full.get(place, -1) > self.now:
            self.outcome.known += 1
            return "known"
        is_crowded = self.design.look_first and memory.crowded.get(here.hall, -1) > self.now
        taken = "full" if is_crowded else (yield from self._take(here))
        if taken != "full":
            return taken
        if not (yield from self._look(here)):
            return "failed"
        memory.crowded[here.hall] = self.now + seats.CROWDED_SECONDS
        if self._taken.get(place, 0) < self.rush.seats:
            return (yield from self._take(here))
        return "full"

    def _look(self, here: _Here) -> Steps:
        """See a day, and the next where little is left; remember what is full."""
        memory, look = here.container, ((here.key, 0.0, self.design.look),)
        if not (yield from self._call(here, READ_SECONDS, look)):
            return False
        day = ((here.hall, slot) for slot in range(SLOTS))
        full = [one for one in day if self._taken.get(one, 0) >= self.rush.seats]
        seen = full if self.design.sees_days else {here.place}.intersection(full)
        memory.full.update(dict.fromkeys(seen, self.now + seats.FULL_SECONDS))
        has_beside = len(full) <= SLOTS - availability.ALTERNATIVES
        is_known = memory.next_days.get(here.hall, -1) > self.now
        if not self.design.sees_days or has_beside or is_known:
            return True
        memory.next_days[here.hall] = self.now + seats.NEXT_DAY_SECONDS
        return (yield from self._call(here, READ_SECONDS, look))

    def _take(self, here: _Here) -> Answer:
        """Ask for a seat: one write of the slot, which enters it in the list to sweep."""
        place = here.place
        units = [(here.key, self.costs.take, 0.0)]
        # A condition that fails leaves the index alone.
        if place not in self._listed and self._taken.get(place, 0) < self.rush.seats:
            bucket = self._chance.randrange(self.design.buckets)
            units.append((f"sweep {bucket}", self.costs.listed, 0.0))
        if not (yield from self._call(here, WRITE_SECONDS, units)):
            return "failed"
        taken = self._taken.get(place, 0)
        if taken >= self.rush.seats:
            return "full"
        self._taken[place] = taken + 1
        self._listed.add(place)
        return "seat"

    def _keep(self, here: _Here) -> Steps:
        """Write the appointment: its keys are the citizen's, beside the list of unpaid seats."""
        is_prepaid = self._chance.random() < PREPAID_SHARE
        bucket = f"held {self._chance.randrange(self.design.held_buckets)}"
        units = ((bucket, self.costs.listed, 0.0),) if is_prepaid else ()
        kept = yield from self._call(here, TRANSACTION_SECONDS, units)
        self.outcome.booked += kept
        return kept

    def _call(
        self, here: _Here, seconds: float, units: Sequence[tuple[str, float, float]]
    ) -> Steps:
        """Make one call, and make it again as the product does; False when it is given up."""
        deadline, budget = here.deadline, here.container.budget
        budget.earn()
        for attempts in itertools.count(1):
            self.outcome.calls += 1
            is_served = self._serve(units)
            took = seconds * (2 / 3 + self._chance.expovariate(3))
            yield took
            if is_served:
                return True
            self.outcome.throttled += 1
            deadline.spend(took)
            if attempts >= retry.ATTEMPTS:
                return False
            wait = retry.wait_before_retry(deadline, budget, attempts)
            if wait is None:
                return False
            yield wait
        raise AssertionError

    def _serve(self, units: Sequence[tuple[str, float, float]]) -> bool:
        """Let all partitions of a call pay, or none."""
        found = []
        for name, write, read in units:
            partition = self._partitions.get(name)
            if partition is None:
                partition = self._partitions[name] = _Partition(self.now)
            partition.refill(self.now)
            if partition.write < write or partition.read < read:
                kind = name.partition(" ")[0]
                by = self.outcome.throttled_by
                by[kind] = by.get(kind, 0) + 1
                return False
            found.append((partition, write, read))
        for partition, write, read in found:
            partition.write -= write
            partition.read -= read
        return True


def times(rush: Rush, factor: int) -> Rush:
    """Return a rush that is so many times as large, on as many times the halls."""
    return replace(rush, halls=rush.halls * factor, rate=rush.rate * factor)
