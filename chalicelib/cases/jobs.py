"""What runs by the clock: the watch of time limits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.service import deadlines
from chalicelib.core import metrics, worker
from chalicelib.core.buckets import WHOLE, Part

_NAME: Final = "watch_deadlines"


@dataclass(frozen=True, slots=True)
class Watched:
    """What one run did."""

    looked_at: int
    raised: int


def watch_deadlines(now: datetime, *, part: Part = WHOLE) -> Watched:
    """Raise what is due. Idempotent, also when two run at once."""
    due = storage.list_to_watch(now, part)
    metrics.waited(_NAME, due.values())
    raised = worker.each(_NAME, due, lambda number: deadlines.watch(number, now))
    return Watched(len(raised), sum(raised))
