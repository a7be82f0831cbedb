"""Windows of limits, secret codes, pointers and freshness: the small rules that all rooms share."""

import hashlib
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import rate_limit
from chalicelib.core.errors import pointer
from chalicelib.core.freshness import FRESH_SECONDS, is_fresh

MOMENTS = st.integers(1_767_225_600, 2_208_988_800).map(lambda s: datetime.fromtimestamp(s, UTC))


@given(MOMENTS, st.sampled_from([60, 300, 3600]))
def test_a_window_holds_each_moment_once(now: datetime, seconds: int) -> None:
    window = rate_limit.window(now, seconds)
    assert timedelta() < window.ends - now <= timedelta(seconds=seconds)
    assert 1 <= window.seconds_left(now) <= seconds
    assert rate_limit.window(window.ends, seconds).name == str(int(window.name) + 1)
    assert window.exceeded(now).status == 429


@given(MOMENTS)
def test_a_day_ends_at_midnight_in_shanghai(now: datetime) -> None:
    day = rate_limit.day(now)
    assert day.ends.astimezone(UTC).hour == 16
    assert day.name == f"{now + timedelta(hours=8):%Y-%m-%d}"
    assert 1 <= day.seconds_left(now) <= 86400


@given(st.lists(st.text("~/01ab", max_size=6)))
def test_a_pointer_leads_back_to_its_parts(parts: list[str]) -> None:
    read = [one.replace("~1", "/").replace("~0", "~") for one in pointer(*parts).split("/")[1:]]
    assert read == parts


@given(MOMENTS, st.integers(-400, 400))
def test_a_message_is_fresh_for_five_minutes_either_way(now: datetime, age: int) -> None:
    stamp = int(now.timestamp()) - age
    assert is_fresh(stamp, [now]) == (abs(age) <= FRESH_SECONDS)
    assert is_fresh(stamp, [now - timedelta(days=1), now]) == is_fresh(stamp, [now])


def test_codes_that_people_hold_stay_right() -> None:
    from chalicelib.cases.service import status_lookup
    from chalicelib.core import secret_code, wiring
    from chalicelib.deliveries.service import proof

    for subject in ("0123456789AB", "d" * 24, "ZZZZZZZZZZZZ"):
        digests = {
            purpose: hashlib.sha256(wiring.vault().keyed_hash(purpose, subject).encode()).digest()
            for purpose in ("progress", "proof")
        }
        progress = f"{int(digests['progress'].hex(), 16) % 1_000_000:06}"
        door = f"{int(digests['proof'][:8].hex(), 16) % 1_000_000:06}"
        assert (status_lookup.code_of(subject), proof.code_of(subject)) == (progress, door)
        assert proof.is_right(subject, door)
        assert not proof.is_right(subject, None)
        assert not secret_code.is_right(door, "１２３４５６")
