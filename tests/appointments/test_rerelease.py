"""A freed seat comes back at a moment that nobody can sell."""

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments import storage
from chalicelib.appointments.domain.availability import availability_of
from chalicelib.appointments.domain.rerelease import back_at
from chalicelib.appointments.domain.slots import (
    Slot,
    SlotKey,
    parse_slot_id,
    still_withheld,
    withheld_mark,
)
from chalicelib.appointments.jobs.release import release_expired
from tests.appointments.world import HALL, book, new_slot, seats
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import lost_answer
from tests.support.people import Citizen, log_in, log_in_again

SERVICE = "marriage-registration"
MINUTE = timedelta(minutes=1)
FAR = MONDAY + timedelta(days=10)


@given(st.integers(1, 60), st.integers(0, 120), st.text(min_size=1, max_size=20))
def test_a_seat_comes_back_within_the_minutes_of_the_rule(
    fewest: int, more: int, seat_id: str
) -> None:
    back = back_at(MONDAY, FAR, (fewest, fewest + more), b"key", seat_id)
    assert MONDAY + fewest * MINUTE <= back <= MONDAY + (fewest + more) * MINUTE
    assert back == back_at(MONDAY, FAR, (fewest, fewest + more), b"key", seat_id)


@pytest.mark.parametrize(
    ("minutes_left", "first", "last"), [(1000, 10, 120), (100, 10, 50), (10, 5, 5), (-5, 0, 0)]
)
def test_a_seat_whose_time_is_near_comes_back_in_time(
    minutes_left: int, first: int, last: int
) -> None:
    start = MONDAY + minutes_left * MINUTE
    back = [back_at(MONDAY, start, (10, 120), b"key", str(number)) for number in range(200)]
    assert MONDAY + first * MINUTE <= min(back)
    assert max(back) <= MONDAY + last * MINUTE


def test_a_seat_is_withheld_until_its_minute() -> None:
    until = MONDAY + 7 * MINUTE
    mark = withheld_mark("seat", until)
    assert still_withheld({mark}, until - timedelta(seconds=1)) == {"seat"}
    assert still_withheld({mark}, until) == set()
    # A moment within a minute is rounded up.
    later = withheld_mark("seat", until + timedelta(seconds=1))
    assert still_withheld({later}, until + timedelta(seconds=59)) == {"seat"}
    assert still_withheld({later}, until + MINUTE) == set()


def test_a_slot_with_withheld_seats_alone_is_reserved_and_says_no_time() -> None:
    key = SlotKey(HALL, "family", FAR)
    mark = withheld_mark("one", FAR)
    slot = Slot(key, 0, FAR + MINUTE, 2, frozenset({"one", "two"}), withheld=frozenset({mark}))
    seen = availability_of([slot], MONDAY)
    assert (seen.state, seen.retry_at, seen.remaining) == ("reserved", None, 0)
    # The mark of a seat that is gone says nothing.
    gone = Slot(key, 0, FAR + MINUTE, 1, frozenset({"two"}), withheld=frozenset({mark}))
    assert availability_of([gone], MONDAY).state == "full"
    free = Slot(key, 0, FAR + MINUTE, 3, frozenset({"one", "two"}), withheld=frozenset({mark}))
    assert availability_of([free], MONDAY).state == "open"


def give_back(client: ApiClient, who: Citizen, path: str) -> None:
    assert client.post(f"{path}/cancel", {}, token=who.token).status == 200


def comes_back(slot_id: str, after: datetime, clock: TestClock) -> int:
    """Let the timer run every five minutes; return after how many the seat was there."""
    for minute in range(5, 130, 5):
        clock.set(after + minute * MINUTE)
        release_expired(after + minute * MINUTE)
        if not seats(slot_id):
            return minute
    raise AssertionError(slot_id)


