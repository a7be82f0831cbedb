"""What the tests of appointments share: slots, bookings, a hall and who runs it."""

import itertools
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.appointments.domain.slots import Slot, SlotKey, parse_slot_id
from chalicelib.appointments.service import seats as seat_memory
from chalicelib.appointments.service import slot_alignment
from chalicelib.core.cache import TimedCache
from chalicelib.core.ids import new_id
from chalicelib.identity.staff import service as staff
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock, ordinary_mondays
from tests.support.people import (
    Citizen,
    be_adult,
    childs_number,
    log_in,
    log_in_staff,
    new_code,
)

HALL = "hall-330200"


_slot_lock = threading.Lock()


_slots = iter(range(100_000))


def new_slot(
    capacity: int = 2, *, hours: int = 3, category: str = "identity", today: bool = False
) -> str:
    """Make a slot of our own, some hours from a Monday's morning; each is a different minute.

    It is `today`, the first of these Mondays, or on one of the next forty.
    """
    with _slot_lock:
        weeks = 0 if today else 1 + next(_slots) % 40
        at = MONDAY + timedelta(hours=hours, minutes=next(_slots) % 60, days=7 * weeks)
    for _ in range(1000):
        key = parse_slot_id(f"{HALL}.{category}.{(at + timedelta(hours=8)):%Y%m%d%H%M}")
        assert key
        free = not storage.load_slots(HALL, category, key.stamp, f"{key.stamp}~")
        if free:
            storage.create_slots([Slot(key, 0, key.start + timedelta(minutes=15), capacity)])
            return key.slot_id
        at += timedelta(minutes=1)
    raise AssertionError


def book(
    client: ApiClient,
    who: Citizen,
    slot_id: str,
    key: str | None = None,
    service: str = "id-card-renewal",
    **extra: str,
) -> Answer:
    body = {"service_id": service, "office_id": HALL, "slot_id": slot_id, **extra}
    headers = {"Idempotency-Key": key or new_id()}
    return client.post("/v1/appointments", body, token=who.token, headers=headers)


def clerk(client: ApiClient, hall: str = HALL) -> str:
    name = new_code()
    staff.add_staff(name, "onetrip-demo", frozenset({"clerk"}), frozenset({hall}))
    return log_in_staff(client, name)


def seats(slot_id: str) -> set[str]:
    key = parse_slot_id(slot_id)
    assert key
    [slot] = storage.load_slots(HALL, key.category, key.stamp, f"{key.stamp}~")
    return set(slot.seats)


