"""Whatever happens to the seats of a day at once, in any order and through faults."""

import contextlib
import random
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.slots import Seat
from chalicelib.appointments.service import new_times
from chalicelib.appointments.service import seats as seat_service
from chalicelib.appointments.waiting import storage as waiting
from chalicelib.appointments.waiting.service import offers
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Release
from chalicelib.core.errors import Problem
from tests.appointments.rows import HALL, LONG, SHORT, Row, Waiting, post
from tests.appointments.world import of_family
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after, every_second_call_fails, lost_answer
from tests.support.people import Citizen, log_in

STEPS = 30
FAULTS = ("crash", "crash", "trouble", "lost", "none", "none")
ACTS = ("book", "group", "move", "cancel", "wait", "accept", "decline", "hand_on", "look", "ask")
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 9))]


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

    def __init__(self, slots: Row, seed: int) -> None:
        self.slots, self.chance = slots, random.Random(seed)
        self.line = Waiting(slots)
        people = [log_in(slots.client) for _ in range(5)]
        self.visitors = [Visitor(one, of_family(slots.client, one, "李一一")) for one in people]

    def step(self) -> None:
        visitor, fault = self.chance.choice(self.visitors), self.chance.choice(FAULTS)
        with contextlib.ExitStack() as trouble:
            trouble.enter_context(contextlib.suppress(Crash, Problem, AssertionError))
            if fault == "crash":
                trouble.enter_context(crash_after(self.chance.randrange(6)))
            elif fault == "trouble":
                trouble.enter_context(every_second_call_fails())
            elif fault == "lost":
                # Where nothing was written, it says so.
                trouble.enter_context(lost_answer("UpdateItem"))
            getattr(self, self.chance.choice(ACTS))(visitor)

    def book(self, visitor: Visitor) -> None:
        self.slots.by(visitor.who, self._slot(), self._service())

    def group(self, visitor: Visitor) -> None:
        people: Any = ["self", visitor.child]
        self.slots.by(visitor.who, self._slot(), self._service(), for_members=people)

    def move(self, visitor: Visitor) -> None:
        for one in visitor.visits[:1]:
            path = f"/v1/appointments/{one.appointment_id}/reschedule"
            post(self.slots, visitor.who, path, {"slot_id": self.slots[self._slot()]})

    def cancel(self, visitor: Visitor) -> None:
        for one in visitor.visits[:1]:
            post(self.slots, visitor.who, f"/v1/appointments/{one.appointment_id}/cancel", {})

    def wait(self, visitor: Visitor) -> None:
        answer = self.line.ask(visitor.who, self._service())
        visitor.place = answer.headers.get("location", visitor.place)

    def accept(self, visitor: Visitor) -> None:
        if visitor.place:
            post(self.slots, visitor.who, f"{visitor.place}/accept", {})

    def decline(self, visitor: Visitor) -> None:
        if visitor.place:
            post(self.slots, visitor.who, f"{visitor.place}/decline", {})

    def ask(self, visitor: Visitor) -> None:
        new_times.ask("system:test", visitor.visits[:1], catalogue.office(HALL), self.slots.now)

    def look(self, _: Visitor) -> None:
        offers.look(HALL, "business", self.slots.now)

    def hand_on(self, _: Visitor) -> None:
        offers.pass_on(self.slots.keys[self._slot()], self.slots.now)

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

    def _slot(self) -> int:
        return self.chance.randrange(len(self.slots.keys))

    def _service(self) -> str:
        return self.chance.choice((LONG, SHORT))


@pytest.mark.parametrize("seed", SEEDS)
def test_never_a_seat_too_many_whatever_happens_to_them(
    client: ApiClient, clock: TestClock, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    if seed % 2:
        group = catalogue.current().groups[HALL, "business"]
        later = replace(group, release=Release(rerelease=(10, 20)))
        known = SimpleNamespace(groups={(HALL, "business"): later})
        monkeypatch.setattr(seat_service, "catalogue", SimpleNamespace(current=lambda: known))
    play = Play(Row(client, clock, 1, 2, 2, 1, 2), seed)
    for _ in range(STEPS):
        play.step()
        play.check()
    play.settle()
