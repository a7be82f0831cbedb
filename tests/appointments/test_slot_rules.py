"""Slots of a day, their shards, and the ids that name them."""

import itertools
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments.domain.slots import (
    Seat,
    SlotKey,
    TakenSeat,
    parse_slot_id,
    shard_capacities,
    starts,
    taken_row,
)
from chalicelib.core.clock import OFFICE_ZONE


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


@given(st.datetimes(datetime(2026, 1, 1), datetime(2040, 12, 31)))  # noqa: DTZ001 - a wall clock.
def test_an_id_says_the_very_minute_of_its_slot(moment: datetime) -> None:
    start = moment.replace(second=0, microsecond=0, tzinfo=OFFICE_ZONE)
    key = SlotKey("hall-1", "exit-entry", start)
    assert parse_slot_id(key.slot_id) == key
    assert key.day == start.date()
    assert parse_slot_id(SlotKey("hall-1", "exit-entry", start.astimezone(UTC)).slot_id) == key


def test_seats_taken_in_a_row_are_one_seat_that_names_them_all() -> None:
    keys = [SlotKey("h", "tax", datetime(2026, 12, 7, hour, tzinfo=UTC)) for hour in (1, 2, 3)]
    taken = [TakenSeat(Seat(key, number, "seat"), fresh=True) for number, key in enumerate(keys)]
    row = taken_row(taken)
    assert row.seat == Seat(keys[0], 0, "seat", None, ((keys[1], 1), (keys[2], 2)))
    assert (row.fresh, row.further) == (True, tuple(taken[1:]))
    assert [one.seat for one in taken] == list(row.seat.singles)
    assert taken_row(taken[:1]) == taken[0]