def at_once(count: int, act: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=act, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


DAYS = itertools.count()


class Hall:
    """A hall on a day of its own, so that no other test stands in its queue."""

    def __init__(self, client: ApiClient, clock: TestClock) -> None:
        self.client, self.clock, self.office = client, clock, "hall-330200"
        self.morning = MONDAY + timedelta(days=300 + next(DAYS))
        clock.set(self.morning - timedelta(minutes=5))
        name = new_code()
        staff.add_staff(name, "onetrip-demo", frozenset({"clerk"}), frozenset({self.office}))
        self.name, self.token = name, log_in_staff(client, name)

    def wait_until(self, minutes: int) -> None:
        """Move the clock some minutes past nine; who works here logs in again."""
        self.clock.set(self.morning + timedelta(minutes=minutes))
        self.token = log_in_staff(self.client, self.name)

    def post(self, path: str, body: Any, key: str | None = None) -> Answer:
        headers = {"Idempotency-Key": key or new_id()}
        return self.client.post(f"/v1/admin{path}", body, token=self.token, headers=headers)

    def booked(self, minutes: int) -> tuple[Citizen, str]:
        """Book a time some minutes from nine."""
        me = log_in(self.client)
        answer = book(self.client, me, self.slot(minutes))
        assert answer.status == 201, answer.body
        return me, str(answer.json()["appointment_id"])

    def slot(self, minutes: int) -> str:
        """Make a slot some minutes from nine."""
        at = self.morning + timedelta(hours=8, minutes=minutes)
        key = parse_slot_id(f"{self.office}.identity.{at:%Y%m%d%H%M}")
        assert key
        storage.create_slots([Slot(key, 0, key.start + timedelta(minutes=15), 30)])
        return key.slot_id

    def check_in(self, appointment_id: str) -> str:
        answer = self.post("/checkins", {"appointment_id": appointment_id}).json()
        assert answer["result"] == "ok", answer
        return str(answer["appointment"]["ticket_number"])

    def walk_in(
        self, service: str = "id-card-renewal", key: str | None = None, **extra: str
    ) -> Any:
        body = {"service_id": service, **extra}
        answer = self.post(f"/offices/{self.office}/tickets", body, key)
        assert answer.status == 201, answer.body
        return answer.json()

    def close_counter(self, counter: str, *, opened: bool = False, **extra: Any) -> Answer:
        path = f"/v1/admin/offices/{self.office}/counters/{counter}"
        return self.client.put(path, {"open": opened, **extra}, token=self.token)

    def next(self, counter: str = "1", key: str | None = None, **extra: Any) -> Answer:
        body = {"counter": counter, **extra}
        return self.post(f"/offices/{self.office}/queue/next", body, key)

    def step(self, appointment_id: str, step: str, **body: Any) -> Answer:
        return self.post(f"/appointments/{appointment_id}/{step}", body)

    def position(self, me: Citizen, appointment_id: str) -> Any:
        path = f"/v1/appointments/{appointment_id}/queue"
        return self.client.get(path, token=me.token).json()


OFFICE = "hall-330282"


WEEKS = ordinary_mondays(300, 5)


class Chief:
    """A supervisor of the hall in a week of its own."""

    def __init__(self, client: ApiClient, clock: TestClock) -> None:
        self.client = client
        self.now = next(WEEKS)
        clock.set(self.now)
        name = new_code()
        roles = frozenset({"supervisor", "auditor"})
        staff.add_staff(name, "onetrip-demo", roles, frozenset({OFFICE}))
        self.name, self.token = name, log_in_staff(client, name)
        self.path = f"/v1/admin/offices/{OFFICE}"
        slot_alignment.realign(OFFICE, self.now)

    def show(self) -> Any:
        return self.client.get(f"{self.path}/schedule", token=self.token).json()

    def log_in(self) -> str:
        return log_in_staff(self.client, self.name)

    def put(self, query: str = "", **changes: Any) -> Answer:
        body = {**self.show(), **changes}
        return self.client.send(
            "PUT", f"{self.path}/schedule{query}", _json(body), token=self.token
        )

    def close(self, first: int, last: int, key: str | None = None, **more: Any) -> Answer:
        days = [str((self.now + timedelta(days=n)).date()) for n in (first, last)]
        body = {"from": days[0], "to": days[1], "reason": "装修", **more}
        headers = {"Idempotency-Key": key or new_id()}
        return self.client.post(f"{self.path}/closures", body, token=self.token, headers=headers)

    def closure(self, made: Answer) -> str:
        """Return the path by which the closure that was made last is taken back."""
        return f"{self.path}/closures/{made.json()['closures'][-1]['closure_id']}"

    def states(self, days: int = 7) -> dict[str, str]:
        path = f"/v1/offices/{OFFICE}/availability?service_id=id-card-renewal&days={days}"
        found = self.client.get(path).json()["days"]
        return {s["slot_id"]: s["state"] for day in found for s in day["slots"]}

    def slot(self, slot_id: str) -> Any:
        path = f"/v1/offices/{OFFICE}/availability?service_id=id-card-renewal&days=9"
        found = self.client.get(path).json()["days"]
        return next(s for day in found for s in day["slots"] if s["slot_id"] == slot_id)

    def book(self, slot_id: str) -> tuple[Citizen, str]:
        me = log_in(self.client)
        body = {"service_id": "id-card-renewal", "office_id": OFFICE, "slot_id": slot_id}
        answer = self.client.post("/v1/appointments", body, token=me.token)
        assert answer.status == 201, answer.body
        return me, str(answer.json()["appointment_id"])


def _json(body: Any) -> bytes:
    import json

    return json.dumps(body).encode()


HALLS = ("hall-330200", "hall-330225", "hall-330226")


SERVICES = {
    "identity": ("id-card-renewal", "id-card-replacement", "residence-permit"),
    "family": ("marriage-registration",),
}


def ask(
    client: ApiClient, who: Citizen, slot_id: str, service: str, key: str = "", **more: str
) -> Answer:
    hall = slot_id.partition(".")[0]
    body = {"service_id": service, "office_id": hall, "slot_id": slot_id, **more}
    headers = {"Idempotency-Key": key or new_id()}
    return client.post("/v1/appointments", body, token=who.token, headers=headers)


def of_family(client: ApiClient, who: Citizen, name: str) -> str:
    """Return a child of a citizen, who is verified for it."""
    be_adult(client, who)
    body = {"name": name, "id_number": childs_number(), "relation": "child"}
    answer = client.post("/v1/me/family", body, token=who.token)
    assert (answer.status, answer.json()["status"]) == (201, "active"), answer.body
    return str(answer.json()["member_id"])


def slot_at(hall: str, minutes: int, length: int = 15, category: str = "identity") -> str:
    """Make a slot some minutes after noon of the Tuesday, unless it is there."""
    at = MONDAY + timedelta(hours=8 + 27, minutes=minutes)
    key = parse_slot_id(f"{hall}.{category}.{at:%Y%m%d%H%M}")
    assert key
    storage.create_slots([Slot(key, 0, key.start + timedelta(minutes=length), 30)])
    return key.slot_id


def visit(*, walk_in: bool = False) -> Appointment:
    """Return an appointment on Monday morning, or a walk-in, that nothing has stored."""
    citizen = "w-abcdef" if walk_in else "abcdefgh"
    slot = SlotKey("hall-330200", "identity", MONDAY)
    return Appointment(
        f"{citizen}12345678", citizen, citizen, "id-card-renewal", slot, 0, "",
        MONDAY + timedelta(minutes=15), AppointmentStatus.BOOKED, None, MONDAY,
    )  # fmt: skip


def chief(hall: Hall) -> str:
    name = new_code()
    staff.add_staff(name, "onetrip-demo", frozenset({"supervisor"}), frozenset({hall.office}))
    return log_in_staff(hall.client, name)


def remember_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Begin with nothing known to be full, and forget none of it, however slow the machine is."""
    for name in ("_seen", "_next_days", "_crowded", "_asked"):
        patch.setattr(seat_memory, name, TimedCache[Any, Any](1.0, timer=lambda: 0))
