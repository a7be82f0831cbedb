"""Lists in pages: opaque cursors that are signed and bound to one list of one caller."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from chalicelib.core.errors import InvalidCursor
from chalicelib.core.spelling import base64url, from_base64url

T = TypeVar("T")
U = TypeVar("U")
_MAC_BYTES: Final = 16
_LONGEST: Final = 1024


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some things of a list, and the position after the last one where more may follow."""

    items: tuple[T, ...]
    next_position: str | None = None

    def map(self, change: Callable[[T], U]) -> "Page[U]":
        """Return the same page of changed things."""
        return Page(tuple(change(item) for item in self.items), self.next_position)


@dataclass(frozen=True, slots=True)
class CursorPage(Generic[T]):
    """Some things of a list as a caller gets them, and the cursor where more may follow."""

    items: tuple[T, ...]
    next_cursor: str | None = None


def every(read: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """Return all things of a list, page after page; `read` gives the page after a position."""
    position: str | None = None
    while True:
        page = read(position)
        yield from page.items
        position = page.next_position
        if position is None:
            return


def slice_of(things: Sequence[T], position: str | None, limit: int) -> Page[T]:
    """Return the page after a position of what is known as a whole."""
    begin = int(position or 0)
    end = begin + limit
    return Page(tuple(things[begin:end]), str(end) if end < len(things) else None)


def from_last(
    things: Iterable[T], place: Callable[[T], str], position: str | None, limit: int
) -> Page[T]:
    """Return the page after a position of all of a list, the last place first.

    What comes to the list meanwhile moves nothing else to another page.
    """
    rest = [one for one in things if position is None or place(one) < position]
    rest.sort(key=place, reverse=True)
    more = place(rest[limit - 1]) if len(rest) > limit else None
    return Page(tuple(rest[:limit]), more)


class Cursors:
    """Seals positions so that nobody can make one, nor carry one into another list."""

    def __init__(self, key: bytes) -> None:
        """`key` is a secret of at least 32 bytes."""
        self._key = key

    def page(
        self, scope: str, cursor: str | None, read: Callable[[str | None], Page[T]]
    ) -> CursorPage[T]:
        """Return the page at a cursor of the list that `scope` names; raises InvalidCursor.

        `read` gives the page after a position.
        """
        page = read(self.open(scope, cursor))
        return CursorPage(page.items, self.seal(scope, page.next_position))

    def seal(self, scope: str, position: str | None) -> str | None:
        """Return the cursor of a position in the list that `scope` names."""
        if position is None:
            return None
        payload = json.dumps(position).encode()
        return base64url(self._mac(scope, payload) + payload)

    def open(self, scope: str, cursor: str | None) -> str | None:
        """Return the position that a cursor holds; raises InvalidCursor."""
        if cursor is None:
            return None
        if len(cursor) > _LONGEST:
            raise InvalidCursor
        try:
            sealed = from_base64url(cursor)
        except ValueError as error:
            raise InvalidCursor from error
        mac, payload = sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(scope, payload)):
            raise InvalidCursor
        return str(json.loads(payload))

    def _mac(self, scope: str, payload: bytes) -> bytes:
        message = scope.encode() + b"\x00" + payload
        return hmac.digest(self._key, message, hashlib.sha256)[:_MAC_BYTES]
