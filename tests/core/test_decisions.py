from dataclasses import dataclass, field

from chalicelib.core.decisions import Versioned
from chalicelib.core.history import Entry, Head
from chalicelib.core.idempotency import Applied, Ledger


@dataclass(frozen=True)
class Thing(Versioned):
    version: int = 3
    head: Head = field(default_factory=lambda: Head(7, "a"))
    ledger: Ledger = ()


def test_there_is_a_version_for_each_entry() -> None:
    note = Applied("key", "print", 1)
    entries = tuple(
        Entry("thing", seq, "thing.changed", "", "me", {}, "", mark)
        for seq, mark in ((8, "ab"), (9, "b"))
    )
    advanced = Thing().advanced(entries, (note,))
    assert advanced == Thing(5, Head(9, "b"), (note,))
    assert Thing().advanced((), ()) == Thing()
