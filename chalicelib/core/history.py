"""The history of a thing: one hash-chained entry for each change, written with the change.

An entry is at once what the owner sees as a timeline, what an auditor verifies, and what is
published to the workers. It holds ids and plain facts, never personal data in clear.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from chalicelib.core.clock import rfc3339
from chalicelib.core.event_types import EventType

GENESIS: Final = "0" * 32
Reason = Literal[
    "altered", "left_out", "swapped", "added", "rewritten", "unproven", "unanchored"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the number of its entries and the last one's hash."""

    seq: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a chain, and the first `seq` where it shows."""

    seq: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Opening:
    """What shows that a commitment is to a value: SHA-256 over salt, name and value as JSON."""

    name: str
    value: str
    salt: str

    @property
    def commitment(self) -> str:
        """Return the commitment, in hex."""
        return _sha256(self.salt, self.name, self.value)


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of `subject`; `hash` covers all other fields and so, by `prev_hash`, the past.

    With a `salt` it covers actor and facts by commitments, so that some of them can be shown and
    others not, and the chain is verified all the same. Entries of before commitments have none.
    """

    subject: str
    seq: int
    type: str
    at: str
    actor: str
    data: Mapping[str, str]
    prev_hash: str
    hash: str
    salt: str = ""

    @property
    def head(self) -> Head:
        """Return the end of the chain that this entry makes."""
        return Head(self.seq, self.hash)


def append(  # noqa: PLR0913 - an entry has these facts.
    subject: str,
    head: Head,
    *,
    type_: EventType,
    at: datetime,
    actor: str,
    data: Mapping[str, str],
    salt: str = "",
) -> Entry:
    """Make the entry that follows `head`; `salt` is random, for nobody to guess what is hidden."""
    when = rfc3339(at)
    made = Entry(subject, head.seq + 1, type_, when, actor, dict(data), head.hash, "", salt)
    return replace(made, hash=_hash_of(made))


def openings(entry: Entry) -> dict[str, Opening]:
    """Return the openings of an entry's commitments, by their names; none without a salt.

    `by` is the kind of the actor, and `actor` who it is; each has a salt of its own, which says
    nothing of the others.
    """
    if not entry.salt:
        return {}
    facts = {f"data.{name}": value for name, value in entry.data.items()}
    facts |= {"actor": entry.actor, "by": entry.actor.partition(":")[0]}
    key = entry.salt.encode()
    return {
        name: Opening(name, value, hmac.digest(key, name.encode(), "sha256").hex()[:32])
        for name, value in facts.items()
    }


def commitments(entry: Entry) -> dict[str, str]:
    """Return what the hash of an entry covers in place of actor and facts, by their names."""
    return {name: opening.commitment for name, opening in openings(entry).items()}


def check(subject: str, entries: Sequence[Entry], head: Head | None = None) -> Finding | None:
    """Return the first thing wrong with a subject's chain, or None when it is whole.

    `head` is the end that the subject's own record keeps; without it nobody can tell whether
    entries are missing at the end.
    """
    reached = Head()
    for entry in entries:
        finding = _look_at(entry, reached, entries)
        if finding:
            return finding
        if entry.subject != subject:
            return Finding(entry.seq, "swapped")
        reached = entry.head
    if head is None or head == reached:
        return None
    if head.seq > reached.seq:
        return Finding(reached.seq + 1, "left_out")
    if head.seq < reached.seq:
        return Finding(head.seq + 1, "added")
    return Finding(head.seq, "altered")


def _look_at(entry: Entry, reached: Head, entries: Sequence[Entry]) -> Finding | None:
    due = reached.seq + 1
    if entry.seq != due:
        if entry.seq < due:
            return Finding(due, "added")
        return Finding(due, "swapped" if any(e.seq == due for e in entries) else "left_out")
    if entry.hash != _hash_of(entry):
        return Finding(due, "altered")
    # It is whole in itself but follows another past.
    return Finding(due, "added") if entry.prev_hash != reached.hash else None


def _hash_of(entry: Entry) -> str:
    begins = (entry.subject, entry.seq, entry.type, entry.at)
    if entry.salt:
        return _sha256(*begins, commitments(entry), entry.prev_hash)[:32]
    return _sha256(*begins, entry.actor, entry.data, entry.prev_hash)[:32]


def _sha256(*facts: str | int | Mapping[str, str]) -> str:
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
