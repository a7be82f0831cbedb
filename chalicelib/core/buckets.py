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
class Part:
    """One of the equal parts of a run: some of the buckets of a list, some of the halls."""

    number: int = 0
    of: int = 1

    def __post_init__(self) -> None:
        """Refuse a part that is none of them."""
        if not 0 <= self.number < self.of:
            message = f"there is no part {self.number} of {self.of}"
            raise ValueError(message)

    def has(self, id_: str) -> bool:
        """Tell whether a thing belongs to the part; each belongs to one."""
        return crc32(id_.encode()) % self.of == self.number

    def buckets(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Return the part's own among all buckets of a list."""
        return keys[self.number :: self.of]


WHOLE: Final = Part()


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

    def read(self, query: Callable[[str], Iterable[T]], part: Part = WHOLE) -> list[T]:
        """Return what all buckets of a part hold, some read at once: one `query` a key."""
        keys = part.buckets(self.keys)
        answers = parallel.map_concurrently(lambda key: list(query(key)), keys)
        return [one for answer in answers for one in answer]

    def _key(self, number: int) -> str:
        return self.first if self.first and not number else f"{self.prefix}{number}"
