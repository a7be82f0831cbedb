"""When the seats of a day come out, and what a rule of that says."""

from datetime import date, time
from typing import Any

import pytest

from chalicelib.catalogue.domain import AT_ONCE, Release, parse_release

DAILY = {"mode": "daily_at", "opens_at": "09:00", "days_ahead": 7, "ramp_seconds": 120}
RULE = Release("daily_at", time(9), 7, 120)


def test_a_rule_is_read() -> None:
    assert parse_release(DAILY) == RULE
    assert parse_release({**DAILY, "rerelease": {"minutes": [10, 120]}}).rerelease == (10, 120)
    assert parse_release({"mode": "at_once"}) == AT_ONCE
    freed = parse_release({"mode": "at_once", "rerelease": {"minutes": [1, 2]}})
    assert (freed.rerelease, freed.scarce) == ((1, 2), False)


@pytest.mark.parametrize(
    "data",
    [{**DAILY, "mode": "sometimes"}, {**DAILY, "opens_at": "25:00"}, {"mode": "daily_at"}],
)
def test_a_rule_that_says_no_time_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        parse_release(data)


def test_a_day_comes_out_so_many_days_before() -> None:
    opens = RULE.opens(date(2027, 3, 8))
    assert opens
    assert opens.isoformat() == "2027-03-01T09:00:00+08:00"
    # The last day of February is seven days before the seventh of March.
    assert RULE.opens(date(2028, 3, 7)).isoformat()[:10] == "2028-02-29"  # type: ignore[union-attr]
    assert AT_ONCE.opens(date(2027, 3, 8)) is None
    assert (RULE.scarce, AT_ONCE.scarce) == (True, False)
