"""Progress by receipt number and code, without a log-in; guessing is slowed.

A wrong code and an unknown number are the same 404 and are counted alike, for the receipt and for
the caller. The right code costs one consistent Query: the wrong guesses lie beside the case. Wrong
guesses of a caller are counted in the table and remembered in the process.
"""

import threading
from datetime import UTC, datetime
from typing import Final

from chalicelib.cases import receipts, storage
from chalicelib.cases.domain import Case
from chalicelib.core.errors import NotFound, TooManyRequests
from chalicelib.core.history import Entry

_WINDOW_SECONDS: Final = 3600
_MISSES_OF_RECEIPT: Final = 5
_MISSES_OF_CALLER: Final = 20
_REMEMBERED: Final = 10_000


class _ShutOut:
    """The callers who guessed too often, as far as this process knows."""

    def __init__(self) -> None:
        self._windows: dict[str, int] = {}
        self._lock = threading.Lock()

    def remember(self, source: str, window: int) -> None:
        with self._lock:
            if len(self._windows) >= _REMEMBERED:
                self._windows = {s: w for s, w in self._windows.items() if w == window}
            self._windows[source] = window

    def holds(self, source: str, window: int) -> bool:
        return self._windows.get(source) == window


_shut_out: Final = _ShutOut()


def look_up(given: str, code: str, source: str, now: datetime) -> tuple[Case, tuple[Entry, ...]]:
    """Return a receipt's case with its history; raises NotFound or TooManyRequests."""
    window = int(now.timestamp()) // _WINDOW_SECONDS
    if _shut_out.holds(source, window):
        raise _slower(window, now)
    number = receipts.read_number(given)
    if number is None:
        _miss(None, source, window, now)
        raise NotFound
    # A wrong guess is counted before anything is answered, so that many at once are no more tries.
    if not receipts.opens(number, code):
        _miss(number, source, window, now)
        raise NotFound
    looked = storage.load_progress(number)
    if looked.window == window and looked.misses >= _MISSES_OF_RECEIPT:
        raise _slower(window, now)
    if looked.case is None:
        raise NotFound
    return looked.case, looked.entries


def _miss(number: str | None, source: str, window: int, now: datetime) -> None:
    ends = datetime.fromtimestamp((window + 1) * _WINDOW_SECONDS, UTC)
    too_many = number and storage.count_miss(number, window, ends) > _MISSES_OF_RECEIPT
    if storage.count_miss_of(source, window, ends) > _MISSES_OF_CALLER:
        _shut_out.remember(source, window)
        raise _slower(window, now)
    if too_many:
        raise _slower(window, now)


def _slower(window: int, now: datetime) -> TooManyRequests:
    return TooManyRequests(
        retry_after=max(1, (window + 1) * _WINDOW_SECONDS - int(now.timestamp()))
    )
