"""What staff type at the desk, and who is late."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments.domain.queue_steps import arrived
from chalicelib.appointments.domain.reception import Search
from tests.appointments.made import NINE, booked, walk_in

PERSON = {"name": "Maria Anna", "id_number": "33020319900101123X", "phone": "13800138000"}


@pytest.mark.parametrize(
    ("query", "means"),
    [
        ("123x", True),
        ("123X", True),
        ("1123X", True),
        ("8000", True),
        ("8 000", True),
        ("８０００", True),
        ("000", False),
        ("3302", False),
        ("maria", True),
        ("mariaanna", True),
        ("ANNA", True),
        ("marie", False),
    ],
)
def test_what_words_mean(query: str, *, means: bool) -> None:
    assert Search(query).means(PERSON) is means
    assert not Search("x").means({})


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("012345", "012345"),
        ("０１２３４５", "012345"),
        ("12345", None),
        ("1234567", None),
        ("12345X", None),
        ("李", None),
    ],
)
def test_six_digits_may_be_a_short_code(query: str, code: str | None) -> None:
    assert Search(query).short_code == code


@given(seconds=st.integers(-3600, 3600))
def test_who_is_late_by_a_quarter_keeps_the_place(seconds: int) -> None:
    now = NINE + timedelta(seconds=seconds)
    place = arrived(booked(), "A001", now).place
    assert place
    assert place.arrived_at == now
    assert place.due == (NINE if seconds <= 15 * 60 else now)
    walked = arrived(walk_in(), "W001", now).place
    assert walked
    assert walked.due == now
