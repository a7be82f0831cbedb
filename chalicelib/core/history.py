"""The history of a thing: one hash-chained entry for each change, written with the change.

An entry is at once what the owner sees as a timeline, what an auditor verifies, and what is
published to the workers. It holds ids and plain facts, never personal data in clear.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.core.clock import rfc3339

GENESIS: Final = "0" * 32


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the number of its entries and the last one's hash."""

    seq: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of `subject`; `hash` covers all other fields and so, by `prev_hash`, the past."""

    subject: str
    seq: int
    type: str
    at: str
    actor: str
    data: Mapping[str, str]
    prev_hash: str
    hash: str

    @property
    def head(self) -> Head:
        """Return the end of the chain that this entry makes."""
        return Head(self.seq, self.hash)


def append(  # noqa: PLR0913 - an entry has these facts.
    subject: str, head: Head, *, type_: str, at: datetime, actor: str, data: Mapping[str, str]
) -> Entry:
    """Make the entry that follows `head`."""
    seq, when = head.seq + 1, rfc3339(at)
    digest = _digest(subject, seq, type_, when, actor, data, head.hash)
    return Entry(subject, seq, type_, when, actor, dict(data), head.hash, digest)


def first_bad(entries: Sequence[Entry]) -> int | None:
    """Return the `seq` of the first entry that breaks the chain, or None when it is whole."""
    head = Head()
    for entry in entries:
        expected = _digest(
            entry.subject, head.seq + 1, entry.type, entry.at, entry.actor, entry.data, head.hash
        )
        if entry.seq != head.seq + 1 or entry.prev_hash != head.hash or entry.hash != expected:
            return head.seq + 1
        head = entry.head
    return None


def _digest(*facts: str | int | Mapping[str, str]) -> str:
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
