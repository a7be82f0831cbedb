"""Slots of twenty minutes in a row, and people who book and wait for visits of one or of two."""

from datetime import date, datetime, timedelta
from typing import Any, Protocol

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Slot, SlotKey, parse_slot_id
from chalicelib.appointments.jobs import release
from chalicelib.appointments.waiting import storage as waiting
from chalicelib.core.ids import new_id
from tests.appointments.made import DAY
from tests.appointments.world import ask
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock, ordinary_mondays
from tests.support.people import Citizen, log_in

HALL = "hall-330225"
STEP = timedelta(minutes=20)
LONG, SHORT = "open-a-restaurant", "sole-trader-registration"
_weeks = ordinary_mondays(100)


class Row:
    """Slots of twenty minutes in a row, on a day of their own, two days from now."""

    def __init__(self, client: ApiClient, clock: TestClock, *capacities: int) -> None:
        self.client, self.clock = client, clock
        self.now = next(_weeks)
        clock.set(self.now)
        begin = self.now + 2 * DAY
        self.keys = [_key(begin + STEP * number) for number in range(len(capacities))]
        storage.create_slots(
            [Slot(k, 0, k.start + STEP, n) for k, n in zip(self.keys, capacities, strict=True)]
        )

    def __getitem__(self, number: int) -> str:
        return self.keys[number].slot_id

    def later(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.clock.set(self.now)

    @property
    def shards(self) -> list[Slot]:
        first, last = self.keys[0].stamp, f"{self.keys[-1].stamp}~"
        return storage.load_slots(HALL, "business", first, last, consistent=True)

    @property
    def taken(self) -> list[int]:
        return [len(one.seats) for one in self.shards]

    def book(self, number: int, service: str = LONG, key: str = "", **more: Any) -> Answer:
        return self.by(log_in(self.client), number, service, key, **more)

    def by(
        self, who: Citizen, number: int, service: str = LONG, key: str = "", **more: Any
    ) -> Answer:
        return ask(self.client, who, self[number], service, key, **more)

    def free(self, service: str = LONG) -> list[tuple[str, int, str]]:
        day: date = self.keys[0].day
        query = f"service_id={service}&from={day}&days=1"
        [shown] = self.client.get(f"/v1/offices/{HALL}/availability?{query}").json()["days"]
        return [(one["start"][11:16], one["remaining"], one["state"]) for one in shown["slots"]]

    def sweep(self) -> None:
        self.later(3)
        release.release_expired(self.now)


def _key(start: datetime) -> SlotKey:
    found = parse_slot_id(f"{HALL}.business.{start + timedelta(hours=8):%Y%m%d%H%M}")
    assert found
    return found


class Asked(Protocol):
    """Whatever is played by a client."""

    @property
    def client(self) -> ApiClient: ...


def post(asked: Asked, who: Citizen, path: str, body: Any, key: str = "") -> Answer:
    headers = {"Idempotency-Key": key or new_id()}
    return asked.client.post(path, body, token=who.token, headers=headers)


class Waiting:
    """People who wait for visits of one or of several slots."""

    def __init__(self, slots: Row) -> None:
        self.slots = slots
        for place in waiting.line_of(HALL, "business"):
            waiting.remove_place(place)

    def ask(self, who: Citizen, service: str) -> Answer:
        day = self.slots.keys[0].day
        body = {"service_id": service, "office_ids": [HALL], "from": str(day), "until": str(day)}
        return post(self.slots, who, "/v1/waiting-list", body)

    def wait(self, service: str) -> tuple[Citizen, str]:
        who = log_in(self.slots.client)
        answer = self.ask(who, service)
        assert answer.status == 201, answer.body
        return who, answer.headers["location"]

    def offered(self, entry: tuple[Citizen, str]) -> str | None:
        there = waiting.load(entry[1].rpartition("/")[2])
        assert there
        return there.offer.seat.slot.slot_id if there.offer else None
