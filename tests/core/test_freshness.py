from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.freshness import is_fresh

MOMENTS = st.integers(1_767_225_600, 2_208_988_800).map(lambda s: datetime.fromtimestamp(s, UTC))


@given(MOMENTS, st.integers(-400, 400))
def test_a_message_is_fresh_for_five_minutes_either_way(now: datetime, age: int) -> None:
    stamp = int(now.timestamp()) - age
    assert is_fresh(stamp, [now]) == (abs(age) <= 300)
    assert is_fresh(stamp, [now - timedelta(days=1), now]) == is_fresh(stamp, [now])
    assert not is_fresh(stamp, [])
