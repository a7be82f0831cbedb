"""Visits to halls: booked by phone or walked in, called to counters, missed, cancelled, rated."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from chalicelib.catalogue.domain import calendar
from chalicelib.core.clock import office_time
from infra.local.city import days
from infra.local.city.stories import Story

# Busy halls first: figures about fewer than five people are not published.
HALLS: Final = ("hall-330200", "hall-330200", "hall-330212", "hall-330212", "hall-330282")
# A service, and how long its category's slots are in minutes.
SERVICES: Final = (
    ("id-card-renewal", 15),
    ("id-card-renewal", 15),
    ("driving-licence-renewal", 10),
    ("residence-permit", 15),
    ("flexible-employment-insurance", 15),
)
FATES: Final = (*("kept",) * 7, "walked_in", "cancelled", "missed")
# Visits that are still to come stand where many seats are, late in the day.
COMING_HALL: Final = "hall-330200"
_COMING_FROM: Final = time(15)
_BUSY_DAYS: Final = 2
_SERVED_WITHIN: Final = timedelta(hours=1)
_FEWEST_TIMES: Final = 6
_COUNTERS: Final = ("1", "2")
_CLERKS: Final = ("clerk", "clerk2")
_PRIORITIES: Final = ("none", "none", "none", "elderly", "with_child")
_COMMENTS: Final = ("窗口很耐心", "一次就办好了", "等的时间有点长", "叫号清楚", "")
_TAGS: Final = ("fast", "friendly", "clear")


@dataclass(frozen=True, slots=True)
class _Arrival:
    """When somebody came to a hall, and when they were due there."""

    at: datetime
    due: datetime


def places(
    chance: Random, open_days: Sequence[date], count: int, *, busy: int
) -> list[tuple[date, str]]:
    """Return where so many people go and when: spread over the days, and `busy` ones on some days.

    So many visit the first hall on each of its busy days, which are the last ones.
    """
    spread = count - _BUSY_DAYS * busy
    some = [open_days[number * len(open_days) // spread] for number in range(spread)]
    return [
        *((day, chance.choice(HALLS)) for day in some),
        *((day, HALLS[0]) for day in open_days[-_BUSY_DAYS:] for _ in range(busy)),
    ]


def visits(  # noqa: PLR0913 - a day's visits have these facts.
    chance: Random,
    where: Sequence[tuple[date, str]],
    people: Sequence[str],
    *,
    fates: Sequence[str] = FATES,
    name: str = "visit",
    until: datetime | None = None,
) -> Iterator[Story]:
    """Yield the visits of the past, a person and place each, and what the counters did in them.

    All of them were due before `until`, if it is given.
    """
    seen: Counter[tuple[str, date, datetime]] = Counter()
    arrivals: dict[tuple[str, date], list[_Arrival]] = {}
    for number, (who, (day, hall)) in enumerate(zip(people, where, strict=True)):
        service, minutes = chance.choice(SERVICES)
        times = [one for one in days.slot_times(day, minutes) if until is None or one < until]
        start = min(chance.sample(times, 3), key=lambda one: seen[hall, day, one])
        seen[hall, day, start] += 1
        fate = chance.choice(fates)
        story = Story(f"{name}-{number}", fate)
        if fate == "walked_in":
            arrivals.setdefault((hall, day), []).append(
                _walk_in(chance, story, hall, service, start)
            )
        else:
            _book(chance, story, who, hall, service, start)
        if fate == "missed":
            path = "/v1/admin/appointments/{appointment_id}/no-show"
            story.send(start + timedelta(minutes=30), "clerk", path)
        if fate == "kept":
            arrivals.setdefault((hall, day), []).append(_check_in(chance, story, who, start))
        yield story
    for (hall, day), who_came in arrivals.items():
        yield from _served(chance, hall, day, who_came)


def earlier_today(now: datetime) -> tuple[list[tuple[date, str]], datetime]:
    """Return where people were today, and until when: whoever came is served by now."""
    today, until = office_time(now).date(), now - _SERVED_WITHIN
    times = [one for one in days.slot_times(today, SERVICES[0][1]) if one < until]
    is_open = calendar.is_working_day(today) and len(times) >= _FEWEST_TIMES
    return [(today, hall) for hall in HALLS * 2] if is_open else [], until


def coming(chance: Random, now: datetime, people: Sequence[str]) -> Iterator[Story]:
    """Yield bookings of the next two working days: each in a slot of its own, late in the day."""
    service, minutes = SERVICES[0]
    today = days.coming_days(now)
    slots = [
        start
        for day in (next(today), next(today))
        for start in days.slot_times(day, minutes)
        if start.time() >= _COMING_FROM and start > now + timedelta(hours=1)
    ]
    for number, (who, start) in enumerate(zip(people, slots, strict=False)):
        story = Story(f"coming-{number}", "booked", needed=True)
        booked = now - timedelta(minutes=chance.randint(5, 40))
        book_at(story, booked, who, COMING_HALL, service, start)
        yield story


def _book(  # noqa: PLR0913 - a booking has these facts.
    chance: Random, story: Story, who: str, hall: str, service: str, start: datetime
) -> None:
    booked = days.evening(chance, start.date() - timedelta(days=chance.randint(1, 5)))
    book_at(story, booked, who, hall, service, start)
    if story.outcome == "cancelled":
        body = {"reason": "临时有事"}
        path = "/v1/appointments/{appointment_id}/cancel"
        story.send(booked + timedelta(hours=3), who, path, body)


def book_at(  # noqa: PLR0913 - a booking has these facts.
    story: Story, booked: datetime, who: str, hall: str, service: str, start: datetime
) -> None:
    """Let somebody log in and book the slot of a time, or the next that is free that day."""
    story.add(booked, "log_in", who, {"real_name": False})
    wanted = {"service_id": service, "office_id": hall, "start": start.isoformat()}
    story.add(booked + timedelta(minutes=2), "book", who, wanted)


def _walk_in(chance: Random, story: Story, hall: str, service: str, start: datetime) -> _Arrival:
    body = {"service_id": service, "priority": chance.choice(_PRIORITIES)}
    story.send(start, "clerk", f"/v1/admin/offices/{hall}/tickets", body)
    return _Arrival(start, start)


def _check_in(chance: Random, story: Story, who: str, start: datetime) -> _Arrival:
    came = start - timedelta(minutes=chance.randint(2, 14))
    story.send(came, "clerk", "/v1/admin/checkins", {"appointment_id": "{appointment_id}"})
    if chance.random() < 0.5:  # noqa: PLR2004 - half of them say how it was.
        score = chance.choice((5, 5, 5, 4, 4, 3, 2))
        body: dict[str, Any] = {
            "score": score,
            "trips_made": 1,
            "comment": chance.choice(_COMMENTS),
        }
        body |= {"tags": [chance.choice(_TAGS)]} if score > 3 else {}  # noqa: PLR2004
        path = "/v1/appointments/{appointment_id}/rating"
        story.send(days.evening(chance, start.date()), who, path, body)
    return _Arrival(came, start)


def _served(chance: Random, hall: str, day: date, arrivals: Iterable[_Arrival]) -> Iterator[Story]:
    """Yield what the counters of a hall did in a day: as many calls as people came, each later."""
    free = dict.fromkeys(_COUNTERS, days.at(day, time(8, 45)))
    for number, arrival in enumerate(sorted(arrivals, key=lambda one: one.at)):
        counter = min(free, key=lambda one: free[one])
        called = max(free[counter], arrival.due) + timedelta(seconds=chance.randint(30, 900))
        begun = called + timedelta(seconds=chance.randint(20, 90))
        over = begun + timedelta(minutes=chance.randint(4, 13))
        free[counter] = over
        story = Story(f"call-{hall[-6:]}-{day:%m%d}-{number}", "served", needed=True)
        clerk = _CLERKS[_COUNTERS.index(counter)]
        path = "/v1/admin/appointments/{appointment_id}"
        story.send(
            called, clerk, f"/v1/admin/offices/{hall}/queue/next", {"counter": counter},
            keep=["appointment_id"], refused="queue_empty",
        )  # fmt: skip
        story.send(begun, clerk, f"{path}/start")
        story.send(over, clerk, f"{path}/fulfil")
        yield story
