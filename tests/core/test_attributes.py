from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import attributes
from chalicelib.core.idempotency import Applied
from chalicelib.core.tables import shard_of

NOTES = st.builds(Applied, st.text(), st.text(), st.integers())
MOMENTS = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 - the strategy wants naive bounds and adds the zone.
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
)


@given(MOMENTS)
def test_a_moment_comes_back_to_the_second(moment: datetime) -> None:
    back = attributes.moment(attributes.seconds(moment))
    assert back.tzinfo is UTC
    assert timedelta() <= moment - back < timedelta(seconds=1)
    assert attributes.optional_moment(attributes.optional_seconds(moment)) == back


def test_no_moment_stays_none() -> None:
    assert attributes.optional_seconds(None) is None
    assert attributes.optional_moment(None) is None


@given(st.lists(NOTES).map(tuple))
def test_notes_of_attempts_come_back(ledger: tuple[Applied, ...]) -> None:
    assert attributes.read_ledger(attributes.ledger_of(ledger)) == ledger


@given(st.text(), st.integers(1, 9))
def test_an_id_belongs_to_one_of_the_shards(text: str, shards: int) -> None:
    assert shard_of(text, shards) in range(shards)
    assert shard_of(text, shards) == shard_of(text, shards)


@given(MOMENTS)
def test_milliseconds_are_rounded_down_and_read_back(moment: datetime) -> None:
    kept = attributes.milliseconds(moment)
    read = attributes.moment_of_milliseconds(kept)
    assert timedelta() <= moment - read < timedelta(milliseconds=1)
    assert attributes.milliseconds(read) == kept
