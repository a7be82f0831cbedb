"""Writes that can be sent again: the same key and body find what the first call did.

A thing that is made gets its id from the caller and the key, so that a retry, also after a crash,
finishes the same thing. Each change notes the key in the record that it changes, in the same
transaction; the note stays for at least 24 hours.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core.errors import IdempotencyKeyReused, InvalidIdempotencyKey
from chalicelib.core.ids import base62, derived_id, new_id

KEPT_FOR: Final = timedelta(hours=25)
MOST_NOTES: Final = 200
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_NOTE_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Attempt:
    """One asking of one caller: `key` tells it apart, `fingerprint` says what was asked."""

    key: str
    fingerprint: str

    def id_for(self, kind: str, length: int) -> str:
        """Return the id of the thing of this kind that the attempt makes."""
        return derived_id(kind, self.key, length=length)


@dataclass(frozen=True, slots=True)
class Applied:
    """The note of an attempt that took effect."""

    key: str
    fingerprint: str
    at: int


Ledger = tuple[Applied, ...]


def attempt(
    caller: str, header: str | None, asked: str, body: Mapping[str, object] | None
) -> Attempt:
    """Read the Idempotency-Key; a caller that sends none gets one that never comes again.

    `asked` is the method and path. A `signature` says who confirms what is asked, and is no part
    of it: who lost the answer may send it again with another. Raises InvalidIdempotencyKey.
    """
    if header is not None and not _KEY.fullmatch(header):
        raise InvalidIdempotencyKey
    if body and "signature" in body:
        body = {name: value for name, value in body.items() if name != "signature"}
    text = json.dumps([asked, body], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    key = derived_id(caller, header or new_id(22), length=16)
    return Attempt(key, base62(digest, _NOTE_LENGTH))


def already_applied(ledger: Ledger, asked: Attempt) -> bool:
    """Tell whether the attempt took effect before; raises IdempotencyKeyReused."""
    for applied in ledger:
        if applied.key == asked.key[:_NOTE_LENGTH]:
            if applied.fingerprint != asked.fingerprint:
                raise IdempotencyKeyReused
            return True
    return False


def note(ledger: Ledger, asked: Attempt, now: datetime) -> Ledger:
    """Add the attempt and drop the notes that need not be kept any longer.

    Of what changes more often than `MOST_NOTES` times meanwhile the oldest notes go first: an item
    may have 400 KB, and each KB is paid for at every change.
    """
    horizon = (now - KEPT_FOR).timestamp()
    kept = tuple(applied for applied in ledger if applied.at >= horizon)[1 - MOST_NOTES :]
    return (*kept, Applied(asked.key[:_NOTE_LENGTH], asked.fingerprint, int(now.timestamp())))
