"""When a seat that was given back can be had again, so that nobody can sell the moment."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments.domain.availability import availability_of
from chalicelib.appointments.domain.rerelease import back_at
from chalicelib.appointments.domain.slots import (
    Slot,
    SlotKey,
    still_withheld,
    withheld_mark,
)
from tests.support.clock import MONDAY

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
    key = SlotKey("hall-330200", "family", FAR)
    mark = withheld_mark("one", FAR)
    slot = Slot(key, 0, FAR + MINUTE, 2, frozenset({"one", "two"}), withheld=frozenset({mark}))
    seen = availability_of([slot], MONDAY)
    assert (seen.state, seen.retry_at, seen.remaining) == ("reserved", None, 0)
    # The mark of a seat that is gone says nothing.
    gone = Slot(key, 0, FAR + MINUTE, 1, frozenset({"two"}), withheld=frozenset({mark}))
    assert availability_of([gone], MONDAY).state == "full"
    free = Slot(key, 0, FAR + MINUTE, 3, frozenset({"one", "two"}), withheld=frozenset({mark}))
    assert availability_of([free], MONDAY).state == "open"


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
