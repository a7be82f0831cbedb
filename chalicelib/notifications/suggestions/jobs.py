"""What runs at night: what is due for people is told to those who want to be told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from time import monotonic
from typing import Final

from chalicelib.core import worker
from chalicelib.notifications.suggestions import service, storage

_NAME: Final = "suggest"
_AT_A_TIME: Final = 800
_AT_ONCE: Final = 8
# Of the five minutes that a run may last; what is left is due the next night.
_SECONDS: Final = 240.0


def suggest(now: datetime, has_time: Callable[[], bool] | None = None) -> int:
    """Tell what is due as long as the run `has_time`, and return how many were told.

    One's trouble does not stop the rest: those behind it in its bucket are read beyond it.
    """
    until = monotonic() + _SECONDS
    may_go_on = has_time or (lambda: monotonic() < until)
    told, failed, seen = 0, 0, set[str]()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while may_go_on():
            listed = storage.list_due(now, _AT_A_TIME, beyond=failed)
            due = [one for one in listed if one not in seen]
            if not due:
                break
            done = worker.each(_NAME, due, lambda one: service.suggest(one, now), through=pool.map)
            told, failed = told + sum(done), failed + len(due) - len(done)
            # The index may show for a moment what was done.
            seen.update(due)
    return told
