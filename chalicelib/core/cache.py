"""What a process remembers for some seconds, so that not every request reads it again."""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Final, Generic, TypeVar

from cachetools import TLRUCache

from chalicelib.core import retry
from chalicelib.core.errors import TryAgain

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_SIZE: Final = 1024


class TimedCache(Generic[K, V]):
    """Values that are good for some seconds, for many threads; the least used makes room."""

    def __init__(
        self,
        seconds: float | Callable[[V], float],
        size: int = _SIZE,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds` is how long each value is good, or tells it of a value."""

        def expires(_key: K, value: V, now: float) -> float:
            return now + (seconds(value) if callable(seconds) else seconds)

        self._values: TLRUCache[K, V] = TLRUCache(size, expires, timer)
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return a value that is still good."""
        with self._lock:
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Remember a value from now on."""
        with self._lock:
            self._values[key] = value

    def load(self, key: K, read: Callable[[], V]) -> V:
        """Return a value that is still good, or read it; threads do not wait for each other."""
        value = self.get(key)
        if value is None:
            value = read()
            self.put(key, value)
        return value

    def drop(self, key: K) -> None:
        """Forget a value that is wrong now."""
        with self._lock:
            self._values.pop(key, None)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._values.clear()


class Turn:
    """One thread at a time reads what all need; who waited while that failed does not try as well.

    Else a store that does not answer is asked by one after another, and the last waits for all.
    Nobody waits longer than trouble may still cost the own request.
    """

    def __init__(self) -> None:
        """Begin with nobody's."""
        self._lock = threading.Lock()
        self._under_way: Future[None] | None = None

    @property
    def is_taken(self) -> bool:
        """Tell whether somebody reads just now."""
        return self._under_way is not None

    def take(self, read: Callable[[], None]) -> None:
        """Read, or wait for who does; raises TryAgain where that one failed."""
        with self._lock:
            theirs, mine = self._under_way, Future[None]()
            if theirs is None:
                self._under_way = mine
        if theirs:
            self._wait_for(theirs)
            return
        try:
            read()
        except BaseException as error:
            self._end()
            mine.set_exception(error)
            raise
        self._end()
        mine.set_result(None)

    def _end(self) -> None:
        with self._lock:
            self._under_way = None

    def _wait_for(self, theirs: Future[None]) -> None:
        began = time.monotonic()
        try:
            failed = theirs.exception(retry.left()) is not None
        except TimeoutError:
            failed = True
        if failed:
            retry.spend(time.monotonic() - began)
            raise TryAgain(retry_after=2)


class Reading:
    """What is read of a store now and then, for all threads of a process at once."""

    def __init__(self, read: Callable[[], None]) -> None:
        """Read nothing yet; `read` keeps what it finds."""
        self._read, self._turn, self._began = read, Turn(), float("-inf")

    def age(self) -> float:
        """Return how many seconds ago what is known was read."""
        return time.monotonic() - self._began

    def refresh(self, older_than: float) -> None:
        """Read again what is so many seconds old; raises TryAgain where another's try failed."""
        asked_at = time.monotonic()
        if asked_at - self._began < older_than:
            return
        while self._began < asked_at:
            self._turn.take(self._anew)

    def forget(self) -> None:
        """Read again the next time."""
        self._began = float("-inf")

    def _anew(self) -> None:
        began = time.monotonic()
        self._read()
        self._began = began
