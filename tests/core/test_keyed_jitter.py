from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.keyed_jitter import jitter


@given(st.binary(min_size=1), st.text(max_size=40), st.integers(0, 10_000_000))
def test_a_share_lies_in_its_span_and_is_always_the_same(
    key: bytes, value: str, milliseconds: int
) -> None:
    span = timedelta(milliseconds=milliseconds)
    drawn = jitter(key, value, span)
    assert timedelta() <= drawn < max(span, timedelta(milliseconds=1))
    assert drawn == jitter(key, value, span)
    assert drawn.microseconds % 1000 == 0


def test_shares_are_spread_and_follow_from_the_key() -> None:
    span = timedelta(seconds=1000)
    drawn = [jitter(b"key", str(number), span) for number in range(2000)]
    mean = sum(drawn, timedelta()) / len(drawn)
    assert abs(mean - span / 2) < span / 30
    assert min(drawn) < span / 100
    assert max(drawn) > span * 99 / 100
    assert [jitter(b"other", str(number), span) for number in range(2000)] != drawn
    # RFC 4231, test case 2: HMAC-SHA-256 of this key and text begins with 5bdcc146bf60754e.
    text = "what do ya want for nothing?"
    assert (
        jitter(b"Jefe", text, span).total_seconds() == int(0x5BDCC146BF60754E / 2**64 * 1e6) / 1e3
    )
