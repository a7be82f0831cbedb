"""What the desks of a hall have on their lists: devices, letters, who missed and who must move."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from infra.local.city import days, visits
from infra.local.city.kinds import ELDER
from infra.local.city.stories import Story

HALLS: Final = ("hall-330200", "hall-330212")
_HALL: Final = HALLS[1]
_SERVICE: Final = visits.SERVICES[0][0]
# A closure so far ahead takes nobody's time who tries the run.
_CLOSES_AFTER: Final = 8


def devices(open_days: Sequence[date]) -> Iterator[Story]:
    """Yield how each hall's ticket machine was announced and paired."""
    for hall in HALLS:
        story = Story(f"device-{hall[-6:]}", "paired", needed=True)
        moment = days.at(open_days[0], time(8, 40))
        path = f"/v1/admin/offices/{hall}/devices"
        story.send(moment, "supervisor", path, {"name": "一楼取号机"}, keep=["code"])
        pairing = {"office_id": hall, "code": "{code}"}
        story.send(moment + timedelta(minutes=2), "", "/v1/devices", pairing)
        yield story


def letter(chance: Random, open_days: Sequence[date], elder: str) -> Iterator[Story]:
    """Yield an application that was taken in for somebody whom only a letter reaches."""
    story = Story("letter", "due", needed=True)
    facts = {"service_id": ELDER.service, "office_id": _HALL, "person": elder}
    story.add(days.in_office(chance, open_days[-3]), "take_in", "clerk", facts)
    yield story


def missed(chance: Random, open_days: Sequence[date], who: str) -> Iterator[Story]:
    """Yield a booking for which nobody came, lately."""
    day = open_days[-2]
    story = Story("missed", "missed", needed=True)
    start = days.at(day, time(10))
    booked = days.evening(chance, day - timedelta(days=1))
    visits.book_at(story, booked, who, _HALL, _SERVICE, start)
    path = "/v1/admin/appointments/{appointment_id}/no-show"
    story.send(start + timedelta(hours=2), "clerk", path)
    yield story


def moved(chance: Random, open_days: Sequence[date], now: datetime, who: str) -> Iterator[Story]:
    """Yield a booking in an afternoon for which the hall was closed afterwards."""
    coming = days.coming_days(now)
    day = [next(coming) for _ in range(_CLOSES_AFTER)][-1]
    story = Story("moved", "needs_new_time", needed=True)
    booked = days.evening(chance, open_days[-1])
    visits.book_at(story, booked, who, _HALL, _SERVICE, days.at(day, time(15)))
    closure = {
        "from": str(day), "to": str(day), "from_time": "13:30", "to_time": "17:00",
        "reason": "空调检修",
    }  # fmt: skip
    path = f"/v1/admin/offices/{_HALL}/closures"
    story.send(booked + timedelta(minutes=30), "supervisor", path, closure)
    yield story
