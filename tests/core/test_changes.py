"""The change loop through throttles, lost answers, crashes and others who are faster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import changes, history
from chalicelib.core.changes import Applied, Author, Change
from chalicelib.core.decisions import Decision, DomainEvent, Versioned
from chalicelib.core.errors import IdempotencyKeyReused, TryAgain
from chalicelib.core.history import Entry, Head
from chalicelib.core.idempotency import Attempt, Ledger

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
Fault = Literal["works", "throttled", "lost answer", "crash after", "outrun"]
FAULTS: Sequence[Fault] = ("works", "throttled", "lost answer", "crash after", "outrun")


@dataclass(frozen=True, slots=True)
class Jar(Versioned):
    """What holds marbles, and remembers who put them in."""

    marbles: int = 0
    version: int = 0
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        return "jar"


@dataclass
class Table:
    """One item under conditional writes; each call fails as the plan says, then all work."""

    plan: list[Fault]
    jar: Jar = field(default_factory=Jar)
    entries: list[Entry] = field(default_factory=list)
    calls: int = 0

    def load(self) -> Jar:
        self.calls += 1
        if self.plan and self.plan[0] == "throttled":
            self.plan.pop(0)
            raise TryAgain(retry_after=1)
        return self.jar

    def store(self, change: Change[Jar, None]) -> bool:
        self.calls += 1
        fault = self.plan.pop(0) if self.plan else "works"
        if fault == "throttled":
            raise TryAgain(retry_after=1)
        if fault == "outrun":
            self._keep(put(self.jar, 1, "somebody else"))
        kept = change.old.version == self.jar.version
        if kept:
            self._keep(change)
        if fault == "crash after":
            raise TryAgain(retry_after=1)
        # The database's client sends again what was not answered, and then the condition fails.
        return kept and fault != "lost answer"

    def _keep(self, change: Change[Jar, None]) -> None:
        self.jar = change.new
        self.entries += change.entries


def put(jar: Jar, marbles: int, actor: str) -> Change[Jar, None]:
    """Return a change that somebody else makes in between."""
    facts = {"marbles": str(marbles)}
    entry = history.append("jar", jar.head, type_="case.claimed", at=NOW, actor=actor, data=facts)
    full = replace(jar, marbles=jar.marbles + marbles)
    return Change(jar, full.advanced((entry,), jar.ledger), (entry,), None)


def fill(marbles: int) -> Callable[[Jar], Decision[Jar, None]]:
    event = DomainEvent("case.claimed", {"marbles": str(marbles)})
    return lambda jar: Decision(replace(jar, marbles=jar.marbles + marbles), (event,), None)


def attempt(number: int, asked: str = "fill") -> Attempt:
    return Attempt(f"{number:08}attempt", asked)


def persist(table: Table, number: int, marbles: int) -> Applied[Jar]:
    """Send the same request until it is answered, as a client does."""
    at = NOW + timedelta(minutes=number)
    author = Author("me", at, attempt(number))
    for _ in range(len(FAULTS) * 20):
        try:
            return changes.apply(table.load, fill(marbles), table.store, author)
        except TryAgain:
            continue
    raise AssertionError("it was never answered")


def play(plan: list[Fault], amounts: Sequence[int]) -> Table:
    table = Table(list(plan))
    for number, marbles in enumerate(amounts):
        applied = persist(table, number, marbles)
        assert applied.new.ledger[-1].key == attempt(number).key[:8]
        if applied.changed:
            assert applied.new.marbles == applied.old.marbles + marbles
    mine = [entry for entry in table.entries if entry.actor == "me"]
    assert [entry.data["marbles"] for entry in mine] == [str(one) for one in amounts]
    assert table.jar.marbles == sum(int(entry.data["marbles"]) for entry in table.entries)
    assert history.check("jar", table.entries, table.jar.head) is None
    assert table.jar.version == len(table.entries)
    return table


PLANS = st.lists(st.sampled_from(FAULTS), max_size=12)


@given(PLANS, st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_each_change_takes_effect_once_whatever_fails(
    plan: list[Fault], amounts: list[int]
) -> None:
    play(plan, amounts)


@pytest.mark.parametrize("plan", [["lost answer"], ["crash after"], ["works", "crash after"]])
def test_without_its_guard_a_change_is_made_twice(
    plan: list[Fault], monkeypatch: pytest.MonkeyPatch
) -> None:
    play(plan, [3, 4])
    monkeypatch.setattr(changes, "_took_effect", lambda *_: False)
    with pytest.raises(AssertionError):
        play(plan, [3, 4])


def test_a_replay_is_told_and_writes_nothing() -> None:
    table = Table([])
    first = persist(table, 1, 5)
    calls = table.calls
    again = persist(table, 1, 5)
    assert (first.replayed, first.changed) == (False, True)
    assert (again.replayed, again.changed) == (True, False)
    assert again.new == first.new
    assert table.calls == calls + 1


def test_the_same_key_for_another_request_is_refused() -> None:
    table = Table([])
    persist(table, 1, 5)
    author = Author("me", NOW, attempt(1, "something else"))
    with pytest.raises(IdempotencyKeyReused):
        changes.apply(table.load, fill(5), table.store, author)
    assert table.jar.marbles == 5


def test_a_lost_answer_is_no_replay_and_says_what_was_there_before() -> None:
    applied = persist(Table(["lost answer"]), 1, 5)
    assert (applied.replayed, applied.old.marbles, applied.new.marbles) == (False, 0, 5)


def test_without_an_attempt_the_end_of_the_chain_shows_a_lost_answer() -> None:
    table = Table(["lost answer"])
    applied = changes.apply(table.load, fill(2), table.store, Author("timer", NOW))
    assert (table.jar.marbles, applied.changed) == (2, True)


def test_nothing_decided_is_nothing_written() -> None:
    table = Table([])
    applied = changes.apply(table.load, lambda _: None, table.store, Author("me", NOW, attempt(1)))
    assert (applied.changed, applied.replayed, table.calls) == (False, False, 1)


def test_what_somebody_else_has_done_meanwhile_is_not_done_again() -> None:
    table = Table(["outrun"])
    author = Author("timer", NOW)
    applied = changes.apply(table.load, fill(2), table.store, author, done=lambda: True)
    assert (applied.replayed, table.jar.marbles) == (True, 1)


def test_whoever_is_always_outrun_is_asked_to_try_again() -> None:
    table = Table(["outrun"] * 60)
    with pytest.raises(TryAgain):
        changes.apply(table.load, fill(2), table.store, Author("me", NOW, attempt(1)))
    assert all(entry.actor != "me" for entry in table.entries)
