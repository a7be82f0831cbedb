"""The whole run under a steady load, then under reading alone: disk and memory follow what lives.

    python -m tests.load.soak [MINUTES]

*Live* is the text of all items in DynamoDB's JSON. *Memory* is the resident set (VmRSS), of which
the engine's may grow by what lives and 50 MB. A sixth of the time is reading alone. Answers come as
fast in the last third of the mixed load as in the first: the median of reads, and what a call costs
the processors of API and engine, which what else the machine does sways less.
"""

import itertools
import random
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Final

from tests.load.report import table
from tests.load.sizes import API, ENGINE, Measured, measure, processor
from tests.support.crowd import Crowd
from tests.support.system import System
from tests.support.visitors import HALLS, SERVICE, Visitor

CALLS_A_SECOND: Final = 20
MB: Final = 1_000_000
# A journal is always left so much, as `engine_journal` says.
LEAST_BYTES: Final = 4 << 20
BEYOND_LIVE_BYTES: Final = 50 * MB
FLAT_BYTES: Final = 8 * MB
# How much more a call may cost at the end, when more lives, than at the beginning.
FLAT_COST: Final = 1.25
_READS: Final = ("availability", "mine", "inbox", "services", "offices")


@dataclass(frozen=True)
class Minute:
    """What a minute's calls took: each read's seconds, and seconds of the processor a call."""

    reads: list[float]
    cost: float


class Load:
    """Calls at a steady rate; writes are whole visits, one call each in their turn."""

    def __init__(self, system: System, *, writes: bool) -> None:
        """Let visitors come, or only read."""
        self._crowd = Crowd(system.url, f"soak-{time.time():.0f}")
        self._chance = random.Random(1)
        self._slots = self._crowd.slots()
        self._reader = Visitor(self._crowd.http, f"reader-{time.time():.0f}")
        self._arrived = deque[Visitor]()
        self._booked = deque[Visitor]()
        self._writes = writes
        self.calls = 0
        self.reads = list[float]()
        self.failures = list[str]()

    def run(self, until: float) -> None:
        """Call until then; a call that is late is made at once."""
        began = time.monotonic()
        with ThreadPoolExecutor(8) as threads:
            for number in itertools.count():
                due = began + number / CALLS_A_SECOND
                if due >= until:
                    return
                time.sleep(max(0, due - time.monotonic()))
                threads.submit(self._next(number)).add_done_callback(self._count)

    def _count(self, done: Future[None]) -> None:
        self.calls += 1
        if error := done.exception():
            self.failures.append(repr(error))

    def _next(self, number: int) -> Callable[[], None]:
        """Seven calls of twenty are of visits: two come, consent and book, and one cancels."""
        turn = number % CALLS_A_SECOND
        if not self._writes or turn >= 14 or turn % 2:
            return self._read
        if turn in (0, 6):
            return self._come
        if turn in (2, 8) and self._arrived:
            return self._arrived[-1].consent
        if turn in (4, 10) and self._arrived:
            return partial(self._book, self._arrived.popleft())
        if len(self._booked) > 40 and turn == 12:
            return self._booked.popleft().cancel
        return self._read

    def _come(self) -> None:
        self._arrived.append(Visitor(self._crowd.http, f"{self._crowd.name}-{time.time_ns()}"))

    def _book(self, visitor: Visitor) -> None:
        # Who found the slot full has nothing to cancel.
        if visitor.book(*self._chance.choice(self._slots)):
            self._booked.append(visitor)

    def _read(self) -> None:
        hall = self._chance.choice(HALLS)
        who = self._chance.choice(self._booked) if self._booked else self._reader
        paths = {
            "availability": f"/v1/offices/{hall}/availability?service_id={SERVICE}&days=7",
            "mine": "/v1/appointments",
            "inbox": "/v1/notifications",
            "services": "/v1/services?query=card",
            "offices": "/v1/offices",
        }
        path = paths[self._chance.choice(_READS)]
        began = time.monotonic()
        who.look(path)
        self.reads.append(time.monotonic() - began)


def main(minutes: float) -> None:
    """Soak, tell, and fail when something does not follow what lives."""
    with tempfile.TemporaryDirectory() as folder:
        system = System(Path(folder))
        try:
            soak(system, minutes)
        finally:
            system.stop(gently=True)


