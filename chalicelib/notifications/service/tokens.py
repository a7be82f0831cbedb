"""A platform's access token, one for all workers, renewed by one of them.

The token is kept in the table, sealed. Who finds it over, or is told so by the platform, tries to
become the one who renews it by a conditional write on the token's serial number; the others use
what that one stored, or come back a moment later.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import dependencies
from chalicelib.notifications import storage
from chalicelib.notifications.channels.base import ChannelUnavailable

_RENEWAL: Final = timedelta(seconds=10)
# WeChat keeps the former token good for five minutes while a new one is given out.
_BEFORE_THE_END: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token in clear, and the how-manieth it is."""

    text: str
    serial: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Fresh:
    """What the platform gave out."""

    text: str
    lives: timedelta


# Told whether the former token is known to be bad; raises ChannelUnavailable.
Fetch = Callable[[bool], Fresh]


class SharedToken:
    """The access token of one platform."""

    def __init__(self, platform: str, fetch: Fetch) -> None:
        """`fetch` asks the platform for a token."""
        self._platform = platform
        self._subject = f"{platform}-token"
        self._fetch = fetch
        self._known: AccessToken | None = None
        self._lock = threading.Lock()

    def get(self, now: datetime, after: int = 0) -> AccessToken:
        """Return a good token of a serial number above `after`; raises ChannelUnavailable.

        `after` is the serial number of a token that the platform refused.
        """
        with self._lock:
            known = self._known
            if known is None or known.serial <= after or known.expires_at <= now:
                known = self._known = self._shared(now, after)
            return known

    def _shared(self, now: datetime, after: int) -> AccessToken:
        kept = storage.load_token(self._platform)
        if kept and kept.serial > after and kept.expires_at > now:
            key = dependencies.vault().key_of(self._subject, bytes.fromhex(kept.wrapped_key))
            return AccessToken(key.open("token", kept.sealed), kept.serial, kept.expires_at)
        serial = kept.serial if kept else 0
        if not storage.claim_renewal(self._platform, serial, now, now + _RENEWAL):
            raise ChannelUnavailable(retry_after=1)
        return self._renewed(serial, now, refused=serial <= after and serial > 0)

    def _renewed(self, serial: int, now: datetime, *, refused: bool) -> AccessToken:
        try:
            fresh = self._fetch(refused)
        except ChannelUnavailable:
            storage.end_renewal(self._platform, serial)
            raise
        key, wrapped = dependencies.vault().new_key(self._subject)
        expires_at = now + max(fresh.lives - _BEFORE_THE_END, fresh.lives / 2)
        sealed = key.seal("token", fresh.text)
        kept = storage.Token(sealed, wrapped.hex(), serial + 1, expires_at)
        storage.store_token(self._platform, kept)
        return AccessToken(fresh.text, serial + 1, expires_at)
