"""Never a seat too many: whatever happens to the seats of a day at once, draws among it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Slot, SlotKey
from chalicelib.appointments.draws import jobs
from chalicelib.appointments.jobs import release, verify_draw
from chalicelib.appointments.service import seats as seat_service
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Release
from tests.appointments import draws
from tests.appointments.mixing import ACTS, Play, Visitor
from tests.appointments.rows import HALL, LONG, SHORT, Row
from tests.appointments.waiting import key_of
from tests.appointments.world import of_family
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import log_in

STEPS, STEPS_OF_A_DRAW = 30, 10
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 9))]


@pytest.mark.parametrize("seed", SEEDS)
def test_never_a_seat_too_many_whatever_happens_to_them(
    client: ApiClient, clock: TestClock, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    if seed % 2:
        group = catalogue.current().groups[HALL, "business"]
        later = replace(group, release=Release(rerelease=(10, 20)))
        known = SimpleNamespace(groups={(HALL, "business"): later})
        monkeypatch.setattr(seat_service, "catalogue", SimpleNamespace(current=lambda: known))
    slots = Row(client, clock, 1, 2, 2, 1, 2)
    people = [log_in(client) for _ in range(5)]
    visitors = [Visitor(one, of_family(client, one, "李一一")) for one in people]
    play = Play(slots, visitors, (LONG, SHORT), seed)
    for _ in range(STEPS):
        play.step()
        play.check()
    play.settle()


@dataclass
class Drawn:
    """The slots of a draw, each with a seat that is drawn and one for the crowd beside it."""

    world: draws.World

    def __post_init__(self) -> None:
        beside = [self.world.shard(one) for one in self.world.slots]
        storage.create_slots([Slot(one.key, 0, one.end, 1) for one in beside])

    @property
    def client(self) -> ApiClient:
        return self.world.client

    @property
    def now(self) -> datetime:
        return self.world.now

    @property
    def keys(self) -> list[SlotKey]:
        return [key_of(one) for one in self.world.slots]

    @property
    def shards(self) -> list[Slot]:
        first, last = self.keys[0].stamp, f"{self.keys[-1].stamp}~"
        return storage.load_slots(draws.HALL, draws.CATEGORY, first, last, consistent=True)

    def sweep(self) -> None:
        self.world.at(self.now + timedelta(minutes=3))
        release.release_expired(self.now)


class DrawnPlay(Play):
    """Visitors who enter a draw too, and its timer, which comes at any moment."""

    acts = ACTS
    # A draw is many calls.
    crash_within = 60

    def __init__(self, slots: Drawn, visitors: list[Visitor], seed: int) -> None:
        super().__init__(slots, visitors, (draws.SERVICE, "passport-issue"), seed)
        self.world = slots.world

    def go(self, moment: datetime, *more: str) -> None:
        """Let time pass, and chance play with what may happen then beside all else."""
        self.world.at(moment)
        for visitor in self.visitors:
            visitor.who = self.world.again(visitor.who)
        self.acts = (*ACTS, *more)
        for _ in range(STEPS_OF_A_DRAW):
            self.step()
            self.check()

    def enter(self, visitor: Visitor) -> None:
        member = {"for_member": visitor.child} if self.chance.random() < 0.3 else {}
        wanted = self.chance.sample(self.world.slots, self.chance.randrange(3))
        self.world.enter(visitor.who, preferences=wanted, **member)

    def draw(self, _: Visitor) -> None:
        jobs.advance(self.world.draw_id, self.world.now)


@pytest.mark.parametrize("seed", SEEDS)
def test_never_a_seat_too_many_when_seats_are_drawn_among_all_that(
    client: ApiClient, clock: TestClock, seed: int
) -> None:
    world = draws.World(client, clock, seats=3)
    slots = Drawn(world)
    people = [world.person() for _ in range(6)]
    visitors = [Visitor(one, of_family(client, one, "李一一")) for one in people]
    play = DrawnPlay(slots, visitors, seed)
    play.go(world.now, "enter", "enter", "enter", "enter")
    # Nobody has a seat of a draw before it is held.
    assert not [seat for shard in world.shards() for seat in shard.seats]
    # Whom chance let enter, and one more than there are seats at least.
    for visitor in visitors[:4]:
        world.enter(visitor.who)
    play.go(world.window.closes_at + timedelta(minutes=1), "draw", "draw", "draw")
    jobs.advance(world.draw_id, world.now)
    play.check()
    assert world.stored().settled
    assert verify_draw.findings(world.file()) == []
    assert len(world.file()["winners"]) == 3
    # All days are out, and what winners give back goes to who was not drawn.
    play.go(slots.keys[0].start - timedelta(days=2), "draw")
    play.settle()