def soak(system: System, minutes: float) -> None:
    """Load, read, and load the folder anew."""
    before = settled(system)
    told("start", before)
    mixed = Load(system, writes=True)
    worst, taken = loaded(system, mixed, minutes * 5 / 6)
    reading = Load(system, writes=False)
    # What the first reads bring into memory stays.
    reading.run(time.monotonic() + minutes)
    written = measure(system)
    loaded(system, reading, minutes / 6)
    read = measure(system)
    system.stop(gently=True)
    system.start()
    fresh = settled(system)
    told("a new engine", fresh)
    beyond = read.memory[ENGINE] - before.memory[ENGINE] - read.live
    # What is done by the clock meanwhile is not of the reading.
    grown = {name: read.memory[name] - written.memory[name] for name in (ENGINE, API)}
    report(minutes, mixed.calls, reading.calls, before, read, fresh, worst, beyond, grown)
    flat = report_latency(taken)
    assert not mixed.failures + reading.failures, mixed.failures + reading.failures
    assert worst <= 2, worst
    assert beyond <= BEYOND_LIVE_BYTES, beyond
    assert read.disk - written.disk <= MB, (written.disk, read.disk)
    assert max(grown.values()) <= FLAT_BYTES, grown
    assert flat <= FLAT_COST, flat


def settled(system: System) -> Measured:
    """Measure a run once what its processes do first is done, which takes memory to stay."""
    last, now = None, measure(system)
    while last is None or abs(now.memory[ENGINE] - last.memory[ENGINE]) > MB:
        time.sleep(5)
        last, now = now, measure(system)
    return now


def loaded(system: System, load: Load, minutes: float) -> tuple[float, list[Minute]]:
    """Load minute by minute; return the most on disk for each byte that lived, and each minute."""
    worst, until, taken = 0.0, time.monotonic() + minutes * 60, list[Minute]()
    while time.monotonic() < until:
        calls, spent = load.calls, processor(system)
        load.run(min(until, time.monotonic() + 60))
        reads, load.reads = load.reads, []
        taken.append(Minute(reads, (processor(system) - spent) / (load.calls - calls)))
        now = measure(system)
        worst = max(worst, now.disk / max(now.live, LEAST_BYTES))
        told(f"{load.calls} calls, {len(load.failures)} failed", now)
    return worst, taken


def told(what: str, now: Measured) -> None:
    """Tell who watches."""
    memory_ = {name: round(size / MB) for name, size in now.memory.items()}
    print(f"{what}: disk {now.disk / MB:.1f}, live {now.live / MB:.1f}, {memory_}", flush=True)


def report(
    minutes: float,
    mixed: int,
    reading: int,
    before: Measured,
    read: Measured,
    fresh: Measured,
    worst: float,
    beyond: int,
    grown: dict[str, int],
) -> None:
    """Write the figures down."""

    def both(size: Callable[[Measured], int]) -> str:
        return f"{size(before) / MB:.1f} / {size(read) / MB:.1f}"

    others = max(size for name, size in read.memory.items() if name not in grown)
    title = f"{minutes:g} minutes of {CALLS_A_SECOND} calls a second, the last sixth reading alone"
    rows: list[list[object]] = [
        ["calls, of which none failed: mixed / reading alone", f"{mixed:,} / {reading:,}"],
        ["live items, MB: at the start / at the end", both(lambda m: m.live)],
        ["the engine's folder, MB: at the start / at the end", both(lambda m: m.disk)],
        ["most on disk for each byte that lives (of 4 MiB at least); limit 2", f"{worst:.2f}"],
        ["the engine's memory, MB: at the start / at the end", both(lambda m: m.memory[ENGINE])],
        ["of a new engine with the folder", f"{fresh.memory[ENGINE] / MB:.1f}"],
        ["that it grew beyond what lives at the end; limit 50", f"{beyond / MB:.1f}"],
        ["the API's memory, MB: at the start / at the end", both(lambda m: m.memory[API])],
        ["most that one of these grew under reading alone, MB", f"{max(grown.values()) / MB:.1f}"],
        ["the largest of the functions' processes, MB", f"{others / MB:.1f}"],
    ]  # fmt: skip
    table("soak", title, ["", "measured"], rows)


def report_latency(minutes: list[Minute]) -> float:
    """Write down what a call took at the beginning and at the end; return its cost as a ratio."""
    third = max(1, len(minutes) // 3)
    parts = [("first", minutes[:third]), ("last", minutes[-third:])]
    rows, costs = list[list[str]](), list[float]()
    for name, some in parts:
        reads = sorted(chain.from_iterable(one.reads for one in some))
        costs.append(sum(one.cost for one in some) / len(some))
        times = median(reads), reads[int(len(reads) * 0.99)]
        rows.append([f"the {name} third", *(f"{1000 * one:.1f}" for one in (*times, costs[-1]))])
    ratio = costs[1] / costs[0]
    rows.append([f"ratio of the processor's; limit {FLAT_COST}", "", "", f"{ratio:.2f}"])
    title = "Milliseconds a call in the mixed load of the half hour"
    table("soak-latency", title, ["", "reads: median", "99 of 100", "processors, a call"], rows)
    return ratio


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30)
