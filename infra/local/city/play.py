"""Playing a month: each act at its time by the product's clock, each event to its end.

What is refused ends its story and no other. What takes too long is cut short: whoever started the
run wants it, with or without all of its past.
"""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as hour
from pathlib import Path
from typing import Final, Literal, Protocol

from chalicelib.appointments.domain.slots import HORIZON_DAYS
from chalicelib.appointments.jobs import slots
from chalicelib.catalogue import service as catalogue
from chalicelib.core.clock import office_time
from chalicelib.core.errors import TryAgain
from infra.local.city import days, people
from infra.local.city.acts import Actors
from infra.local.city.api import Refused
from infra.local.city.events import EVENING, LAST, WEEKLY, Events
from infra.local.city.hours import turn
from infra.local.city.journal import Ending, Journal
from infra.local.city.plan import Plan
from infra.local.city.stories import Act
from infra.local.gate import Site

_TRIES: Final = 3
# Of the time that there is so much goes to stories that may be left out, and to what is slow at
# the beginning.
_PACE: Final = 0.65
_START: Final = 0.15
_SHORTEST_SECONDS: Final = 0.000_001
# Slots are made for the days until then.
_SLOTS_LAST: Final = timedelta(days=HORIZON_DAYS)
# So many acts before one that waits what it waits for is begun.
_AHEAD: Final = 4
_LOG: Final = logging.getLogger("onetrip.city")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, order=True)
class _Mark:
    """A moment between acts at which functions run by the clock; events have their effects then."""

    at: datetime
    functions: tuple[str, ...] = ()


class Effects(Protocol):
    """What lets acts have their effects: here, or in a process beside this one."""

    def let(self, at: datetime, functions: Iterable[str] = ()) -> None:
        """Let what happened until a moment have its effects, and run functions by the clock."""

    def begin(self, at: datetime) -> None:
        """Let what happened have those effects, for which an act will soon wait."""

    def settle(self, at: datetime) -> None:
        """Wait until what happened has had those effects that acts wait for."""


class Play:
    """Plays what of a month was not played yet."""

    def __init__(  # noqa: PLR0913 - a month is played with these.
        self,
        journal: Journal,
        clock_file: Path,
        site: Site,
        plan: Plan,
        stopwatch: Callable[[], float] = time.monotonic,
        effects: Effects | None = None,
    ) -> None:
        """Begin with what the journal says; `stopwatch` tells seconds."""
        self._stopwatch = stopwatch
        self._journal = journal
        self._month = journal.month
        self._clock_file = clock_file
        self.acts = plan.acts
        today = office_time(self._month.begin).date()
        stranger = people.resident(self._month.seed, people.MOST - 1, today)
        self._events = effects or Events()
        self._actors = Actors(site, plan.residents, stranger, self._settle)
        self._now = self._month.begin
        self._ended: set[str] = set()
        self._last_slots = today + _SLOTS_LAST
        self.refused: Counter[str] = Counter()

    def prepare(self) -> None:
        """Make the slots that the first acts need."""
        self.set_clock(self._month.begin)
        self._make_slots(self._month.begin)

    def booked(self) -> set[tuple[str, str]]:
        """Return the groups of counters whose slots acts book: a hall and a category each."""
        services = catalogue.current().services
        booked = (act.facts for act in self.acts if act.verb == "book")
        return {(one["office_id"], services[one["service_id"]].category) for one in booked}

    def run(
        self,
        progress: Progress,
        is_stopped: Callable[[], bool],
        seconds: float,
    ) -> Ending | Literal["stopped"]:
        """Play on until the end, for so many seconds or until stopped; say how it ended.

        Where time is short functions wait, and stories are left out all through the month, but for
        those that are needed.
        """
        began = self._stopwatch()
        left = [act for act in self.acts if self._is_left(act)]
        before = len(self.acts) - len(left)
        marks = deque(_marks(left))
        ending: Ending = "whole"
        # What a kill left on its way is of the last acts' time.
        self.set_clock(left[0].at if left else self._month.end)
        self._events.let(self._now)
        for number, act in enumerate(left):
            spent = (self._stopwatch() - began) / max(seconds, _SHORTEST_SECONDS)
            if is_stopped():
                return "stopped"
            if spent > 1:
                ending = "cut"
                break
            late = spent > _START + _PACE * number / len(left)
            while marks and marks[0].at <= act.at:
                self._pass(marks.popleft(), late=late)
            self._prepare_for(act, left[number + _AHEAD : number + _AHEAD + 1])
            if late and act.number == 0 and not act.needed:
                self._journal.leave_out(act.story)
            self._do(act)
            progress(before + number + 1, len(self.acts))
        self._pass(_Mark(self._month.end, (*WEEKLY, *EVENING, *LAST)))
        self._settle()
        return "cut" if self._journal.left_out else ending

    def set_clock(self, moment: datetime) -> None:
        """Let the product's clock show a moment, in all processes of the run."""
        turn(self._clock_file, moment)
        self._now = moment

    def _is_left(self, act: Act) -> bool:
        key = act.key(self._month.seed)
        return key not in self._journal.done and act.story not in self._journal.left_out

    def _do(self, act: Act) -> None:
        if act.story in self._ended or act.story in self._journal.left_out:
            return
        self.set_clock(act.at)
        if act.waits:
            self._settle()
        key = act.key(self._month.seed)
        try:
            told = self._actors.do(act, self._journal.told.get(act.story, {}), key)
        except (Refused, KeyError) as problem:
            self._ended.add(act.story)
            self.refused[f"{act.verb} {problem}"] += 1
            _LOG.warning("act_refused", extra={"act": key, "reason": str(problem)})
            return
        self._journal.note(key, act.story, told or {})
        if told is None:
            self._ended.add(act.story)

    def _pass(self, mark: _Mark, *, late: bool = False) -> None:
        """Let what happened have its effects, and run what is due; who is `late` waits with it."""
        if late:
            return
        self.set_clock(mark.at)
        self._events.let(mark.at, mark.functions)

    def _prepare_for(self, act: Act, coming: Iterable[Act]) -> None:
        """Make the slots that an act books, and begin what one of the coming acts waits for."""
        booked = datetime.fromisoformat(act.facts["start"]) if act.verb == "book" else None
        if booked and office_time(booked).date() > self._last_slots:
            self._make_slots(act.at)
        if any(one.waits for one in coming):
            self._events.begin(self._now)

    def _settle(self) -> None:
        self._events.settle(self._now)

    def _make_slots(self, now: datetime) -> None:
        self._last_slots = office_time(now).date() + _SLOTS_LAST
        for _ in range(_TRIES):
            # It goes on from the last one that is there.
            with suppress(TryAgain):
                slots.generate(now, groups=self.booked())
                return


def _marks(acts: Iterable[Act]) -> Iterator[_Mark]:
    """Yield the moments of the days that have acts."""
    for day in sorted({act.at.date() for act in acts}):
        weekly = WEEKLY if day.weekday() == 0 else ()
        yield _Mark(days.at(day, hour(18, 5)), (*weekly, *EVENING))
        yield _Mark(days.at(day, hour(22, 45)))
