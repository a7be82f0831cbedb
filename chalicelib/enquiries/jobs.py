"""What runs by the clock: the watch of deadlines."""

from datetime import datetime
from typing import Final

from chalicelib.core import metrics, worker
from chalicelib.enquiries.service import overdue

_NAME: Final = "watch_enquiries"


def watch_enquiries(now: datetime) -> int:
    """Raise the alerts of missed deadlines; return how many are new. Idempotent."""
    missed = overdue.list_overdue(now)
    metrics.waited(_NAME, (one.due_at for one in missed))
    told = worker.each(
        _NAME,
        missed,
        lambda one: overdue.tell(one.enquiry_id, now),
        name=lambda one: one.enquiry_id,
    )
    return sum(told)
