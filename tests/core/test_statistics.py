import csv
import io
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.statistics import Statistic, as_csv, minutes, months_between, share


def test_a_spreadsheet_opens_it_and_runs_none_of_it() -> None:
    table = Statistic(("hall", "count", "share"), lambda *_: ())
    rows = [{"hall": name, "count": -1, "share": None} for name in ("=1+1", "@x", '海曙,"一"')]
    text = as_csv(table, rows)
    assert text.startswith("\ufeffhall,count,share\r\n")
    read = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [one["hall"] for one in read] == ["'=1+1", "'@x", '海曙,"一"']
    assert {(one["count"], one["share"]) for one in read} == {("-1", "")}


@pytest.mark.parametrize(("part", "whole", "told"), [(1, 3, 0.333), (0, 5, 0), (0, 0, None)])
def test_a_share_of_nothing_is_none(part: int, whole: int, told: float | None) -> None:
    assert share(part, whole) == told


@pytest.mark.parametrize(("seconds", "count", "told"), [(90, 1, 1.5), (600, 3, 3.3), (0, 0, None)])
def test_an_average_is_in_minutes(seconds: int, count: int, told: float | None) -> None:
    assert minutes(seconds, count) == told


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(0, 400))
def test_the_months_between_two_days_hold_those_days_and_no_others(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    found = []
    for month, begin, end in months_between(first, last):
        rest = (month + timedelta(days=31)).replace(day=1) - month
        of_month = [month + timedelta(days=n) for n in range(rest.days)]
        found += [day for day in of_month if begin <= f"{day:%d}#hall" <= end]
    assert found == [first + timedelta(days=n) for n in range(days + 1)]
