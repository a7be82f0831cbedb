"""Visits as values: the marks of their time, what may be rated, what is counted of nobody."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments.domain.appointments import (
    AppointmentStatus,
    RatedByCase,
    check_ratable,
    time_marks,
)
from chalicelib.appointments.domain.slots import (
    Slot,
    parse_slot_id,
    reservation_mark,
)
from chalicelib.core.errors import Problem, WrongStatus
from chalicelib.core.ratings import AlreadyRated
from tests.appointments.made import booked
from tests.support.clock import MONDAY


@given(st.integers(0, 10**6), st.integers(5, 90), st.integers(0, 10**6), st.integers(5, 90))
def test_times_share_a_mark_when_they_overlap_by_five_minutes(
    begin: int, length: int, other: int, other_length: int
) -> None:
    other = begin - 100 + other % 200
    epoch = datetime(2027, 1, 1, tzinfo=UTC)
    spans = [
        (epoch + timedelta(minutes=a), epoch + timedelta(minutes=a + b))
        for a, b in ((begin, length), (other, other_length))
    ]
    common = min(spans[0][1], spans[1][1]) - max(spans[0][0], spans[1][0])
    shared = time_marks("lin", *spans[0]) & time_marks("lin", *spans[1])
    if common >= timedelta(minutes=5) or begin == other:
        assert shared
    if common <= timedelta(0):
        assert not shared
    assert not time_marks("lin", *spans[0]) & time_marks("wu", *spans[1])


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"status": AppointmentStatus.FULFILLED}, None),
        ({"status": AppointmentStatus.FULFILLED, "score": 1}, AlreadyRated),
        ({"status": AppointmentStatus.FULFILLED, "case_id": "c"}, RatedByCase),
        *(({"status": one}, WrongStatus) for one in AppointmentStatus if one != "fulfilled"),
    ],
)
def test_what_may_be_rated(change: Any, refusal: type[Problem] | None) -> None:
    one = booked(**change)
    if refusal is None:
        check_ratable(one)
        return
    with pytest.raises(refusal):
        check_ratable(one)


def test_a_mark_that_a_crash_left_holds_nothing() -> None:
    key = parse_slot_id("hall-330200.property.202703011000")
    assert key
    marks = frozenset(
        {reservation_mark("gone", MONDAY), reservation_mark("paid", MONDAY - timedelta(hours=1))}
    )
    slot = Slot(key, 0, key.start, 2, frozenset({"paid", "other"}), reservations=marks)
    assert slot.retry_at(MONDAY) is None
