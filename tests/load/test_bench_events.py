"""Publishing 10,000 entries while the processes are killed at random; writes docs/benchmarks.md."""

import random
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from functions.manifest import Function, Queue
from infra.local import resources
from infra.local.engine import Engine
from infra.local.functions import Process
from tests.load.report import table
from tests.support import effects

pytestmark = pytest.mark.slow
SUBJECTS, EACH = 500, 20
ENTRIES = "onetrip-bench-entries"
# A kill costs each message in hand an attempt, and there are many.
WORKER = Function("bench_effects", (Queue(("bench.",), attempts=100),), timeout_seconds=3)


def test_ten_thousand_entries_while_workers_are_killed(engine: Engine) -> None:
    resources.create()
    for name, stream in ((effects.TABLE, False), (ENTRIES, True)):
        effects.create(name, stream=stream)
    dead = resources.queue(SETTINGS.queue(WORKER.dead_letters_name), {})
    resources.connect(WORKER, SETTINGS.event_bus, dead)
    latencies = _one_by_one()
    group = new_id(8)
    with _processes() as processes:
        began = time.monotonic()
        with _killed(processes) as kills:
            _write(group)
            seconds = _wait(group, began)
    marks = effects.marks(group)
    expected = {f"{group}-{n}.{seq}" for n in range(SUBJECTS) for seq in range(1, EACH + 1)}
    assert set(marks) == expected
    assert effects.counted(group) == len(expected)
    table(
        "events",
        f"Events: {len(expected):,} entries while publisher and workers are killed at random",
        ["", "measured"],
        [
            ["effects", f"{len(marks):,}"],
            ["lost", len(expected - set(marks))],
            ["made twice", effects.counted(group) - len(marks)],
            ["kills", kills[0]],
            ["seconds, from the first entry to the last effect", round(seconds)],
            ["entries a second, kills included", round(len(expected) / seconds)],
            ["undisturbed: seconds from an entry to its effect, median", latencies[0]],
            ["undisturbed: the slowest of 50", latencies[1]],
        ],
    )


def _one_by_one() -> tuple[str, str]:
    """Return the median and the worst time from writing an entry to its effect, in seconds."""
    group, written = new_id(8), {}
    with _processes(workers=1):
        time.sleep(3)
        for number in range(50):
            subject = f"{group}-{number}"
            written[f"{subject}.1"] = datetime.now(UTC)
            effects.write(ENTRIES, effects.entries(subject, "bench.made", 1))
            time.sleep(random.uniform(0.05, 0.3))
        _wait(group, time.monotonic(), 50)
    marks = effects.marks(group)
    took = [
        (datetime.fromisoformat(marks[name]) - at).total_seconds() for name, at in written.items()
    ]
    return f"{statistics.median(took):.2f}", f"{max(took):.2f}"


@contextmanager
def _processes(workers: int = 2) -> Iterator[list[Process]]:
    queue = SETTINGS.queue(WORKER.queue_name)
    reader = ("queue", "tests.support.effects.handler", queue, str(WORKER.timeout_seconds))
    started = [
        Process("stream", "functions.entry.publish_events"),
        *(Process(*reader) for _ in range(workers)),
    ]
    for process in started:
        process.start()
    try:
        yield started
    finally:
        for process in started:
            process.stop()


@contextmanager
def _killed(processes: Sequence[Process]) -> Iterator[list[int]]:
    stopped, kills = threading.Event(), [0]

    def kill() -> None:
        while not stopped.wait(random.uniform(0.5, 3)):
            random.choice(processes).kill()
            kills[0] += 1

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield kills
    finally:
        stopped.set()
        killer.join()


def _write(group: str) -> None:
    for number in range(SUBJECTS):
        effects.write(ENTRIES, effects.entries(f"{group}-{number}", "bench.made", EACH))


def _wait(group: str, began: float, total: int = SUBJECTS * EACH) -> float:
    columns = (TextColumn("effects"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        bar = progress.add_task("effects", total=total)
        while (done := effects.counted(group)) < total:
            progress.update(bar, completed=done)
            assert time.monotonic() - began < 1800, f"{done} of {total}"
            time.sleep(0.2)
        progress.update(bar, completed=done)
    return time.monotonic() - began
