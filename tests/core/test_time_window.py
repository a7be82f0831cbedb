from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.time_window import TimeWindow

EVENING = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Ningbo


@pytest.mark.parametrize(
    ("lasts", "days"),
    [
        (timedelta(), ["20261231"]),
        (timedelta(seconds=1), ["20261231", "20270101"]),
        (timedelta(days=2), ["20261231", "20270101", "20270102"]),
    ],
)
def test_the_days_are_those_of_the_offices(lasts: timedelta, days: list[str]) -> None:
    assert TimeWindow(EVENING, EVENING + lasts, whole=False).days == days


def test_both_ends_belong_to_it() -> None:
    window = TimeWindow(EVENING, EVENING + timedelta(hours=1), whole=False)
    seconds = timedelta(seconds=1)
    assert window.holds(window.since)
    assert window.holds(window.until)
    assert not window.holds(window.since - seconds)
    assert not window.holds(window.until + seconds)
