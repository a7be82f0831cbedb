"""Buckets: the partition keys among which the items of one list are spread.

A partition of DynamoDB takes 1,000 write units a second ("Best practices for designing and using
partition keys effectively", Amazon DynamoDB developer guide), an index has its own, and one that
is throttled holds up the writes of its table. So no list that everybody writes to has one key.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar
from zlib import crc32

from chalicelib.core import parallel
from chalicelib.core.settings import SETTINGS

T = TypeVar("T")
# It may only grow: nobody looks into a bucket beyond the last.
INDEX_BUCKETS: Final[int] = SETTINGS.index_buckets


@dataclass(frozen=True, slots=True)
class Buckets:
    """The buckets of one list; `first` names the bucket that was the only one before."""

    prefix: str = ""
    first: str = ""
    count: int = INDEX_BUCKETS

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the partition keys of all buckets."""
        return tuple(map(self._key, range(self.count)))

    def of(self, id_: str) -> str:
        """Return the partition key of the bucket that an id belongs to; it is always the same."""
        return self._key(crc32(id_.encode()) % self.count)

    def read(self, query: Callable[[str], Iterable[T]]) -> list[T]:
        """Return what all buckets hold, some of them read at once: one `query` a key."""
        answers = parallel.map_concurrently(lambda key: list(query(key)), self.keys)
        return [one for answer in answers for one in answer]

    def _key(self, number: int) -> str:
        return self.first if self.first and not number else f"{self.prefix}{number}"
