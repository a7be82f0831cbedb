"""Items in the embedded engine's memory, held as their text; as objects they take eight times that.

The engine never changes an item where it is held: it puts another in its place. So whoever reads
one may get it made anew. Text goes into the journal and the checkpoints as it is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import orjson
from ministack.services import dynamodb as _dynamodb

# The engine is untyped.
database: Final[Any] = _dynamodb
_Memo = dict[int, Any]
# What the sort keys of the items must be that the Query under way asks for.
_asked: list[Callable[[str], bool]] = []


class Packed(bytes):
    """The text of an item."""

    __slots__ = ()


def pack(item: Any) -> Packed:
    """Return the text of an item, which may be given as it."""
    return Packed(item.encode() if isinstance(item, str) else orjson.dumps(item))


def unpack(held: Any) -> Any:
    """Return the item of a text; anything else as it is."""
    return orjson.loads(memoryview(held)) if held.__class__ is Packed else held


class Partition(dict[str, Any]):
    """The items of one partition key, by their sort keys."""

    __slots__ = ()

    def __init__(self, items: Mapping[str, Any] | None = None) -> None:
        """Hold these items."""
        super().__init__()
        for sort_key, item in (items or {}).items():
            self[sort_key] = item

    def held(self, sort_key: str) -> Any:
        """Return what is held of an item: its text."""
        return super().__getitem__(sort_key)

    def __setitem__(self, sort_key: str, item: Any) -> None:
        """Hold an item."""
        super().__setitem__(sort_key, pack(item))

    def __getitem__(self, sort_key: str) -> Any:
        """Return an item, or raise KeyError."""
        return unpack(super().__getitem__(sort_key))

    def get(self, sort_key: str, default: Any = None) -> Any:
        """Return an item, or the default."""
        return unpack(super().get(sort_key, default))

    def pop(self, sort_key: str, *default: Any) -> Any:
        """Return an item and hold it no longer."""
        return unpack(super().pop(sort_key, *default))

    def values(self) -> Iterator[Any]:  # type: ignore[override]
        """Return the items in the order in which they came, in a Query those that it asks for."""
        if not _asked:
            return map(unpack, super().values())
        held = super().items()
        return (unpack(one) for key, one in held if all(test(key) for test in _asked))

    def items(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        """Return the items with their sort keys."""
        return ((sort_key, unpack(held)) for sort_key, held in super().items())

    def __deepcopy__(self, _: _Memo) -> "Partition":
        """Return a partition of the same items."""
        copied = Partition()
        dict.update(copied, {key: self.held(key) for key in self})
        return copied


class Partitions(defaultdict[str, Partition]):
    """All items of a table, by their partition keys; made in the place of a `defaultdict(dict)`."""

    def __init__(self, _: Any = None, partitions: Mapping[str, Any] | None = None) -> None:
        """Hold these partitions."""
        super().__init__(Partition)
        for key, items in (partitions or {}).items():
            self[key] = items if isinstance(items, Partition) else Partition(items)

    def setdefault(self, key: str, _: Any = None) -> Partition:
        """Return a partition, which is empty when there was none."""
        return self[key]


@contextmanager
def narrowed(tests: Iterable[Callable[[str], bool]]) -> Iterator[None]:
    """Leave out inside what a Query of a table would leave out by sort keys that are texts."""
    _asked[:] = tests
    try:
        yield
    finally:
        _asked.clear()


def hold_as_text() -> None:
    """Let the engine hold the items of all its tables so, also of those that a stack made."""
    database.defaultdict = Partitions
    store = database._set_item  # noqa: SLF001

    def set_item(table: Any, *about: Any) -> Any:
        # Templates are read by a module with a `defaultdict` of its own, which takes long to load.
        if table["items"].__class__ is not Partitions:
            table["items"] = Partitions(dict, table["items"])
        return store(table, *about)

    database._set_item = set_item  # noqa: SLF001
