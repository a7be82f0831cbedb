"""Slots in a row: of a group that comes together, and of a visit that is longer than a slot."""

import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments.domain.availability import SlotAvailability, SlotState, in_rows
from chalicelib.appointments.domain.rows import in_a_row, row, share_out
from chalicelib.appointments.domain.slots import Seat, Slot, SlotKey
from tests.appointments.made import MINUTE, NINE, key, shard
from tests.support.clock import MONDAY

QUARTER, STEP = 15 * MINUTE, 20 * MINUTE


def slot(
    minutes: int, capacity: int, taken: Iterable[str] = (), *, shard: int = 0, closed: bool = False
) -> Slot:
    start = key(MONDAY + timedelta(minutes=minutes))
    return Slot(start, shard, start.start + QUARTER, capacity, frozenset(taken), closed=closed)


def placed(people: str, *slots: Slot, first: int = 0) -> list[tuple[int, int]] | None:
    """Return the minute and the shard of each one's seat."""
    by_key: dict[SlotKey, list[Slot]] = {}
    for one in slots:
        by_key.setdefault(one.key, []).append(one)
    found = share_out(list(people), slot(first, 0).key, by_key)
    if found is None:
        return None
    assert [seat.seat_id for seat in found] == list(people)
    return [((seat.slot.start - MONDAY) // timedelta(minutes=1), seat.shard) for seat in found]


def test_a_row_ends_where_nothing_follows() -> None:
    keys = [slot(minutes, 1).key for minutes in (0, 15, 45, 90)]
    ends = {one: one.start + QUARTER * (2 if n else 1) for n, one in enumerate(keys)}
    assert list(in_a_row(keys[0], ends)) == keys[:3]
    assert list(in_a_row(keys[3], ends)) == [keys[3]]
    assert list(in_a_row(slot(5, 1).key, ends)) == []


@pytest.mark.parametrize(
    ("capacities", "people", "where"),
    [
        ([3], "abc", [0, 0, 0]),
        ([1, 1, 1], "abc", [0, 15, 30]),
        ([2, 0, 1], "abc", None),
        ([0, 3], "abc", None),
        ([1, 1], "abc", None),
        ([1, 9], "abc", [0, 15, 15]),
    ],
)
def test_a_group_fills_one_slot_after_another(
    capacities: list[int], people: str, where: list[int] | None
) -> None:
    slots = [slot(15 * number, capacity) for number, capacity in enumerate(capacities)]
    found = placed(people, *slots)
    assert ([minute for minute, _ in found] if found else None) == where


def test_a_slot_s_shards_are_one_but_for_those_that_are_closed() -> None:
    shards = [slot(0, 1), slot(0, 5, shard=1, closed=True), slot(0, 2, shard=2)]
    assert placed("abc", *shards) == [(0, 0), (0, 2), (0, 2)]
    assert placed("abcd", *shards) is None


def test_who_has_a_seat_keeps_it() -> None:
    full = slot(0, 2, "bx")
    assert placed("abc", full, slot(15, 2, "y")) is None
    assert placed("ab", full, slot(15, 2, "y")) is None
    assert placed("ba", full, slot(15, 2, "y")) == [(0, 0), (15, 0)]
    assert placed("bc", slot(0, 2, "bc")) == [(0, 0), (0, 0)]
    assert placed("a", slot(15, 1)) is None


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5), st.integers(1, 8))
def test_no_slot_gets_more_than_it_has(capacities: list[int], people: int) -> None:
    names = "abcdefgh"[:people]
    found = placed(names, *(slot(15 * n, c) for n, c in enumerate(capacities)))
    filled = list(itertools.takewhile(bool, capacities))
    assert (found is None) is (sum(filled) < people)
    for number, capacity in enumerate(capacities):
        assert sum(minute == 15 * number for minute, _ in found or ()) <= capacity


def starts(*minutes: int) -> dict[SlotKey, datetime]:
    return {key(NINE + MINUTE * n): NINE + MINUTE * (n + 20) for n in minutes}


@pytest.mark.parametrize(
    ("minutes", "lasts", "count"),
    [
        ((0, 20, 40), 0, 1),
        ((0, 20, 40), 20, 1),
        ((0, 20, 40), 21, 2),
        ((0, 20, 40), 40, 2),
        ((0, 20, 40), 60, 3),
        ((0, 20, 40), 61, 0),
        ((0, 40, 60), 40, 0),
        ((20, 40), 20, 0),
        ((), 0, 0),
    ],
)
def test_a_row_is_as_long_as_the_visit_and_has_no_gap(
    minutes: Sequence[int], lasts: int, count: int
) -> None:
    slots = row(key(), starts(*minutes), MINUTE * lasts)
    assert slots == tuple(key(NINE + MINUTE * 20 * n) for n in range(count))


def slot_at(number: int, remaining: int, state: SlotState, **more: Any) -> SlotAvailability:
    begin = NINE + MINUTE * 20 * number
    return SlotAvailability(key(begin), begin + MINUTE * 20, 3, remaining, state, **more)


def test_a_row_is_what_its_worst_slot_is() -> None:
    slots = [
        slot_at(0, 3, "open"),
        slot_at(1, 2, "open"),
        slot_at(2, 0, "reserved", retry_at=NINE),
        slot_at(3, 0, "full"),
        slot_at(4, 3, "closed"),
    ]
    rows = in_rows(slots, MINUTE * 40)
    assert [(one.remaining, one.state) for one in rows] == [
        (2, "open"), (0, "reserved"), (0, "full"), (0, "closed"),
    ]  # fmt: skip
    assert [one.end for one in rows] == [one.end for one in slots[1:]]
    assert [one.retry_at for one in rows] == [None, NINE, None, None]
    assert in_rows(slots, timedelta()) == slots
    assert in_rows([slot_at(0, 1, "not_yet", opens_at=NINE)], STEP)[0].opens_at == NINE


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.integers(1, 5), st.integers(1, 3))
def test_no_seat_is_given_twice_and_a_group_stays_together(
    capacities: list[int], people: int, slots: int
) -> None:
    keys = [key(NINE + MINUTE * 20 * n) for n in range(len(capacities))]
    there = {
        one: [shard(capacity=n, start=one.start, minutes=20)]
        for one, n in zip(keys, capacities, strict=True)
    }
    placed = share_out("abcde"[:people], keys[0], there, STEP * slots)
    if placed is None:
        # One alone has a place exactly where the whole row has a seat.
        whole = len(capacities) >= slots and all(capacities[:slots])
        assert (people > 1) or not whole
        return
    assert [one.seat_id for one in placed] == [*"abcde"[:people]]
    singles = [single for one in placed for single in one.singles]
    assert len(singles) == people * slots
    for one, capacity in zip(keys, capacities, strict=True):
        assert sum(single.slot == one for single in singles) <= capacity
    begins = [keys.index(one.slot) for one in placed]
    assert begins == sorted(begins)
    assert begins[0] == 0
    assert all(b - a <= slots for a, b in itertools.pairwise(begins))


def test_a_seat_of_a_row_is_one_in_each_of_its_slots() -> None:
    next_ = key(NINE + STEP)
    seat = Seat(key(), 1, "abcdefgh12345678", "mark", ((next_, 2),))
    assert seat.singles == (
        Seat(key(), 1, "abcdefgh12345678", "mark"),
        Seat(next_, 2, "abcdefgh12345678", "mark"),
    )
