"""A full slot, those who wait for it, and what is offered to them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Slot, SlotKey, parse_slot_id
from chalicelib.appointments.waiting import storage as waiting
from chalicelib.appointments.waiting.service import offers
from chalicelib.core.ids import new_id
from tests.appointments.world import ask
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen, log_in, log_in_again

_MINUTES = iter(range(100_000))


@dataclass
class Waiters:
    """A slot of its own in a day of its own, and people around it."""

    client: ApiClient
    clock: TestClock
    hall: str = "hall-330211"
    service: str = "residence-permit"
    category: str = "identity"
    now: datetime = field(init=False)
    places: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # A week for each, so that nobody waits for another's slots.
        self.now = MONDAY + timedelta(weeks=5 + next(_MINUTES))
        self.clock.set(self.now)
        # Nor stands before who comes in another test.
        for place in waiting.line_of(self.hall, self.category):
            waiting.remove_place(place)

    def at(self, moment: datetime) -> None:
        self.now = moment
        self.clock.set(moment)

    def slot(self, capacity: int = 1, hours: int = 50, hall: str = "") -> str:
        key = SlotKey(hall or self.hall, self.category, self.now + timedelta(hours=hours))
        storage.create_slots([Slot(key, 0, key.start + timedelta(minutes=15), capacity)])
        return key.slot_id

    def person(self) -> Citizen:
        return log_in(self.client)

    def again(self, who: Citizen) -> Citizen:
        return log_in_again(self.client, who)

    def book(self, who: Citizen, slot_id: str) -> Answer:
        return ask(self.client, who, slot_id, self.service)

    def full(self, slot_id: str) -> tuple[Citizen, str]:
        """Let somebody take a slot's last seat; return them and the path of their appointment."""
        who = self.person()
        answer = self.book(who, slot_id)
        assert answer.status == 201, answer.body
        return who, answer.headers["location"]

    def cancel(self, who: Citizen, path: str) -> Answer:
        return self.client.post(f"{path}/cancel", {}, token=who.token)

    def wish(self, **more: Any) -> dict[str, Any]:
        day = self.now.date()
        days = {"from": str(day), "until": str(day + timedelta(days=6))}
        return {"service_id": self.service, "office_ids": [self.hall], **days, **more}

    def wait(self, who: Citizen, key: str = "", **more: Any) -> Answer:
        headers = {"Idempotency-Key": key or new_id()}
        body = self.wish(**more)
        answer = self.client.post("/v1/waiting-list", body, token=who.token, headers=headers)
        self.places.append(answer.headers.get("location", ""))
        return answer

    def clear(self) -> None:
        """Take everybody out of line, so that nobody stands before who comes in another test."""
        for path in filter(None, self.places):
            waiting.leave_line(stored(path))

    def waiter(self, **more: Any) -> tuple[Citizen, str]:
        """Let somebody wait; return them and the path of their entry."""
        who = self.person()
        answer = self.wait(who, **more)
        assert answer.status == 201, answer.body
        return who, answer.headers["location"]

    def entry(self, who: Citizen, path: str) -> Any:
        return self.client.get(path, token=who.token).json()

    def act(self, who: Citizen, path: str, act: str, key: str = "") -> Answer:
        headers = {"Idempotency-Key": key or new_id()}
        return self.client.post(f"{path}/{act}", {}, token=who.token, headers=headers)

    def pass_on(self, slot_id: str) -> int:
        return offers.pass_on(key_of(slot_id), self.now)

    def shard(self, slot_id: str) -> Slot:
        key = key_of(slot_id)
        [shard] = storage.load_slots(
            key.office_id, key.category, key.stamp, f"{key.stamp}~", consistent=True
        )
        return shard

    def state(self, slot_id: str) -> Any:
        key = key_of(slot_id)
        asked = f"service_id={self.service}&from={key.day}&days=1"
        [day] = self.client.get(f"/v1/offices/{key.office_id}/availability?{asked}").json()["days"]
        return next(one for one in day["slots"] if one["slot_id"] == slot_id)


def key_of(slot_id: str) -> SlotKey:
    key = parse_slot_id(slot_id)
    assert key
    return key


def stored(path: str) -> Any:
    entry = waiting.load(path.rpartition("/")[2])
    assert entry
    return entry
