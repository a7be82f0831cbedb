"""A hall's counters on a day, and whom a counter calls next.

Everybody waits in one order. Of it a counter takes the first whom it serves, with three exceptions:

* who has priority is called before the others, but of three calls of a category at most one is such
  a call while others wait;
* who was parked comes back after three calls of the category, or when nobody else waits;
* who was sent to a counter is called there, while that counter is open.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from chalicelib.core.errors import IdempotencyKeyReused, Problem
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt

# Between two calls with priority there are so many others, while others wait.
OTHERS_BETWEEN: Final = 2
PARKED_FOR: Final = 3
_CALLS_KEPT: Final = 8
_NOTE_LENGTH: Final = 8
WAITING: Final = "W"


class Priority(StrEnum):
    """Why somebody is called before others."""

    NONE = "none"
    ELDERLY = "elderly"
    DISABLED = "disabled"
    PREGNANT = "pregnant"
    WITH_CHILD = "with_child"


class CounterBusy(Problem):
    """Somebody is called to the counter or served there."""

    status = 409
    code = "counter_busy"
    title = Text("该窗口还有办事人，请先办结", "Somebody is still at this counter")


class CounterClosed(Problem):
    """The counter is closed, and calls nobody."""

    status = 409
    code = "counter_closed"
    title = Text("该窗口已暂停服务", "This counter is closed")


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call that a counter made: the attempt that asked for it, and who was called."""

    key: str
    fingerprint: str
    appointment_id: str


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter on a day; without `categories` it serves all.

    `appointment_id`, `ticket` and `called_at` are of the last call, `past` the last calls, `served`
    how many visits of each category it ended and how many seconds they took.
    """

    name: str
    open: bool = True
    categories: frozenset[str] | None = None
    appointment_id: str | None = None
    ticket: str | None = None
    called_at: datetime | None = None
    past: tuple[PastCall, ...] = ()
    served: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    revision: int = 0

    def serves(self, category: str) -> bool:
        """Tell whether it is open for a category."""
        return self.open and (self.categories is None or category in self.categories)

    def called_before(self, attempt: Attempt) -> str | None:
        """Return whom the same attempt has called; raises IdempotencyKeyReused."""
        for call in self.past:
            if call.key == attempt.key[:_NOTE_LENGTH]:
                if call.fingerprint != attempt.fingerprint:
                    raise IdempotencyKeyReused
                return call.appointment_id
        return None

    def calling(
        self, appointment_id: str, ticket: str, attempt: Attempt, now: datetime
    ) -> "Counter":
        """Return it with one more call."""
        call = PastCall(attempt.key[:_NOTE_LENGTH], attempt.fingerprint, appointment_id)
        return replace(
            self,
            appointment_id=appointment_id,
            ticket=ticket,
            called_at=now,
            past=(*self.past, call)[-_CALLS_KEPT:],
        )

    def having_served(self, category: str, seconds: int) -> "Counter":
        """Return it with one more visit that ended."""
        visits, before = self.served.get(category, (0, 0))
        return replace(self, served={**self.served, category: (visits + 1, before + seconds)})


@dataclass(frozen=True, slots=True)
class Calls:
    """What has to be known of a category's calls: how many of others there were since priority.

    `count` goes on while somebody is parked.
    """

    since_priority: int = OTHERS_BETWEEN
    count: int = 0
    revision: int = 0

    def after(self, called: "InLine", *, parked: bool) -> "Calls | None":
        """Return them after a call; None when nothing has to be kept of it."""
        if not (called.priority or parked or self.since_priority < OTHERS_BETWEEN):
            return None
        since = 0 if called.priority else min(self.since_priority + 1, OTHERS_BETWEEN)
        return replace(self, since_priority=since, count=self.count + 1)


@dataclass(frozen=True, slots=True)
class InLine:
    """Somebody in a hall as the order of the queue says it."""

    order: str
    appointment_id: str
    stage: str
    category: str
    priority: bool = False
    parked_until: int = 0
    only_at: str | None = None


@dataclass(frozen=True, slots=True)
class HallDay:
    """A hall's counters and calls on a day; a counter that was never set serves every category."""

    counters: Mapping[str, Counter] = field(default_factory=dict)
    calls: Mapping[str, Calls] = field(default_factory=dict)

    def counter(self, name: str) -> Counter:
        """Return a counter."""
        return self.counters.get(name) or Counter(name)

    def called_before(self, attempt: Attempt) -> str | None:
        """Return whom the same attempt has called, to any counter; raises IdempotencyKeyReused."""
        calls = (counter.called_before(attempt) for counter in self.counters.values())
        return next((called for called in calls if called), None)

    def calls_of(self, category: str) -> Calls:
        """Return the calls of a category."""
        return self.calls.get(category) or Calls()

    def is_back(self, one: InLine) -> bool:
        """Tell whether who was parked may be called again."""
        return one.parked_until <= self.calls_of(one.category).count

    def next_of(
        self, line: Iterable[InLine], counter: Counter, category: str | None
    ) -> InLine | None:
        """Return whom a counter calls next, of one category where it is given."""
        mine = [
            one
            for one in line
            if one.stage == WAITING
            and category in (None, one.category)
            and self._may_call(counter, one)
        ]
        return self._first([one for one in mine if self.is_back(one)] or mine)

    def line_up(self, line: Iterable[InLine], category: str) -> list[InLine]:
        """Return who waits for a category's counters, in the order in which they are called."""
        waiting = [one for one in line if one.stage == WAITING and one.category == category]
        ordered: list[InLine] = []
        ahead = self
        while waiting:
            back = [one for one in waiting if ahead.is_back(one)] or waiting
            first = ahead._first(back) or back[0]
            waiting.remove(first)
            ordered.append(first)
            calls = ahead.calls_of(category).after(first, parked=True)
            ahead = replace(ahead, calls={**ahead.calls, category: calls or Calls()})
        return ordered

    def _may_call(self, counter: Counter, one: InLine) -> bool:
        if one.only_at and self.counter(one.only_at).open:
            return one.only_at == counter.name
        return counter.serves(one.category)

    def _first(self, waiting: Sequence[InLine]) -> InLine | None:
        preferred = (
            one
            for one in waiting
            if one.priority and self.calls_of(one.category).since_priority >= OTHERS_BETWEEN
        )
        others = (one for one in waiting if not one.priority)
        return next(preferred, None) or next(others, None) or next(iter(waiting), None)
