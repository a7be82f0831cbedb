"""The hours at which things happen, in the offices' own time."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from chalicelib.catalogue.domain import calendar
from chalicelib.core.clock import OFFICE_ZONE, office_time

# When halls take people in, and their staff work on cases.
HOURS: Final = ((time(9), time(12)), (time(13, 30), time(17)))
_ONE: Final = timedelta(days=1)


def at(day: date, hour: time) -> datetime:
    """Return a moment of a day."""
    return datetime.combine(day, hour, OFFICE_ZONE)


def working_days(begin: datetime, end: datetime) -> list[date]:
    """Return the working days that lie wholly between two moments."""
    day, last = office_time(begin).date() + _ONE, office_time(end).date()
    found = []
    while day < last:
        if calendar.is_working_day(day):
            found.append(day)
        day += _ONE
    return found


def coming_days(now: datetime) -> Iterator[date]:
    """Yield the working days from today on."""
    day = office_time(now).date()
    while True:
        day = calendar.working_day_from(day)
        yield day
        day += _ONE


def slot_times(day: date, minutes: int) -> list[datetime]:
    """Return when the slots of a day begin, each so many minutes long."""
    found = []
    for opens, closes in HOURS:
        begin, step = at(day, opens), timedelta(minutes=minutes)
        while begin + step <= at(day, closes):
            found.append(begin)
            begin += step
    return found


def evening(chance: Random, day: date) -> datetime:
    """Return a moment at which people sit down with their phones."""
    return at(day, time(17, 40)) + timedelta(minutes=chance.randint(0, 240))


def morning(chance: Random, day: date) -> datetime:
    """Return a moment soon after the halls opened."""
    return at(day, time(9, 10)) + timedelta(minutes=chance.randint(0, 60))


def in_office(chance: Random, day: date) -> datetime:
    """Return a moment of a working day at which staff work on cases."""
    opens, closes = chance.choice(HOURS)
    span = at(day, closes) - at(day, opens)
    return at(day, opens) + chance.random() * span


def working_day_after(day: date, number: int) -> date:
    """Return the working day that comes so many working days later."""
    return calendar.add_working_days(day, number)
