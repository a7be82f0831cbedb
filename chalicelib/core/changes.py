"""The one change loop: load, decide, append, store on condition, and again when another was faster.

Every use case that changes a thing with a history goes through `apply`. The thing's new state, its
history entries and the note of the attempt are stored in one transaction, on the condition that
nobody changed the thing since it was loaded (optimistic concurrency control). What is told apart:

* the same attempt took effect before: its result is answered again, as a replay;
* another was faster: the thing is loaded anew and decided again;
* the store refused because this very write had taken effect and its answer was lost: it is a
  success, found by the note of the attempt, or without an attempt by the end of the chain;
* the right by which the author acts for another is gone: that is raised;
* the attempt's key has made something else, where keys are noted: that is raised;
* the store raises (a throttle, a lost connection): the caller may try again with the same attempt.
"""

import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Self, TypeVar

from chalicelib.core import history, idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.decisions import Chained, Decision
from chalicelib.core.errors import TryAgain
from chalicelib.core.history import Entry
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import new_id
from chalicelib.core.key_notes import KeyNote
from chalicelib.core.standing import Standing

_TRIES: Final = 24
_BASE_SECONDS: Final = 0.001
_CAP_SECONDS: Final = 0.05
# 130 random bits: nobody guesses what an entry hides.
_SALT_LETTERS: Final = 22


T = TypeVar("T", bound=Chained)
E = TypeVar("E")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Change(Generic[T, E]):
    """One conditional write: the new version in place of the old one, with its entries."""

    old: T
    new: T
    entries: tuple[Entry, ...]
    effects: E
    standing: Standing | None = None
    key: KeyNote | None = None

    @property
    def also(self) -> tuple[Callable[[Any], None], ...]:
        """Return what the author's right to act for another, and their key, add to the write."""
        held = self.standing.holds() if self.standing else None
        return tuple(filter(None, (held, self.key.write if self.key else None)))


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes something, when, in which attempt, and by what right for another.

    `key` is noted for what is made under an id that does not follow from the attempt.
    """

    actor: str
    now: datetime
    attempt: Attempt | None = None
    standing: Standing | None = None
    key: KeyNote | None = None

    @classmethod
    def of(cls, caller: Citizen, now: datetime, attempt: Attempt | None = None) -> Self:
        """Return a citizen, or who acts for them, as an author."""
        return cls(caller.actor, now, attempt, caller.standing)

    def check(self) -> None:
        """Raise why a write of theirs was refused, if it is for the key or the right to act."""
        if self.key:
            self.key.check()
        if self.standing:
            self.standing.check()


@dataclass(frozen=True, slots=True)
class Applied(Generic[T]):
    """What is there after a change, and what was there before it.

    `replayed` says that the same attempt had taken effect before.
    """

    new: T
    old: T
    replayed: bool = False

    @property
    def changed(self) -> bool:
        """Tell whether this call changed the thing; then what is not part of the write is due."""
        return self.new is not self.old


def until_stored(write: Callable[[], R | None]) -> R:
    """Return the first answer of an optimistic write, which answers None when another was faster.

    Raises TryAgain when others were faster again and again.
    """
    for number in range(_TRIES):
        answer = write()
        if answer is not None:
            return answer
        _wait(number)
    raise TryAgain(retry_after=1)


def apply(
    load: Callable[[], T],
    decide: Callable[[T], Decision[T, E] | None],
    store: Callable[[Change[T, E]], bool],
    author: Author,
    *,
    done: Callable[[], bool] | None = None,
) -> Applied[T]:
    """Change a thing in one conditional write, deciding again whenever another was faster.

    `decide` is called with what is there, and answers None when nothing is to change. `store` tells
    whether its condition held. `done` tells after a refused write whether somebody else has made
    this change, where neither an attempt nor the state shows it. Raises IdempotencyKeyReused,
    TryAgain when others were faster again and again, and what the three functions raise.
    """
    sent: Change[T, E] | None = None

    def write() -> Applied[T] | None:
        nonlocal sent
        if sent and done and done():
            current = load()
            return Applied(current, current, replayed=True)
        old = load()
        if _took_effect(old, sent, author.attempt):
            # After a refused write, its own effect is no replay; the answer to it was lost.
            own = sent is not None and old.head == sent.new.head
            return Applied(old, sent.old if own and sent else old, replayed=not own)
        decision = decide(old)
        if decision is None or not decision.events:
            return Applied(old, old)
        sent = append(old, decision, author)
        if store(sent):
            return Applied(sent.new, old)
        author.check()
        return None

    with author.key.unless_reused() if author.key else nullcontext():
        return until_stored(write)


def append(old: T, decision: Decision[T, E], author: Author) -> Change[T, E]:
    """Return the write that a decision asks for: its entries appended, its attempt noted.

    `old` is at version 0 for what is being made.
    """
    entries, head = [], old.head
    for event in decision.events:
        entry = history.append(
            old.subject_id,
            head,
            type_=event.type,
            at=author.now,
            actor=author.actor,
            data=event.facts,
            salt=new_id(_SALT_LETTERS),
        )
        entries.append(entry)
        head = entry.head
    ledger = old.ledger
    if author.attempt:
        ledger = idempotency.note(ledger, author.attempt, author.now)
    new = decision.new.advanced(tuple(entries), ledger)
    effects = decision.effects
    return Change(old, new, tuple(entries), effects, author.standing, author.key)


def _took_effect(current: T, sent: Change[T, E] | None, attempt: Attempt | None) -> bool:
    if attempt:
        return idempotency.already_applied(current.ledger, attempt)
    return sent is not None and current.head == sent.new.head


def _wait(number: int) -> None:
    """Wait with full jitter, so that those who were refused together do not meet again."""
    # Jitter needs no cryptography.
    time.sleep(random.uniform(0, min(_CAP_SECONDS, _BASE_SECONDS * 2**number)))  # noqa: S311
