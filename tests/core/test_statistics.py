import csv
import io

import pytest

from chalicelib.core.statistics import Statistic, as_csv, minutes, share


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
