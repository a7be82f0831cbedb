"""Citizens' own keys, remembered for a minute so that not every request reads the profile."""

import threading
import time
from collections import OrderedDict
from typing import Final

from chalicelib.core.crypto import SubjectKey

_KEPT_SECONDS: Final = 60
_KEPT_KEYS: Final = 512


class KeysKept:
    """The keys of the citizens that this process saw last."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: OrderedDict[str, tuple[SubjectKey, float]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, citizen_id: str) -> SubjectKey | None:
        """Return a key that was remembered within the last minute."""
        with self._lock:
            key, until = self._kept.get(citizen_id, (None, 0.0))
        return key if until > time.monotonic() else None

    def remember(self, citizen_id: str, key: SubjectKey) -> None:
        """Keep a key, and forget the one that was kept longest when there are too many."""
        with self._lock:
            self._kept[citizen_id] = (key, time.monotonic() + _KEPT_SECONDS)
            self._kept.move_to_end(citizen_id)
            if len(self._kept) > _KEPT_KEYS:
                self._kept.popitem(last=False)

    def forget(self, citizen_id: str) -> None:
        """Drop a key that was destroyed."""
        with self._lock:
            self._kept.pop(citizen_id, None)
