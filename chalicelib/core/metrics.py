"""What a function counts in one run: `processed`, `failed`, the `age` of the oldest, and others.

A run writes one line of metrics when it ends, also when it had nothing to do. What is counted
outside of a run, as by a route that does a timer's work at once, is written when something failed.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from chalicelib.core import logs


@dataclass(slots=True)
class _Tally:
    """The counts of one run of a function; threads add to it."""

    function: str
    processed: int = 0
    failed: int = 0
    oldest: datetime | None = None
    others: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, processed: int, failed: int) -> None:
        with self.lock:
            self.processed += processed
            self.failed += failed

    def note(self, metric: str, count: int) -> None:
        with self.lock:
            self.others[metric] += count

    def wait(self, since: datetime) -> None:
        with self.lock:
            self.oldest = min(self.oldest or since, since)

    def emit(self, now: datetime) -> None:
        values: dict[str, float] = {logs.PROCESSED: self.processed, logs.FAILED: self.failed}
        values |= self.others
        if self.oldest:
            values[logs.AGE] = max(0.0, (now - self.oldest).total_seconds())
        logs.emit(values, {"function": self.function})


_tally: Final[ContextVar[_Tally | None]] = ContextVar("tally", default=None)


@contextmanager
def of_run(function: str, now: datetime) -> Iterator[None]:
    """Write what is counted for the function inside as one line of metrics, whatever happens."""
    tally = _Tally(function)
    token = _tally.set(tally)
    try:
        yield
    finally:
        _tally.reset(token)
        tally.emit(now)


def count(function: str, *, processed: int = 0, failed: int = 0) -> None:
    """Count items of a function that were done, or failed and were set aside."""
    tally = _of(function)
    if tally:
        tally.add(processed, failed)
    elif failed:
        logs.emit({logs.PROCESSED: processed, logs.FAILED: failed}, {"function": function})


def note(function: str, metric: str, count: int = 1) -> None:
    """Count something of a function's own; what was not counted is no metric of a run."""
    tally = _of(function)
    if not count:
        return
    if tally:
        tally.note(metric, count)
    else:
        logs.emit({metric: count}, {"function": function})


def waited(function: str, since: Iterable[datetime]) -> None:
    """Note since when items of a function have waited, when it is told in a run of it."""
    tally = _of(function)
    first = min(since, default=None)
    if tally and first:
        tally.wait(first)


def _of(function: str) -> _Tally | None:
    tally = _tally.get()
    return tally if tally and tally.function == function else None
