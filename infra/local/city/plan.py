"""The plan of a month: all acts in the order of time; the same seed and month plan the same."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Final

from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.opendata.domain import months
from infra.local.city import cases, days, desks, people, visits, voices
from infra.local.city.journal import Month
from infra.local.city.people import Resident
from infra.local.city.stories import Act, Story

SEED: Final = 330200
_SPAN: Final = timedelta(days=30)
# Figures are published of months that are over and counted; of the last one so much is played.
_OF_LAST_MONTH: Final = timedelta(days=16)


@dataclass(frozen=True, slots=True)
class Size:
    """How many there are of each kind; `busy` is how many visit the first hall on its busy days."""

    visits: int
    busy: int
    coming: int
    past_cases: int
    open_cases: int
    enquiries: int
    bills: int
    desks: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The acts of a month in the order of time, and the residents by their codes."""

    acts: Sequence[Act]
    residents: Mapping[str, Resident]


WHOLE: Final = Size(
    visits=150,
    busy=40,
    coming=10,
    past_cases=34,
    open_cases=len(cases.OPEN),
    enquiries=12,
    bills=6,
    desks=True,
)


def month_before(now: datetime, seed: int = SEED) -> Month:
    """Return the month to play: thirty days, or more where the last published one asks for it."""
    [last] = months.complete(now, 1)
    following = months.days_of(last)[1] + timedelta(days=1)
    of_last = datetime.combine(following, time(), OFFICE_ZONE) - _OF_LAST_MONTH
    begin = office_time(min(now - _SPAN, of_last))
    return Month(seed, begin.replace(microsecond=0), office_time(now).replace(microsecond=0))


class Residents:
    """The residents of a month, given out once each."""

    def __init__(self, month: Month) -> None:
        """Begin with nobody known."""
        self._month = month
        self._today = office_time(month.begin).date()
        self.known: dict[str, Resident] = {}
        self._numbers = iter(range(people.MOST))
        self._waiting: list[int] = []

    def some(self, count: int) -> list[str]:
        """Return the codes of so many people of any age."""
        return [self.one(elderly=None) for _ in range(count)]

    def one(self, *, elderly: bool | None) -> str:
        """Return the code of one more person, of the age that is asked for."""
        for number in self._waiting:
            if elderly in (None, people.is_elderly(number)):
                self._waiting.remove(number)
                break
        else:
            number = next(self._numbers)
            while elderly not in (None, people.is_elderly(number)):
                self._waiting.append(number)
                number = next(self._numbers)
        who = people.resident(self._month.seed, number, self._today)
        self.known[who.code] = who
        return who.code


def stories(month: Month, size: Size, residents: Residents) -> Iterator[Story]:
    """Yield all stories of a month."""
    chance = Random(month.seed)  # noqa: S311 - nothing is guarded by it.
    open_days = days.working_days(month.begin, month.end)
    # People book up to five days ahead.
    where = visits.places(chance, open_days[5:], size.visits, busy=size.busy)
    yield from visits.visits(chance, where, residents.some(size.visits))
    yield from visits.coming(chance, month.end, residents.some(size.coming))
    today, until = visits.earlier_today(month.end)
    if size.coming:
        people = residents.some(len(today))
        yield from visits.visits(chance, today, people, name="today", until=until)
    yield from cases.past(chance, open_days, _applicants(residents, size.past_cases, of_open=False))
    yield from cases.running(
        chance, open_days, _applicants(residents, size.open_cases, of_open=True)
    )
    yield from voices.enquiries(chance, open_days, residents.some(size.enquiries))
    yield from voices.questions(chance, open_days)
    yield from voices.bills(
        chance, open_days, residents.some(size.bills), lambda who: residents.known[who]
    )
    if size.desks:
        yield from desks.devices(open_days)
        yield from desks.letter(chance, open_days, residents.one(elderly=True))
        yield from desks.missed(chance, open_days, residents.one(elderly=None))
        yield from desks.moved(chance, open_days, month.end, residents.one(elderly=None))


def planned(month: Month, size: Size = WHOLE) -> Plan:
    """Return the plan of a month.

    What would come after its end is left out, so that some things are under way then.
    """
    residents = Residents(month)
    return Plan(in_order(stories(month, size, residents), month), residents.known)


def in_order(some: Iterable[Story], month: Month) -> list[Act]:
    """Return the acts of stories that lie in a month, in the order of time."""
    acts = [act for story in some for act in story.acts if month.begin < act.at <= month.end]
    return sorted(acts, key=lambda act: (act.at, act.story, act.number))


def _applicants(residents: Residents, count: int, *, of_open: bool) -> Sequence[str]:
    return [
        residents.one(elderly=cases.for_elderly(number, of_open=of_open)) for number in range(count)
    ]
