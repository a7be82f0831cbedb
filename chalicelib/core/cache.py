"""What a process remembers for some seconds, so that not every request reads it again."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from cachetools import TLRUCache

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
