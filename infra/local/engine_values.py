"""Attribute values in the embedded engine's memory, of which they take the most.

Most are the same as others: small numbers, states, ids. The engine replaces the values of an item
and never changes one in place, so items may hold the same object.
"""

from functools import lru_cache
from typing import Any, Final

_SCALARS: Final = frozenset({"S", "N", "BOOL", "NULL"})
_SHORT_CHARACTERS: Final = 48
_SHARED: Final = 8192


def shared(value: Any) -> Any:
    """Return the one object for a short attribute value; anything else as it is."""
    if value.__class__ is dict and len(value) == 1:
        ((kind, content),) = value.items()
        if kind in _SCALARS and (
            content.__class__ is bool
            or (content.__class__ is str and len(content) <= _SHORT_CHARACTERS)
        ):
            return _value(kind, content)
    return value


def share(item: dict[str, Any]) -> None:
    """Let an item hold the shared objects for its values."""
    for name, value in item.items():
        item[name] = shared(value)


@lru_cache(_SHARED)
def _value(kind: str, content: Any) -> dict[str, Any]:
    return {kind: content}
