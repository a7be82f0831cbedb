"""Until when one answers a new time, and which times come first."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments.domain.appointments import (
    AppointmentStatus,
    TooLate,
    check_changeable,
    released_seats,
)
from chalicelib.appointments.domain.new_times import NewTime, move_by, nearest
from chalicelib.appointments.domain.slots import Seat
from tests.appointments.made import DAY, HOUR, NINE, SECOND, booked, key


@pytest.mark.parametrize(
    ("left", "until"),
    [
        (2 * DAY, NINE - DAY),
        (DAY + SECOND, NINE - DAY),
        (DAY, NINE),
        (HOUR, NINE),
    ],
)
def test_one_answers_a_day_before_or_until_the_time(left: timedelta, until: object) -> None:
    assert move_by(NINE, NINE - left) == until


@given(st.lists(st.integers(-90, 90).map(lambda n: key(NINE + n * HOUR)), unique=True))
def test_the_nearest_times_after_the_answer_come_first(slots: list[Any]) -> None:
    until = NINE - 10 * HOUR
    near = nearest(slots, NINE, until)
    assert {one.slot_id for one in near} == {s.slot_id for s in slots if s.start > until}
    gaps = [abs(one.start - NINE) for one in near]
    assert gaps == sorted(gaps)


def test_who_is_asked_may_move_until_the_time_itself() -> None:
    asked = replace(booked(), new_time=NewTime("x", NINE))
    check_changeable(asked, NINE)
    with pytest.raises(TooLate):
        check_changeable(asked, NINE + SECOND)
    with pytest.raises(TooLate):
        check_changeable(booked(), NINE - HOUR + SECOND)


def test_which_seats_a_change_frees() -> None:
    held = Seat(key(NINE + DAY), 0, "abcdefgh12345678xyz")
    offered = NewTime("x", NINE, (held.slot,), held)
    asked = replace(booked(), new_time=offered)
    assert released_seats(booked(), asked) == []
    assert released_seats(asked, replace(asked, version=9)) == []
    assert released_seats(asked, booked()) == [held]
    taken_up = replace(booked(), slot=held.slot, seat_id=held.seat_id)
    assert released_seats(asked, taken_up) == [asked.seat]
    other = replace(booked(), slot=key(NINE + 2 * DAY), seat_id="abcdefgh12345678abc")
    assert released_seats(asked, other) == [asked.seat, held]
    gone = replace(asked, status=AppointmentStatus.CANCELLED)
    assert released_seats(asked, gone) == [asked.seat, held]
    assert released_seats(asked, replace(asked, status=AppointmentStatus.CHECKED_IN)) == [held]
    assert released_seats(asked, replace(asked, new_time=None)) == [held]


def test_an_offer_names_its_halls() -> None:
    there = replace(key(), office_id="hall-2")
    assert NewTime("x", NINE, (key(), there, key(NINE + DAY))).offices == {"hall-330200", "hall-2"}
    assert NewTime("x", NINE).offices == frozenset()
