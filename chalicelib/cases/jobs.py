"""What runs by the clock: the watch of time limits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.service import deadlines
from chalicelib.core import metrics, worker
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.parallel import InTime

_NAME: Final = "watch_deadlines"
# Of the minute that a run may last; what is begun is ended.
_SECONDS: Final = 40.0


@dataclass(frozen=True, slots=True)
class Watched:
    """What one run did."""

    looked_at: int
    raised: int


def watch_deadlines(now: datetime, *, part: Part = WHOLE) -> Watched:
    """Raise what is due, the oldest first, as far as time allows; the next run goes on.

    Idempotent, also when two run at once.
    """
    in_time = InTime(_SECONDS)
    due = storage.list_to_watch(now, part)
    metrics.waited(_NAME, due.values())
    oldest_first = sorted(due, key=lambda number: due[number])
    raised = worker.each(
        _NAME, oldest_first, lambda number: deadlines.watch(number, now), through=in_time.map
    )
    return Watched(len(raised), sum(raised))
