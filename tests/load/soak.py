"""The whole run under a steady load, then under reading alone: disk and memory follow what lives.

    python -m tests.load.soak [MINUTES]

*Live* is the text of all items in DynamoDB's JSON. *Memory* is the resident set (VmRSS), of which
the engine's may grow by what lives and 50 MB. A sixth of the time is reading alone.
"""

import itertools
import random
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

import orjson

from infra.local.engine_changes import ITEM, NO_ITEM
from infra.local.engine_journal import read_checkpoint, records
from tests.load.report import table
from tests.support.crowd import Crowd
from tests.support.system import System
from tests.support.visitors import HALLS, SERVICE, Visitor

CALLS_A_SECOND: Final = 20
MB: Final = 1_000_000
# A journal is always left so much, as `engine_journal` says.
LEAST_BYTES: Final = 4 << 20
BEYOND_LIVE_BYTES: Final = 50 * MB
FLAT_BYTES: Final = 8 * MB
_READS: Final = ("availability", "mine", "inbox", "services", "offices")
_ENGINE: Final = "engine_process"
_API: Final = "local"


@dataclass(frozen=True)
class Measured:
    """Sizes in bytes at one moment: on disk, of all items, and of each process by its name."""

    disk: int
    live: int
    memory: dict[str, int]


def measure(system: System) -> Measured:
    """Measure a run."""
    return Measured(disk(system), live(system), dict(memory(system)))


def disk(system: System) -> int:
    """Return what the engine's folder holds, files that come and go meanwhile left out."""
    sizes = 0
    for path in (system.data / "engine").rglob("*"):
        try:
            sizes += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return sizes


def live(system: System) -> int:
    """Return how long the text of all items is, by what the engine has written of them.

    Asking the engine for all would make it take the most memory that it ever takes.
    """
    while True:
        try:
            return _written(system.data / "engine")
        except FileNotFoundError:
            # A checkpoint has just retired a journal.
            continue


def _written(folder: Path) -> int:
    first, kept = read_checkpoint(folder)
    scoped = orjson.loads(kept)["dynamodb"]["tables"]["data"] if kept else {}
    tables = {table["TableArn"]: table["items"] for table in scoped.values()}
    sizes = {
        (arn, partition, key): len(item.encode())
        for arn, partitions in tables.items()
        for partition, items in partitions.items()
        for key, item in items.items()
    }
    for record in chain.from_iterable(map(orjson.loads, records(folder, first))):
        if record[0] == ITEM:
            sizes[tuple(record[1:4])] = len(orjson.dumps(record[4]))
        elif record[0] == NO_ITEM:
            sizes.pop(tuple(record[1:4]), None)
    return sum(sizes.values())


def memory(system: System) -> Iterator[tuple[str, int]]:
    """Return each process and its resident set."""
    for pid in (system.pid, *system.pids):
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        name = words[4] if "function_process" in words[2] and len(words) > 5 else words[2]
        status = Path(f"/proc/{pid}/status").read_text()
        resident = status.partition("VmRSS:")[2].split()[0]
        yield name.rpartition(".")[2], int(resident) * 1024


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
        who.look(paths[self._chance.choice(_READS)])


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
    before = measure(system)
    told("start", before)
    mixed = Load(system, writes=True)
    worst = loaded(system, mixed, minutes * 5 / 6)
    reading = Load(system, writes=False)
    # What the first reads bring into memory stays.
    reading.run(time.monotonic() + minutes)
    written = measure(system)
    loaded(system, reading, minutes / 6)
    read = measure(system)
    system.stop(gently=True)
    system.start()
    fresh = measure(system)
    told("a new engine", fresh)
    beyond = read.memory[_ENGINE] - before.memory[_ENGINE] - read.live
    # What is done by the clock meanwhile is not of the reading.
    grown = {name: read.memory[name] - written.memory[name] for name in (_ENGINE, _API)}
    report(minutes, mixed.calls, reading.calls, before, read, fresh, worst, beyond, grown)
    assert not mixed.failures + reading.failures, mixed.failures + reading.failures
    assert worst <= 2, worst
    assert beyond <= BEYOND_LIVE_BYTES, beyond
    assert read.disk - written.disk <= MB, (written.disk, read.disk)
    assert max(grown.values()) <= FLAT_BYTES, grown


def loaded(system: System, load: Load, minutes: float) -> float:
    """Load minute by minute; return the most that lay on disk for each byte that lived."""
    worst, until = 0.0, time.monotonic() + minutes * 60
    while time.monotonic() < until:
        load.run(min(until, time.monotonic() + 60))
        now = measure(system)
        worst = max(worst, now.disk / max(now.live, LEAST_BYTES))
        told(f"{load.calls} calls, {len(load.failures)} failed", now)
    return worst


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
        ["the engine's memory, MB: at the start / at the end", both(lambda m: m.memory[_ENGINE])],
        ["of a new engine with the folder", f"{fresh.memory[_ENGINE] / MB:.1f}"],
        ["that it grew beyond what lives at the end; limit 50", f"{beyond / MB:.1f}"],
        ["the API's memory, MB: at the start / at the end", both(lambda m: m.memory[_API])],
        ["most that one of these grew under reading alone, MB", f"{max(grown.values()) / MB:.1f}"],
        ["the largest of the functions' processes, MB", f"{others / MB:.1f}"],
    ]  # fmt: skip
    table("soak", title, ["", "measured"], rows)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30)