def test_a_freed_seat_comes_back_once_at_its_moment(client: ApiClient, clock: TestClock) -> None:
    clock.set(MONDAY)
    me, slot_id = log_in(client), new_slot(1, hours=30, category="family")
    path = book(client, me, slot_id, service=SERVICE).headers["location"]
    give_back(client, me, path)
    other = log_in(client)
    refused = book(client, other, slot_id, service=SERVICE)
    assert refused.code == "slot_full"
    assert "retry_at" not in refused.json()
    key = parse_slot_id(slot_id)
    assert key
    asked = f"service_id={SERVICE}&from={key.day}&days=1"
    [day] = client.get(f"/v1/offices/{HALL}/availability?{asked}").json()["days"]
    shown = next(one for one in day["slots"] if one["slot_id"] == slot_id)
    assert (shown["state"], shown["retry_at"], shown["remaining"]) == ("reserved", None, 0)
    minutes = comes_back(slot_id, MONDAY, clock)
    assert 10 <= minutes <= 124
    assert book(client, log_in_again(client, other), slot_id, service=SERVICE).status == 201
    [slot] = storage.load_slots(HALL, "family", key.stamp, f"{key.stamp}~")
    assert slot.withheld == frozenset()
    # What is booked since stays, whatever the timer finds.
    release_expired(MONDAY + 200 * MINUTE)
    assert len(seats(slot_id)) == 1


def test_a_move_away_is_given_back_like_a_cancellation(
    client: ApiClient, morning: TestClock
) -> None:
    me, old = log_in(client), new_slot(1, hours=30, category="family")
    new = new_slot(1, hours=30, category="family")
    path = book(client, me, old, service=SERVICE).headers["location"]
    assert client.post(f"{path}/reschedule", {"slot_id": new}, token=me.token).status == 200
    assert book(client, log_in(client), old, service=SERVICE).code == "slot_full"


def test_a_lost_answer_and_the_timer_draw_the_same_moment(
    client: ApiClient, morning: TestClock
) -> None:
    me, slot_id = log_in(client), new_slot(1, hours=30, category="family")
    path = book(client, me, slot_id, service=SERVICE).headers["location"]
    with lost_answer("UpdateItem"):
        client.post(f"{path}/cancel", {}, token=me.token)
    key = parse_slot_id(slot_id)
    assert key
    marks = set()
    for _ in range(3):
        release_expired(MONDAY + 3 * MINUTE)
        [slot] = storage.load_slots(HALL, "family", key.stamp, f"{key.stamp}~")
        marks.add(slot.withheld)
    assert len(marks) == 1
    assert len(next(iter(marks))) == 1


def test_the_old_key_of_a_cancelled_booking_takes_no_seat(
    client: ApiClient, morning: TestClock
) -> None:
    me, slot_id = log_in(client), new_slot(1, hours=30, category="family")
    key = "sold-by-me-once"
    path = book(client, me, slot_id, key, service=SERVICE).headers["location"]
    give_back(client, me, path)
    again = book(client, me, slot_id, key, service=SERVICE)
    assert (again.status, again.json()["status"]) == (201, "cancelled")
    assert book(client, log_in(client), slot_id, service=SERVICE).code == "slot_full"


def wins(minutes: tuple[int, int] | None, tries: int = 1000) -> int:
    """Play a reseller: cancel, and book again from another account within a second.

    Nine others look once a second too; who looks first after the seat is back has it. The reseller
    knows when it was given back, and looks from then on at a thousand moments that they choose.
    """
    chance, won = random.Random(22), 0
    for number in range(tries):
        key = chance.randbytes(16)
        back = back_at(MONDAY, FAR, minutes, key, f"seat-{number}") if minutes else MONDAY
        # Within the second in which it is back everybody looks once.
        looks = {who: chance.random() for who in range(10)}
        resale = (MONDAY + timedelta(seconds=1) - back) / timedelta(seconds=1)
        if 0 <= resale <= 1:
            # The buyer is there at the very moment of which only the seller knew.
            looks[0] = 0.0
        won += min(looks, key=lambda who: looks[who]) == 0
    return won


def test_a_reseller_wins_no_more_often_than_anybody() -> None:
    # One in ten of a thousand, give or take twice the standard deviation of 9.5.
    assert 81 <= wins((10, 120)) <= 119
    # The control: given back at once, the seat is theirs every time.
    assert wins(None) == 1000
