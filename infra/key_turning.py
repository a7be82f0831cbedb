"""Turning the keys of a ring in two steps: publish a new one, and sign with it when all know it.

A ring is a list as the secret keeps it: the first key signs, all verify. Between the steps lies the
time in which every process reads the secret anew, and every reader of passes that works offline
fetches `GET /v1/keys`; so nobody ever meets a signature by a key that is new to them. The former
key verifies until the next turn.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

# Processes read secrets anew after five minutes, and what /v1/keys answered is kept for as long.
_WAITS: Final[Mapping[str, timedelta]] = {"token_keys": timedelta(minutes=15)}
# Readers of passes and certificates fetch the keys daily.
_DAILY: Final = timedelta(hours=25)
_PUBLISHED: Final = "published_at"

Key = Mapping[str, str]
Ring = Sequence[Key]


class TooEarlyError(Exception):
    """The step is not due; its message says what is."""


def publish(ring: Ring, fresh: Key, now: datetime) -> list[Key]:
    """Return the ring with a key that verifies and does not sign yet.

    Raises TooEarlyError when another waits to sign.
    """
    waiting = _waiting(ring)
    if waiting:
        message = f"the key {waiting['kid']} was published and waits to sign"
        raise TooEarlyError(message)
    return [ring[0], {**fresh, _PUBLISHED: now.isoformat()}, *ring[1:]]


def sign(name: str, ring: Ring, now: datetime) -> list[Key]:
    """Return the ring whose published key signs; the one that signed until now verifies on.

    Raises TooEarlyError while somebody may not know it, or when none was published.
    """
    waiting = _waiting(ring)
    if waiting is None:
        message = f"publish a key of {name} first"
        raise TooEarlyError(message)
    due = datetime.fromisoformat(waiting[_PUBLISHED]) + _WAITS.get(name, _DAILY)
    if now < due:
        message = f"the key {waiting['kid']} may sign from {due.isoformat()} on"
        raise TooEarlyError(message)
    known = {part: value for part, value in waiting.items() if part != _PUBLISHED}
    return [known, ring[0]]


def _waiting(ring: Ring) -> Key | None:
    return next((key for key in ring[1:] if _PUBLISHED in key), None)
