"""The moment from which each may book: drawn, the same however often one asks, and fair."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments.domain.availability import availability_of
from chalicelib.appointments.domain.openings import NotYet, Opening
from chalicelib.appointments.domain.slots import Slot, SlotKey
from tests.support.clock import MONDAY

# Monday's opening at nine is of the Monday after it.
DAY = MONDAY + timedelta(days=7)
OPENING = Opening(date(2027, 3, 8), MONDAY, 120, b"key")


@given(st.text(min_size=1, max_size=40), st.binary(min_size=1), st.integers(1, 3600))
def test_a_moment_lies_in_the_ramp_and_is_always_the_same(
    person: str, key: bytes, ramp: int
) -> None:
    opening = Opening(date(2027, 3, 8), MONDAY, ramp, key)
    moment = opening.moment(person)
    assert MONDAY <= moment < MONDAY + timedelta(seconds=ramp)
    assert moment == opening.moment(person)
    assert moment.microsecond % 1000 == 0


def test_moments_are_spread_evenly_and_differ_from_day_to_day() -> None:
    persons = [f"person-{number}" for number in range(4000)]
    shares = [(OPENING.moment(one) - MONDAY) / timedelta(seconds=120) for one in persons]
    tenths = [sum(n / 10 <= share < (n + 1) / 10 for share in shares) for n in range(10)]
    # 400 in each tenth, give or take five standard deviations.
    assert all(abs(count - 400) < 95 for count in tenths), tenths
    other = Opening(OPENING.day, MONDAY, 120, b"another day's key")
    earlier = sum(other.moment(one) < OPENING.moment(one) for one in persons)
    assert abs(earlier - 2000) < 160


def test_nobody_comes_before_their_moment_and_everybody_from_it_on() -> None:
    moment, tick = OPENING.moment("person"), timedelta(milliseconds=1)
    with pytest.raises(NotYet) as refused:
        OPENING.check("person", moment - tick)
    assert refused.value.retry_after == 1
    assert datetime.fromisoformat(str(refused.value.extra["retry_at"])) == moment
    OPENING.check("person", moment)
    OPENING.check("person", moment + tick)
    with pytest.raises(NotYet):
        OPENING.check_begun(MONDAY - tick)
    OPENING.check_begun(MONDAY)


def test_an_opening_without_a_ramp_is_the_same_moment_for_all() -> None:
    at_once = Opening(OPENING.day, MONDAY, 0, b"key")
    assert {at_once.moment(str(number)) for number in range(20)} == {MONDAY}


def test_slots_are_not_yet_out_and_then_open() -> None:
    shard = Slot(SlotKey("hall-330281", "exit-entry", DAY), 0, DAY + timedelta(minutes=15), 2)
    before = availability_of([shard], MONDAY - timedelta(milliseconds=1), MONDAY)
    assert (before.state, before.opens_at, before.remaining) == ("not_yet", MONDAY, 2)
    assert availability_of([shard], MONDAY, MONDAY).state == "open"
    assert availability_of([shard], MONDAY).state == "open"
    closed = Slot(shard.key, 0, shard.end, 2, closed=True)
    assert availability_of([closed], MONDAY - timedelta(days=1), MONDAY).state == "closed"
