"""Slots of a day, their shards, and the ids that name them."""

import itertools
from datetime import date, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments.domain.slots import parse_slot_id, shard_capacities, starts


@given(st.integers(5, 120), st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_slots_never_overlap_nor_pass_the_closing_hour(minutes: int, day: date) -> None:
    hours = ((time(9), time(12)), (time(13, 30), time(17)))
    begins = list(starts(day, hours, minutes))
    length = timedelta(minutes=minutes)
    for one, other in itertools.pairwise(begins):
        assert one + length <= other
    for begin in begins:
        end = begin + length
        assert any(a <= begin.time() and end.time() <= b for a, b in hours)


@given(st.integers(0, 500))
def test_shards_hold_the_capacity(capacity: int) -> None:
    shards = shard_capacities(capacity)
    assert sum(shards) == capacity
    assert all(0 < shard <= 32 for shard in shards)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_slot_ids(text: str) -> None:
    key = parse_slot_id(text)
    assert key is None or key.slot_id == text
