"""Visitors who do whatever chance says with the seats of a day, in any order and through faults."""

import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.slots import Seat, Slot, SlotKey
from chalicelib.appointments.service import new_times
from chalicelib.appointments.waiting import storage as waiting
from chalicelib.appointments.waiting.service import offers
from chalicelib.catalogue import service as catalogue
from chalicelib.core.errors import Problem
from tests.appointments.rows import post
from tests.appointments.world import ask
from tests.support.client import ApiClient
from tests.support.faults import Crash, crash_after, every_second_call_fails, lost_answer
from tests.support.people import Citizen

FAULTS = ("crash", "crash", "trouble", "lost", "none", "none")
ACTS: tuple[str, ...] = (
    "book",
    "group",
    "move",
    "cancel",
    "wait",
    "accept",
    "decline",
    "hand_on",
    "look",
    "ask",
)


class Slots(Protocol):
    """What visitors play with: some slots of one hall and category, and the clock."""

    @property
    def client(self) -> ApiClient: ...

    @property
    def now(self) -> datetime: ...

    @property
    def keys(self) -> list[SlotKey]: ...

    @property
    def shards(self) -> list[Slot]: ...

    def sweep(self) -> None: ...


@dataclass
class Visitor:
    """Somebody with a child, and what they have."""

    who: Citizen
    child: str
    place: str = ""

    @property
    def visits(self) -> list[Appointment]:
        found = storage.list_of(self.who.citizen_id, consistent=True)
        return sorted((one for one in found if one.active), key=lambda one: one.appointment_id)


class Play:
    """Visitors who do what chance says, and seats that must agree with what they have."""

    acts = ACTS
    crash_within = 6

    def __init__(
        self, slots: Slots, visitors: list[Visitor], services: tuple[str, ...], seed: int
    ) -> None:
        self.slots, self.visitors, self.services = slots, visitors, services
        self.chance = random.Random(seed)
        self.hall, self.category = slots.keys[0].office_id, slots.keys[0].category
        for place in waiting.line_of(self.hall, self.category):
            waiting.remove_place(place)

    def step(self) -> None:
        visitor, fault = self.chance.choice(self.visitors), self.chance.choice(FAULTS)
        with self._under(fault):
            getattr(self, self.chance.choice(self.acts))(visitor)

    @contextlib.contextmanager
    def _under(self, fault: str) -> Iterator[None]:
        with contextlib.ExitStack() as trouble:
            trouble.enter_context(contextlib.suppress(Crash, Problem, AssertionError))
            if fault == "crash":
                trouble.enter_context(crash_after(self.chance.randrange(self.crash_within)))
            elif fault == "trouble":
                trouble.enter_context(every_second_call_fails())
            elif fault == "lost":
                # Where nothing was written, it says so.
                trouble.enter_context(lost_answer("UpdateItem"))
            yield

    def book(self, visitor: Visitor) -> None:
        ask(self.slots.client, visitor.who, self._slot().slot_id, self._service())

    def group(self, visitor: Visitor) -> None:
        people: Any = ["self", visitor.child]
        slot_id, service = self._slot().slot_id, self._service()
        ask(self.slots.client, visitor.who, slot_id, service, for_members=people)

    def move(self, visitor: Visitor) -> None:
        for one in visitor.visits[:1]:
            path = f"/v1/appointments/{one.appointment_id}/reschedule"
            post(self.slots, visitor.who, path, {"slot_id": self._slot().slot_id})

    def cancel(self, visitor: Visitor) -> None:
        for one in visitor.visits[:1]:
            post(self.slots, visitor.who, f"/v1/appointments/{one.appointment_id}/cancel", {})

    def wait(self, visitor: Visitor) -> None:
        day = str(self._slot().day)
        body = {"office_ids": [self.hall], "from": day, "until": day}
        wish = {"service_id": self._service(), **body}
        answer = post(self.slots, visitor.who, "/v1/waiting-list", wish)
        visitor.place = answer.headers.get("location", visitor.place)

    def accept(self, visitor: Visitor) -> None:
        if visitor.place:
            post(self.slots, visitor.who, f"{visitor.place}/accept", {})

    def decline(self, visitor: Visitor) -> None:
        if visitor.place:
            post(self.slots, visitor.who, f"{visitor.place}/decline", {})

    def ask(self, visitor: Visitor) -> None:
        new_times.ask(
            "system:test", visitor.visits[:1], catalogue.office(self.hall), self.slots.now
        )

    def look(self, _: Visitor) -> None:
        offers.look(self.hall, self.category, self.slots.now)

    def hand_on(self, _: Visitor) -> None:
        offers.pass_on(self._slot(), self.slots.now)

    def check(self) -> None:
        """See that no slot has a seat too many, and that whoever has a visit has its seats."""
        there = self._there()
        assert all(len(one.seats) <= one.capacity for one in self.slots.shards)
        assert {(one.slot, one.seat_id) for one in self._booked()} <= there

    def settle(self) -> None:
        """Sweep what is nobody's, and see that seats are just what visits and offers have."""
        for _ in range(12):
            self.slots.sweep()
        # Somebody may wait who was never told so.
        ids = [one for v in self.visitors for one in storage.list_with_places(v.who.citizen_id)[1]]
        held = [
            entry.offer.seat
            for one in ids
            if (entry := waiting.load(one)) and entry.offer
            if entry.holds(entry.offer.seat.seat_id)
        ]
        known = [*self._booked(), *(single for one in held for single in one.singles)]
        assert {(one.slot, one.seat_id) for one in known} == self._there()

    def _there(self) -> set[Any]:
        return {(one.key, seat_id) for one in self.slots.shards for seat_id in one.seats}

    def _booked(self) -> list[Seat]:
        visits = [one for visitor in self.visitors for one in visitor.visits]
        seats = [one.seat for one in visits]
        seats += [one.new_time.held for one in visits if one.new_time and one.new_time.held]
        return [single for one in seats for single in one.singles]

    def _slot(self) -> SlotKey:
        return self.chance.choice(self.slots.keys)

    def _service(self) -> str:
        return self.chance.choice(self.services)
