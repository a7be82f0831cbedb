"""What a use case decides about a thing with a history: plain values, for pure rules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, Self, TypeVar, cast

from chalicelib.core.event_types import EventType
from chalicelib.core.history import Entry, Head
from chalicelib.core.idempotency import Ledger


class Chained(Protocol):
    """A thing with a hash-chained history; `ledger` has the notes of attempts that took effect."""

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""

    @property
    def head(self) -> Head:
        """Return the end of its history."""

    @property
    def ledger(self) -> Ledger:
        """Return the attempts that took effect."""

    def advanced(self, entries: tuple[Entry, ...], ledger: Ledger) -> Self:
        """Return the next version, with its new history entries and ledger."""


class Versioned:
    """A mixin for frozen dataclasses with `version`, `head` and `ledger`: one version an entry."""

    __slots__ = ()

    def advanced(self, entries: tuple[Entry, ...], ledger: Ledger) -> Self:
        """Return the next version, with its new history entries and ledger."""
        old = cast("Any", self)
        head = entries[-1].head if entries else old.head
        version = old.version + len(entries)
        return cast("Self", replace(old, version=version, head=head, ledger=ledger))


T = TypeVar("T", bound=Chained)
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """What happened: the type of a history entry and its facts, none of them personal."""

    type: EventType
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Decision(Generic[T, E]):
    """What becomes of a thing: its new state, what happened, and what is stored beside it.

    Without `events` nothing changes, and nothing is stored.
    """

    new: T
    events: tuple[DomainEvent, ...]
    effects: E
