"""Challenges of authenticators: random, for one person and purpose, good for five minutes.

They are kept nowhere: each carries when it was made, under a keyed hash with whom and what it is
for. What is signed over one has an id of it, and so is made once.
"""

import hmac
from datetime import datetime
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.ids import new_id

_NONCE_LENGTH: Final = 22
_SECONDS: Final = 300


def issue(purpose: str, now: datetime) -> str:
    """Return a new challenge for a purpose, which names the person."""
    begin = f"{new_id(_NONCE_LENGTH)}.{int(now.timestamp())}"
    return f"{begin}.{_mac(purpose, begin)}"


def is_good(challenge: str, purpose: str, now: datetime) -> bool:
    """Tell whether a challenge was made for a purpose, and not too long ago."""
    begin, _, mac = challenge.rpartition(".")
    if not hmac.compare_digest(mac.encode(), _mac(purpose, begin).encode()):
        return False
    return 0 <= int(now.timestamp()) - int(begin.partition(".")[2]) < _SECONDS


def _mac(purpose: str, begin: str) -> str:
    return dependencies.vault().keyed_hash("webauthn-challenge", f"{purpose}\x00{begin}")
