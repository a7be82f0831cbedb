"""What runs by the clock: the watch of deadlines."""

from datetime import datetime
from typing import Final

from chalicelib.core import metrics, worker
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.parallel import InTime
from chalicelib.enquiries.service import overdue

_NAME: Final = "watch_enquiries"
# Of the minute that a run may last; what is begun is ended.
_SECONDS: Final = 30.0


def watch_enquiries(now: datetime, *, part: Part = WHOLE) -> int:
    """Raise the alerts of missed deadlines; return how many are new. Idempotent.

    As far as time allows, the oldest first.
    """
    missed = sorted(overdue.list_overdue(now, part), key=lambda one: one.due_at)
    metrics.waited(_NAME, (one.due_at for one in missed))
    told = worker.each(
        _NAME,
        missed,
        lambda one: overdue.tell(one.enquiry_id, now),
        name=lambda one: one.enquiry_id,
        through=InTime(_SECONDS).map,
    )
    return sum(told)
