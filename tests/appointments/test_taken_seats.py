"""A seat that was taken in vain: given back at once, and never from under who took it again."""

import itertools
import threading
from datetime import timedelta

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import LEFT_LIMIT, Seat, Slot, TakenSeat, parse_slot_id
from chalicelib.appointments.jobs import release
from chalicelib.appointments.storage import slots
from chalicelib.core.ids import new_id
from tests.appointments.world import at_once, book, new_slot, seats
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import log_in


def seat_of(slot: str, seat_id: str | None = None) -> Seat:
    key = parse_slot_id(slot)
    assert key
    return Seat(key, 0, seat_id or new_id())


def take(seat: Seat) -> TakenSeat:
    taken = storage.take_seat(seat, MONDAY)
    assert taken
    return taken


def shard_of(slot: str) -> Slot:
    key = parse_slot_id(slot)
    assert key
    [shard] = storage.load_slots(key.office_id, key.category, key.stamp, f"{key.stamp}~")
    return shard


def test_a_burst_by_who_has_a_booking_takes_no_seat_from_others(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, slot, others = log_in(client), new_slot(16), threading.Barrier(16)
    assert book(client, me, new_slot()).status == 201
    take_seat = storage.take_seat

    def take_with_all(seat: Seat, now: object) -> TakenSeat | None:
        taken = take_seat(seat, now)  # type: ignore[arg-type]
        others.wait(30)
        return taken

    monkeypatch.setattr(storage, "take_seat", take_with_all)
    codes = set[str | None]()
    at_once(16, lambda _: codes.add(book(client, me, slot).code))
    assert codes == {"already_booked"}
    assert seats(slot) == set()


def test_a_seat_is_given_back_though_others_took_theirs_since() -> None:
    slot = new_slot(3)
    mine, theirs = take(seat_of(slot)), take(seat_of(slot))
    storage.give_back([mine])
    assert seats(slot) == {theirs.seat.seat_id}
    storage.give_back([theirs])
    assert seats(slot) == set()


def test_a_seat_that_a_retry_took_again_stays() -> None:
    slot = new_slot(2)
    seat = seat_of(slot)
    first, retry = take(seat), take(seat)
    assert (first.fresh, retry.fresh) == (True, False)
    for one in (first, retry):
        storage.give_back([one])
        assert seats(slot) == {seat.seat_id}


def test_giving_back_that_comes_twice_leaves_the_seat_of_a_retry() -> None:
    slot = new_slot(2)
    seat = seat_of(slot)
    first = take(seat)
    storage.give_back([first])
    retry = take(seat)
    assert retry.fresh
    storage.give_back([first])
    assert seats(slot) == {seat.seat_id}


def test_a_seat_that_is_given_back_while_a_retry_takes_it_is_taken_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slot = new_slot(2)
    seat = seat_of(slot)
    first, keep = take(seat), slots._keep

    def late(again: list[Seat]) -> bool:
        storage.give_back([first])
        return keep(again)

    monkeypatch.setattr(slots, "_keep", late)
    retry = take(seat)
    storage.give_back([first])
    assert retry.fresh
    assert seats(slot) == {seat.seat_id}


def test_several_are_given_back_together_or_not_at_all() -> None:
    slot = new_slot(4)
    wanted = [seat_of(slot) for _ in range(2)]
    taken = storage.take_seats(shard_of(slot), wanted, MONDAY)
    assert taken
    take(wanted[1])
    storage.give_back(taken)
    assert seats(slot) == {one.seat_id for one in wanted}
    others = storage.take_seats(shard_of(slot), [seat_of(slot) for _ in range(2)], MONDAY)
    assert others
    storage.give_back(others)
    assert seats(slot) == {one.seat_id for one in wanted}


def test_of_a_slot_that_many_left_the_sweep_brings_seats_back() -> None:
    slot = new_slot(LEFT_LIMIT + 2)
    for number in range(LEFT_LIMIT + 1):
        one = take(seat_of(slot))
        storage.give_back([one])
        assert seats(slot) == ({one.seat.seat_id} if number == LEFT_LIMIT else set())
    release.release_expired(MONDAY + timedelta(minutes=5))
    assert seats(slot) == set()
    assert len(shard_of(slot).left) == LEFT_LIMIT


def test_who_took_a_reserved_seat_in_vain_leaves_no_mark() -> None:
    slot = new_slot(1)
    seat = seat_of(slot)
    marked = Seat(seat.slot, 0, seat.seat_id, reservation=f"{seat.seat_id}.29000000")
    storage.give_back([take(marked)])
    shard = shard_of(slot)
    assert (shard.seats, shard.reservations) == (frozenset(), frozenset())


def orders_of(*things: str) -> list[tuple[str, ...]]:
    """Return the orders in which things can happen; nobody gives back what they did not take."""
    orders = sorted(set(itertools.permutations(things)))
    return [one for one in orders if all(_possible(one, caller) for caller in "AC")]


def _possible(order: tuple[str, ...], caller: str) -> bool:
    own = [thing for thing in order if thing.startswith(caller)]
    return not own or own[0] == f"{caller} takes"


@pytest.mark.parametrize(
    "order",
    [
        *orders_of("A takes", "A gives back", "A gives back", "sweep", "B books"),
        *orders_of("A takes", "A gives back", "A gives back", "C takes", "C gives back", "B books"),
    ],
    ids=", ".join,
)
def test_whoever_booked_keeps_the_seat(order: tuple[str, ...]) -> None:
    """Of three calls of one attempt B books what it took; what others undo is not its seat."""
    slot = new_slot(2)
    seat = seat_of(slot)
    taken: dict[str, TakenSeat] = {}
    for thing in order:
        caller = thing[0]
        if thing == "sweep":
            if "B" not in taken:
                release.release_expired(MONDAY + timedelta(minutes=5))
        elif thing.endswith("gives back"):
            storage.give_back([taken[caller]])
        else:
            taken[caller] = take(seat)
    assert seats(slot) == {seat.seat_id}
