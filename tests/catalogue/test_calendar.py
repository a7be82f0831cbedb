"""Working days around the holidays, and the days moved for them (notice of the State Council)."""

from datetime import date, timedelta

import pytest
from holidays import country_holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalogue.domain import TimeLimit
from chalicelib.catalogue.domain.calendar import (
    add_working_days,
    day_kind,
    is_working_day,
    last_day,
    working_day_from,
    working_days_between,
)
from infra import make_holidays

DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("day", "number", "wanted"),
    [
        # The National Day week of 2026: 1 to 7 October closed, Saturday the 10th worked.
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 9, 30), 4, date(2026, 10, 12)),
        (date(2026, 10, 3), 0, date(2026, 10, 8)),
        # A Sunday is worked before it.
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
        # The Spring Festival of 2026: 15 to 23 February closed, Saturdays 14 and 28 worked.
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 2, 27), 1, date(2026, 2, 28)),
        (date(2026, 2, 27), 2, date(2026, 3, 2)),
        # The Spring Festival of 2025: 28 January to 4 February, Sunday the 26th worked.
        (date(2025, 1, 24), 1, date(2025, 1, 26)),
        (date(2025, 1, 27), 1, date(2025, 2, 5)),
        (date(2026, 12, 1), 0, date(2026, 12, 1)),
    ],
)
def test_working_days_after_a_day(day: date, number: int, wanted: date) -> None:
    assert add_working_days(day, number) == wanted


@pytest.mark.parametrize(
    ("limit", "day", "wanted"),
    [
        (TimeLimit(15, "days"), date(2026, 11, 2), date(2026, 11, 17)),
        # The last day is in the holidays, or on a Sunday.
        (TimeLimit(3, "days"), date(2026, 9, 30), date(2026, 10, 8)),
        (TimeLimit(6, "days"), date(2026, 11, 2), date(2026, 11, 9)),
        # The last day is a Saturday that is worked.
        (TimeLimit(10, "days"), date(2026, 9, 30), date(2026, 10, 10)),
        (TimeLimit(3, "working_days"), date(2026, 9, 30), date(2026, 10, 10)),
        (TimeLimit(0, "same_day"), date(2026, 11, 2), date(2026, 11, 2)),
        (TimeLimit(0, "same_day"), date(2026, 10, 1), date(2026, 10, 8)),
    ],
)
def test_the_last_day_of_a_limit(limit: TimeLimit, day: date, wanted: date) -> None:
    assert last_day(limit, day) == wanted


@settings(deadline=None)
@given(DAYS, st.integers(1, 40))
def test_counting_back_gives_the_number(day: date, number: int) -> None:
    end = add_working_days(day, number)
    assert is_working_day(end)
    assert working_days_between(day, end) == number
    assert working_days_between(end, day) == -number
    assert working_days_between(day, end - timedelta(days=1)) == number - 1


@settings(deadline=None)
@given(DAYS, st.integers(0, 60), st.sampled_from(["days", "working_days"]))
def test_a_limit_ends_on_a_working_day_and_not_early(day: date, value: int, unit: str) -> None:
    end = last_day(TimeLimit(value, unit), day)
    assert is_working_day(end)
    assert end >= day + timedelta(days=value)
    assert end == working_day_from(end)


def test_the_table_of_holidays_is_the_one_that_the_tool_writes() -> None:
    assert make_holidays.TARGET.read_text() == make_holidays.written()


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027, 2060, 2100])
def test_each_day_of_the_table_is_what_the_library_says(year: int) -> None:
    calendar = country_holidays("CN", years=year)
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [is_working_day(day) for day in days] == [calendar.is_working_day(day) for day in days]
    assert {day for day in calendar if day_kind(day) != "closed"} == set()


def test_outside_the_table_weekends_alone_are_closed() -> None:
    week = [date(2101, 9, 26) + timedelta(days=n) for n in range(14)]
    assert [day for day in week if not is_working_day(day)] == [
        day for day in week if day.weekday() > 4
    ]


@pytest.mark.parametrize(
    "day",
    [
        "2026-01-03",
        "2026-02-21",
        "2026-04-04",
        "2026-05-02",
        "2026-06-20",
        "2026-09-26",
        "2026-10-03",
        "2027-01-02",
        "2024-06-08",
        "2024-02-10",
        "2025-05-03",
    ],
)
def test_halls_do_not_open_on_a_saturday_within_a_holiday(day: str) -> None:
    assert day_kind(date.fromisoformat(day)) == "closed"


@pytest.mark.parametrize("day", ["2026-01-10", "2026-04-11", "2026-03-28", "2024-02-24"])
def test_other_saturdays_are_saturdays(day: str) -> None:
    assert day_kind(date.fromisoformat(day)) == "saturday"


@pytest.mark.parametrize("day", ["2026-02-14", "2026-10-10", "2025-02-08"])
def test_a_saturday_that_is_worked_is_a_weekday(day: str) -> None:
    assert day_kind(date.fromisoformat(day)) == "weekday"
