"""How long people wait: the day's calls played on, from who is at which counter now.

Every open counter calls the next one by the rules of `hall` when its visit ends, and a visit takes
as long as those of its category took on the mean today.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments.domain.calling_order import WAITING, Calls, Counter, HallDay, InLine

# So many visits as the timetable plans them count beside those that were seen.
_PLANNED_VISITS: Final = 3
# Who is longer at a counter than the mean will stay for this share of it.
_LAST_SHARE: Final = 0.3
# A counter that calls nobody for so long after its visit is open by name only.
_IDLE: Final = timedelta(minutes=10)
_NEWCOMER: Final = "+"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the timetable plans for a category: how many are served at once, and for how long."""

    counters: int
    seconds: float


def mean_seconds(hall: HallDay, category: str, plan: Plan) -> float:
    """Return how long a visit of a category takes, by the plan and by what was seen today."""
    visits, took = _PLANNED_VISITS, _PLANNED_VISITS * plan.seconds
    for counter in hall.counters.values():
        seen = counter.served.get(category, (0, 0))
        visits, took = visits + seen[0], took + seen[1]
    return took / visits


def forecast(
    line: Sequence[InLine], hall: HallDay, plans: Mapping[str, Plan], now: datetime
) -> Mapping[str, float]:
    """Return in how many seconds everybody who waits is called, by appointment id.

    Under `newcomer(category)` it says so of somebody who would come now. Who no counter serves is
    left out.
    """
    means = {category: mean_seconds(hall, category, plan) for category, plan in plans.items()}
    known = [one for one in line if one.category in plans]
    waiting = [one for one in known if one.stage == WAITING]
    waiting += [InLine("~", newcomer(category), WAITING, category) for category in sorted(plans)]
    free = [(at, counter.name, counter) for at, counter in _free(known, hall, means, plans, now)]
    heapq.heapify(free)
    called: dict[str, float] = {}
    while free and waiting:
        at, name, counter = heapq.heappop(free)
        one = hall.next_of(waiting, counter, None)
        if one is None:
            continue
        waiting.remove(one)
        called[one.appointment_id] = at
        is_newcomer = one.appointment_id.startswith(_NEWCOMER)
        calls = hall.calls_of(one.category).after(one, parked=True)
        hall = replace(hall, calls={**hall.calls, one.category: calls or Calls()})
        heapq.heappush(free, (at + (0 if is_newcomer else means[one.category]), name, counter))
    return called


def newcomer(category: str) -> str:
    """Return the name of who would come for a category now."""
    return f"{_NEWCOMER}{category}"


def _free(
    line: Sequence[InLine],
    hall: HallDay,
    means: Mapping[str, float],
    plans: Mapping[str, Plan],
    now: datetime,
) -> list[tuple[float, Counter]]:
    """Return in how many seconds each open counter is free.

    Of a category that no counter has served or was set for yet, those are open that are planned,
    and end their visits one after the other.
    """
    present = {one.appointment_id: one for one in line if one.stage != WAITING}
    at_work: list[tuple[float, Counter]] = []
    for counter in hall.counters.values():
        current = present.get(counter.appointment_id or "")
        since = counter.called_at or now
        if not counter.open:
            continue
        if current:
            mean = means[current.category]
            left = mean - (now - since).total_seconds()
            at_work.append((max(left, _LAST_SHARE * mean), counter))
        elif now - since <= _IDLE + timedelta(seconds=max(means.values(), default=0)):
            at_work.append((0.0, counter))
    return at_work + [
        (
            means[category] * (number + 1) / plan.counters,
            Counter(f"{category}.{number}", categories=frozenset({category})),
        )
        for category, plan in plans.items()
        if not any(counter.serves(category) for _, counter in at_work)
        for number in range(plan.counters)
    ]
