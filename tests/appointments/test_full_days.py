"""What a look at a day says of its slots: which are full, and who may have had a seat there."""

from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.appointments.domain.availability import CountersDay, availability_of
from chalicelib.appointments.domain.slots import (
    LEFT_LIMIT,
    Slot,
    reservation_mark,
    shards_by_slot,
)
from tests.appointments.made import DAY, HOUR, NINE, key

ME, OTHER = "citizen1booking1", "citizen2booking2"
SLOT = key().slot_id
BEFORE = NINE - DAY


def day(*shards: Slot, now: datetime = BEFORE) -> CountersDay:
    grouped = shards_by_slot([*shards])
    return CountersDay({n: availability_of(some, now) for n, some in grouped.items()}, grouped)


def of(capacity: int, *seats: str, number: int = 0, **more: object) -> Slot:
    one = Slot(key(), number, NINE + HOUR, capacity, frozenset(seats))
    return replace(one, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shards", "full"),
    [
        ((of(2, ME),), False),
        ((of(1, ME),), True),
        ((of(1, ME, OTHER),), True),
        ((of(1, ME), of(1, number=1)), False),
        ((of(1, ME), of(1, OTHER, number=1)), True),
        ((of(1, ME, reservations=frozenset({reservation_mark(ME, BEFORE)})),), True),
        # Nobody may be told of a closed slot that it is full.
        ((of(1, ME, closed=True),), False),
        # Of seats in a closed shard none is for sale.
        ((of(1, ME), of(5, number=1, closed=True)), True),
    ],
)
def test_a_slot_is_full_when_no_open_shard_has_a_seat(shards: tuple[Slot, ...], full: bool) -> None:
    assert day(*shards).is_full(SLOT) is full


def test_what_is_not_there_or_over_is_not_full() -> None:
    assert not day().is_full(SLOT)
    assert not day(of(1, ME), now=NINE + HOUR).is_full(SLOT)


@pytest.mark.parametrize(
    ("one", "held"),
    [
        (of(1, ME), True),
        # A seat after a move is the appointment's id and more.
        (of(1, f"{ME}abc"), True),
        (of(1, OTHER), False),
        (of(1, OTHER, left=frozenset({ME})), True),
        (of(1, OTHER, left=frozenset(f"left{n:012}" for n in range(LEFT_LIMIT - 1))), False),
        # Who left after so many others is not known.
        (of(1, OTHER, left=frozenset(f"left{n:012}" for n in range(LEFT_LIMIT))), True),
    ],
)
def test_who_may_have_had_a_seat(one: Slot, held: bool) -> None:
    assert day(of(1, "somebodysomebody", number=1), one).may_have_held(SLOT, ME) is held
    assert not day().may_have_held(SLOT, ME)
