from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import rate_limit
from chalicelib.core.errors import TooManyRequests

MOMENTS = st.integers(1_767_225_600, 2_208_988_800).map(lambda s: datetime.fromtimestamp(s, UTC))


@given(MOMENTS, st.sampled_from([60, 300, 3600]))
def test_a_window_holds_each_moment_once(now: datetime, seconds: int) -> None:
    window = rate_limit.window(now, seconds)
    assert timedelta() < window.ends - now <= timedelta(seconds=seconds)
    assert 1 <= window.seconds_left(now) <= seconds
    assert rate_limit.window(window.ends, seconds).name == str(int(window.name) + 1)
    assert window.exceeded(now).status == 429
    assert window.exceeded(now).headers() == {"Retry-After": str(window.seconds_left(now))}


@given(MOMENTS)
def test_a_day_ends_at_midnight_in_shanghai(now: datetime) -> None:
    day = rate_limit.day(now)
    assert day.ends.astimezone(UTC).hour == 16
    assert day.name == f"{now + timedelta(hours=8):%Y-%m-%d}"
    assert 1 <= day.seconds_left(now) <= 86400


def test_who_asks_as_a_window_ends_waits_a_second() -> None:
    window = rate_limit.window(datetime(2026, 12, 1, tzinfo=UTC), 60)
    assert window.seconds_left(window.ends) == 1
    assert window.seconds_left(window.ends + timedelta(minutes=1)) == 1


def test_a_source_is_shut_out_of_one_thing_until_the_window_ends() -> None:
    now = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    window = rate_limit.window(now, 3600)
    refused = rate_limit.shut_out("this", "192.0.2.7", window, now)
    assert refused.headers() == {"Retry-After": "1800"}
    with pytest.raises(TooManyRequests):
        rate_limit.check_source("this", "192.0.2.7", window, now)
    later = rate_limit.window(window.ends, 3600)
    for what, source, when in (
        ("that", "192.0.2.7", window),
        ("this", "192.0.2.8", window),
        ("this", "192.0.2.7", later),
    ):
        rate_limit.check_source(what, source, when, now)
    rate_limit.forget()
    rate_limit.check_source("this", "192.0.2.7", window, now)
