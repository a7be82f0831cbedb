"""Secondary indexes may be behind their table: what one answers is asked of the table again."""

import contextlib
from datetime import timedelta
from types import SimpleNamespace

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.draws import jobs as draws
from chalicelib.appointments.draws import storage as kept
from chalicelib.appointments.jobs import release
from chalicelib.appointments.jobs.release import release_expired
from chalicelib.appointments.occupancy import service as occupancy
from chalicelib.appointments.service import reservations
from chalicelib.appointments.waiting import storage as waiting
from chalicelib.appointments.waiting.service import offers
from chalicelib.catalogue import service as catalogue
from chalicelib.core.ids import new_id
from tests.appointments.draws import World
from tests.appointments.waiting import Waiters, key_of, stored
from tests.appointments.world import Hall, ask, slot_at
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Crash, crash_after, stale_indexes
from tests.support.people import be_adult, log_in, log_in_again

# Longer than any test: an index answers what it answered first.
BEHIND = 60
MINUTE = timedelta(minutes=1)


@pytest.fixture
def list_(client: ApiClient, clock: TestClock, monkeypatch: pytest.MonkeyPatch) -> Waiters:
    made = Waiters(client, clock)
    group = catalogue.current().groups[made.hall, made.category]
    known = SimpleNamespace(groups={(made.hall, made.category): group})
    monkeypatch.setattr(offers, "catalogue", SimpleNamespace(current=lambda: known))
    monkeypatch.setattr(occupancy, "count", lambda *_: 0)
    # All days of all halls since another test's would be closed.
    monkeypatch.setattr(release, "close_days", lambda *_: 0)
    return made


def test_a_seat_that_was_swept_and_taken_again_is_not_swept_twice(list_: Waiters) -> None:
    slot = list_.slot()
    booker, path = list_.full(slot)
    with stale_indexes(BEHIND):
        # The crash leaves the seat to the sweep, by the entry of the change.
        with crash_after(4), contextlib.suppress(Crash):
            list_.cancel(booker, path)
        list_.cancel(booker, path)
        for _ in range(2):
            list_.at(list_.now + 3 * MINUTE)
            release_expired(list_.now)
        answer = list_.book(list_.person(), slot)
        assert answer.status == 201, answer.body
        # The index still shows what was to be swept before.
        for _ in range(2):
            list_.at(list_.now + 3 * MINUTE)
            release_expired(list_.now)
        assert seats_of(slot) == {answer.json()["appointment_id"]}
        assert list_.book(list_.person(), slot).code == "slot_full"


def test_an_offer_that_was_taken_does_not_lapse_by_an_old_list(list_: Waiters) -> None:
    slot = list_.slot()
    booker, path = list_.full(slot)
    (who, one), (_, two) = list_.waiter(), list_.waiter()
    list_.cancel(booker, path)
    list_.pass_on(slot)
    lapsed = list_.now + 31 * MINUTE
    with stale_indexes(BEHIND):
        assert stored(one).entry_id in waiting.list_offers(lapsed)
        assert list_.act(who, one, "accept").status == 201
        list_.at(lapsed)
        offers.watch(list_.now)
        assert stored(one).entry_id in waiting.list_offers(lapsed)
    assert (stored(one).status, stored(two).status) == ("accepted", "waiting")
    assert seats_of(slot) == {stored(one).offer.seat.seat_id}
    list_.clear()


def test_a_seat_that_was_paid_for_stays_though_an_old_list_has_it_unpaid(
    client: ApiClient, clock: TestClock
) -> None:
    clock.set(MONDAY)
    slot = slot_at("hall-330226", 90, category="property")
    who = log_in(client)
    be_adult(client, who)
    made = ask(client, log_in_again(client, who), slot, "property-transfer")
    assert (made.status, made.json()["status"]) == (201, "held")
    appointment_id, later = made.json()["appointment_id"], MONDAY + timedelta(hours=1)
    with stale_indexes(BEHIND):
        assert appointment_id in reservations.reserved_before(later)
        assert reservations.confirm_paid(appointment_id, new_id(), MONDAY)
        assert appointment_id in reservations.reserved_before(later)
        reservations.expire_reservation(appointment_id, later)
    booked = storage.load(appointment_id)
    assert booked
    assert booked.status == "booked"


def test_a_draw_that_is_settled_gives_nothing_again_by_an_old_list(
    client: ApiClient, clock: TestClock
) -> None:
    world = World(client, clock)
    entrants = [world.entrant() for _ in range(3)]
    world.close()
    with stale_indexes(BEHIND):
        for _ in range(3):
            assert world.draw_id in kept.list_due(world.now)
            draws.advance(world.draw_id, world.now)
    found = [world.get(path, world.again(who))["status"] for who, path in entrants]
    assert sorted(found) == ["not_drawn", "won", "won"]
    assert [len(one.seats) for one in world.shards()] == [1, 1]
    assert len(kept.load_entries(world.draw_id)) == 3


@pytest.mark.fresh_index("whom the index shows where they are is called there")
@pytest.mark.parametrize("to", [{}, {"category": "exit-entry"}, {"counter": "9"}])
def test_nobody_is_called_from_where_they_waited_before(hall: Hall, to: dict[str, str]) -> None:
    first, other = (hall.walk_in()["appointment_id"] for _ in range(2))
    with stale_indexes(BEHIND):
        assert hall.next("1").json()["appointment_id"] == first
        step = "transfer" if to else "park"
        assert hall.step(first, step, **to).status == 200
        # The index shows them where they waited, before the other.
        assert hall.next("1").json()["appointment_id"] == other
        assert hall.next("2").code == "try_again"
    where = to.get("counter", "3")
    asked = {"service_id": "passport-issue"} if "category" in to else {}
    for _ in range(0 if to else 2):
        hall.walk_in()
        assert hall.next(new_id(4)).status == 200
    assert hall.next(where, **asked).json()["appointment_id"] == first


def seats_of(slot_id: str) -> set[str]:
    key = key_of(slot_id)
    [shard] = storage.load_slots(
        key.office_id, key.category, key.stamp, f"{key.stamp}~", consistent=True
    )
    return set(shard.seats)
