"""A draw of a test's own: a hall with a quota, people who enter, and a clock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.appointments import storage as appointments
from chalicelib.appointments.domain.slots import QUOTA_SHARDS, Slot
from chalicelib.appointments.draws import jobs, storage
from chalicelib.appointments.draws.domain import schedule
from chalicelib.appointments.draws.domain.draws import Draw
from chalicelib.appointments.draws.service import holding
from chalicelib.appointments.service import timetable
from chalicelib.catalogue import service as catalogue
from chalicelib.core.ids import new_id
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock, ordinary_mondays
from tests.support.people import Citizen, be_adult, log_in, log_in_again

HALL = "hall-330200"
SERVICE = "hk-macau-permit"
CATEGORY = "exit-entry"
_WEEKS = ordinary_mondays(200)


@dataclass
class World:
    """The draw of a week of its own, two days before it closes, with `seats` slots of one seat."""

    client: ApiClient
    clock: TestClock
    seats: int = 2
    now: datetime = field(init=False)
    draw_id: str = field(init=False)
    slots: list[str] = field(default_factory=list)
    people: dict[str, Citizen] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rule = catalogue.group(HALL, CATEGORY).quota(SERVICE)
        assert rule
        assert rule.draw
        monday = next(_WEEKS)
        self.window = schedule.covering(rule.draw, 7, monday.date())
        self.draw_id = schedule.draw_id(SERVICE, HALL, self.window)
        self.at(self.window.closes_at - timedelta(days=2))
        office, group = catalogue.office(HALL), catalogue.group(HALL, CATEGORY)
        wanted = timetable.slots_of(office, group, self.window.first, self.window.days)
        some = [one for one in wanted if one.quota][: self.seats]
        appointments.create_slots(some)
        self.slots = [one.key.slot_id for one in some]
        [plan] = [one for one in holding.planned(self.now) if one.draw_id == self.draw_id]
        holding.announce(plan, self.now)

    def at(self, moment: datetime) -> None:
        self.now = moment
        self.clock.set(moment)

    def person(self) -> Citizen:
        who = log_in(self.client)
        be_adult(self.client, who)
        return log_in_again(self.client, who)

    def again(self, who: Citizen) -> Citizen:
        """Renew somebody's tokens; each renews once."""
        fresh = log_in_again(self.client, self.people.get(who.citizen_id, who))
        self.people[who.citizen_id] = fresh
        return fresh

    def enter(self, who: Citizen, key: str = "", **body: Any) -> Answer:
        headers = {"Idempotency-Key": key or new_id()}
        path = f"/v1/draws/{self.draw_id}/entries"
        return self.client.post(path, body, token=who.token, headers=headers)

    def entrant(self, **body: Any) -> tuple[Citizen, str]:
        """Let somebody enter; return them and the path of their entry."""
        who = self.person()
        answer = self.enter(who, **body)
        assert answer.status == 201, answer.body
        return who, answer.headers["location"]

    def get(self, path: str = "", who: Citizen | None = None) -> Any:
        answer = self.client.get(
            path or f"/v1/draws/{self.draw_id}", token=who.token if who else None
        )
        assert answer.status == 200, answer.body
        return answer.json()

    def file(self) -> Any:
        return self.get(f"/v1/draws/{self.draw_id}/file")

    def stored(self) -> Draw:
        draw = storage.load(self.draw_id)
        assert draw
        return draw

    def close(self, minutes: float = 1) -> None:
        self.at(self.window.closes_at + timedelta(minutes=minutes))

    def hold(self, minutes: float = 1) -> None:
        """Hold the draw some minutes after its closing."""
        self.close(minutes)
        jobs.advance(self.draw_id, self.now)

    def shard(self, slot_id: str) -> Slot:
        return next(one for one in self.shards() if one.key.slot_id == slot_id)

    def shards(self) -> list[Slot]:
        first = f"{self.window.first:%Y%m%d}"
        last = f"{self.window.dates[-1] + timedelta(days=1):%Y%m%d}"
        there = appointments.load_slots(HALL, CATEGORY, first, last, consistent=True)
        return [one for one in there if one.shard >= QUOTA_SHARDS]
