"""Slots and their seats: how they are named, split, added up, and kept when hours change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments.domain import slots as slots_domain
from chalicelib.appointments.domain.alignment import aligned
from chalicelib.appointments.domain.availability import (
    SlotAvailability,
    availability_of,
    nearest_open,
)
from chalicelib.appointments.domain.slots import (
    QUOTA_SHARDS,
    SHARD_SEATS,
    Slot,
    SlotKey,
    holder_of,
    parse_slot_id,
    reservation_mark,
    shard_capacities,
    shards_by_slot,
    starts,
)
from chalicelib.catalogue.domain import Group, Quota
from tests.appointments.made import DAY, HOUR, MINUTE, NINE, SECOND, key, shard

QUARTER = 15 * MINUTE
COUNTERS = ("hall-330200", "identity")


def test_a_slot_is_named_by_its_hall_counters_and_local_time() -> None:
    assert key().slot_id == "hall-330200.identity.202612070900"
    assert key(NINE.astimezone(UTC)).stamp == "202612070900"
    assert parse_slot_id("hall-330200.identity.202612070900") == key()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "hall-330200.identity.20261207090",
        "hall-330200.identity.2026120709000",
        "hall-330200.identity.202613070900",
        "hall-330200.identity.202612072460",
        "hall-330200.identity.202612070900 ",
        "Hall-330200.identity.202612070900",
        "hall-330200.identity1.202612070900",
        ".identity.202612070900",
        "hall-330200..202612070900",
        f"{'h' * 41}.identity.202612070900",
        f"hall-330200.{'i' * 31}.202612070900",
    ],
)
def test_what_cannot_name_a_slot_is_none(name: str) -> None:
    assert parse_slot_id(name) is None


def test_the_longest_names_are_read() -> None:
    assert parse_slot_id(f"{'h' * 40}.{'i' * 30}.202612070900") == SlotKey(
        *("h" * 40, "i" * 30, NINE)
    )


@pytest.mark.parametrize(
    ("seats", "capacity", "remaining"), [("", 4, 4), ("abc", 4, 1), ("abcd", 4, 0), ("abcde", 4, 0)]
)
def test_what_is_free_is_never_below_nothing(seats: str, capacity: int, remaining: int) -> None:
    slot = shard(seats, capacity)
    assert (slot.remaining, slot.taken_back) == (remaining, len(seats) > capacity)


def test_a_closed_slot_takes_back_what_was_booked() -> None:
    assert shard("a", closed=True).taken_back
    assert not shard("a").closed
    assert not shard("a").taken_back


def test_a_seat_tells_whom_it_was_taken_for() -> None:
    assert holder_of("abcdefgh12345678") == "abcdefgh12345678"
    assert holder_of("abcdefgh12345678" + "2") == "abcdefgh12345678"


@pytest.mark.parametrize(
    ("since", "until"),
    [(NINE, NINE + QUARTER), (NINE + SECOND, NINE + QUARTER + MINUTE)],
)
def test_a_reserved_seat_waits_a_quarter_of_an_hour_and_to_the_minute(
    since: datetime, until: datetime
) -> None:
    assert slots_domain.RESERVED_FOR == QUARTER
    assert slots_domain.HORIZON_DAYS == 30
    mark = reservation_mark("a", since)
    assert mark == f"a.{int(until.timestamp()) // 60}"


@pytest.mark.parametrize(
    ("seats", "reserved", "now", "expected"),
    [
        ("", [], NINE, None),
        ("a", [("a", 0)], NINE, NINE + QUARTER),
        # The seat of a mark was given up before it.
        ("b", [("a", 0)], NINE, None),
        ("ab", [("a", 20), ("b", 10)], NINE, NINE + 25 * MINUTE),
        # Giving up may take some minutes more; then it is not awaited.
        ("a", [("a", 0)], NINE + 14 * MINUTE, NINE + QUARTER),
        ("a", [("a", 0)], NINE + QUARTER, NINE + 16 * MINUTE),
        ("a", [("a", 0)], NINE + 20 * MINUTE - SECOND, NINE + 21 * MINUTE - SECOND),
        ("a", [("a", 0)], NINE + 20 * MINUTE, None),
        ("ab", [("a", 0), ("b", 40)], NINE + 20 * MINUTE, NINE + 55 * MINUTE),
    ],
)
def test_the_first_reserved_seat_may_come_back_after_its_time(
    seats: str, reserved: list[tuple[str, int]], now: datetime, expected: datetime | None
) -> None:
    marks = frozenset(reservation_mark(seat, NINE + minute * MINUTE) for seat, minute in reserved)
    assert shard(seats, len(seats), reservations=marks).retry_at(now) == expected


@pytest.mark.parametrize(
    ("hours", "minutes", "begin"),
    [
        ([("09:00", "10:00")], 15, ["09:00", "09:15", "09:30", "09:45"]),
        ([("09:00", "09:59")], 15, ["09:00", "09:15", "09:30"]),
        ([("09:00", "09:15")], 15, ["09:00"]),
        ([("09:00", "09:14")], 15, []),
        ([("09:00", "09:30"), ("14:00", "14:40")], 20, ["09:00", "14:00", "14:20"]),
        ([], 15, []),
    ],
)
def test_slots_follow_one_another_and_none_ends_after_its_hours(
    hours: list[tuple[str, str]], minutes: int, begin: list[str]
) -> None:
    spans = tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in hours)
    days = list(starts(date(2026, 12, 7), spans, minutes))
    assert [f"{one:%Y-%m-%d %H:%M %z}" for one in days] == [
        f"2026-12-07 {at} +0800" for at in begin
    ]


@pytest.mark.parametrize(
    ("capacity", "shards"),
    [(0, []), (1, [1]), (31, [31]), (32, [32]), (33, [32, 1]), (64, [32, 32]), (70, [32, 32, 6])],
)
def test_a_capacity_is_split_into_shards_of_32_seats(capacity: int, shards: list[int]) -> None:
    assert shard_capacities(capacity) == shards


def test_shards_are_grouped_by_their_slot() -> None:
    one, two, other = shard("a"), shard("b", shard=1), shard("c", start=NINE + HOUR)
    assert shards_by_slot([one, other, two]) == {
        one.key.slot_id: [one, two],
        other.key.slot_id: [other],
    }


# What is left of a slot over its shards.

BEFORE = NINE - HOUR


@pytest.mark.parametrize(
    ("shards", "now", "state", "remaining", "capacity"),
    [
        ([shard("ab")], BEFORE, "open", 2, 4),
        ([shard("ab"), shard("cde", shard=1)], BEFORE, "open", 3, 8),
        ([shard("abcd"), shard("efgh", shard=1)], BEFORE, "full", 0, 8),
        ([shard("abcd")], NINE - SECOND, "full", 0, 4),
        ([shard("ab")], NINE - SECOND, "open", 2, 4),
        ([shard("ab")], NINE, "closed", 2, 4),
        ([shard("ab", closed=True)], BEFORE, "closed", 2, 4),
        # The seats of a shard that is closed are not for sale.
        ([shard("ab", closed=True), shard("cdef", shard=1)], BEFORE, "full", 0, 4),
        ([shard("ab", closed=True), shard("c", shard=1)], BEFORE, "open", 3, 4),
    ],
)
def test_shards_add_up(
    shards: list[Slot], now: datetime, state: str, remaining: int, capacity: int
) -> None:
    whole = availability_of(shards, now)
    assert (whole.state, whole.remaining, whole.capacity) == (state, remaining, capacity)
    assert (whole.key, whole.end, whole.retry_at) == (key(), NINE + QUARTER, None)


def test_a_slot_with_reserved_seats_alone_says_when_the_first_may_come_back() -> None:
    marks = [reservation_mark(seat, BEFORE + n * MINUTE) for n, seat in enumerate("ab")]
    late, early = (
        shard(seat, 1, shard=n, reservations=frozenset({mark}))
        for n, (seat, mark) in enumerate(zip("ba", reversed(marks), strict=True))
    )
    whole = availability_of([late, early, shard("x", 1, shard=2)], BEFORE)
    assert (whole.state, whole.retry_at) == ("reserved", BEFORE + QUARTER)
    # Beside a free seat nobody has to wait.
    free = availability_of([late, shard("", 1, shard=2)], BEFORE)
    assert (free.state, free.retry_at) == ("open", None)


def test_the_open_slots_nearest_to_a_time_are_named_in_their_order() -> None:
    def one(minutes: int, state: str = "open") -> SlotAvailability:
        at = NINE + minutes * MINUTE
        return SlotAvailability(key(at), at, 1, 1, state)  # type: ignore[arg-type]

    there = [one(30), one(-15), one(15, "full"), one(60), one(-90), one(0, "reserved")]
    near = nearest_open(there, NINE, 3)
    assert [(slot.key.start - NINE) / MINUTE for slot in near] == [-15, 30, 60]
    assert nearest_open(there, NINE, 0) == ()


# Which slots a day should have when its hours change.

DAWN = NINE - 9 * HOUR
FOUR = Group("identity", 15, 4)


def span(first: int, last: int) -> tuple[datetime, datetime]:
    """Return a time from and to so many minutes after nine."""
    return NINE + first * MINUTE, NINE + last * MINUTE


def day(
    there: Sequence[Slot],
    spans: Sequence[tuple[datetime, datetime]],
    *,
    group: Group | None = FOUR,
    now: datetime = DAWN,
) -> list[tuple[int, int, int, int]]:
    """Return a day's coming shards: minutes after nine, minutes long, number, capacity."""
    coming = aligned(COUNTERS, group, spans, there, now)
    return sorted(
        (
            *(int((one.key.start - NINE) / MINUTE), int((one.end - one.key.start) / MINUTE)),
            *(one.shard, one.capacity),
        )
        for one in coming
    )


def test_an_empty_day_is_filled() -> None:
    filled = [(0, 15, 0, 4), (15, 15, 0, 4), (60, 15, 0, 4)]
    assert day([], [span(0, 40), span(60, 75)]) == filled
    assert day([], [span(0, 30)], now=NINE) == [(15, 15, 0, 4)]
    assert day([], [span(0, 30)], now=NINE - SECOND) == [(0, 15, 0, 4), (15, 15, 0, 4)]
    assert day([], [span(0, 15)], group=Group("identity", 15, 40)) == [
        (0, 15, 0, 32),
        (0, 15, 1, 8),
    ]
    assert day([], []) == []


def test_a_closed_day_closes_what_is_to_come() -> None:
    there = [shard(start=NINE), shard("ab", start=NINE + HOUR)]
    assert day(there, [], group=None) == [(0, 15, 0, 0), (60, 15, 0, 0)]
    assert day(there, [], group=None, now=NINE) == [(60, 15, 0, 0)]


def test_slots_that_were_made_stay_while_the_hall_is_open_for_all_of_them() -> None:
    there = [shard("a", start=NINE + 5 * MINUTE)]
    # Before it there is no room for another; after it they go on from its end.
    assert day(there, [span(0, 50)]) == [(5, 15, 0, 4), (20, 15, 0, 4), (35, 15, 0, 4)]
    assert day(there, [span(5, 20)]) == [(5, 15, 0, 4)]
    assert day(there, [span(-10, 20)]) == [(-10, 15, 0, 4), (5, 15, 0, 4)]
    # It begins before the hall opens, or ends after it closes.
    assert day(there, [span(6, 21)]) == [(5, 15, 0, 0), (6, 15, 0, 3)]
    assert day(there, [span(4, 19)]) == [(4, 15, 0, 3), (5, 15, 0, 0)]


def test_what_has_begun_is_left_and_nothing_new_gets_in_its_way() -> None:
    there = [shard("a", start=NINE)]
    now = NINE + MINUTE
    assert day(there, [span(0, 60)], now=now) == [(n, 15, 0, 4) for n in (15, 30, 45)]
    longer = [shard("a", start=NINE, minutes=20)]
    assert day(longer, [span(0, 60)], now=now) == [(20, 15, 0, 4), (35, 15, 0, 4)]


def test_of_two_in_each_others_way_the_booked_one_stays() -> None:
    empty, full = shard(start=NINE), shard("ab", start=NINE + 10 * MINUTE)
    for there in ([empty, full], [full, empty]):
        assert day(there, [span(0, 25)]) == [(0, 15, 0, 0), (10, 15, 0, 4)]
    # What was given up is made again where its time is free.
    closed = shard(capacity=0, closed=True, start=NINE)
    assert day([closed], [span(0, 15)]) == [(0, 15, 0, 4)]
    closed_and_booked = shard("abc", capacity=0, closed=True, start=NINE)
    assert day([closed_and_booked], [span(0, 15)]) == [(0, 15, 0, 4)]


@pytest.mark.parametrize(
    ("booked", "beside", "capacity"),
    [("", "ab", 2), ("c", "ab", 2), ("cde", "ab", 3), ("", "abcdef", 0), ("c", "abcdef", 1)],
)
def test_no_counter_is_sold_twice(booked: str, beside: str, capacity: int) -> None:
    """People stay booked at a time that was given up: their seats are not sold beside."""
    there = [shard(beside, start=NINE), shard(booked, start=NINE + 10 * MINUTE)]
    kept = [one for one in day(there, [span(10, 25)]) if one[0] == 10]
    assert kept == [(10, 15, 0, capacity)]


def test_what_is_given_up_takes_seats_only_from_the_slots_that_it_meets() -> None:
    there = [shard("ab", start=NINE), shard("c", start=NINE + HOUR)]
    assert day(there, [span(60, 75)]) == [(0, 15, 0, 0), (60, 15, 0, 4)]
    # What ends when another begins is not in its way.
    assert day(there, [span(15, 30)]) == [(0, 15, 0, 0), (15, 15, 0, 4), (60, 15, 0, 0)]


def test_of_two_that_are_booked_the_open_one_stays() -> None:
    closed = shard("a", closed=True, start=NINE)
    open_ = shard("b", start=NINE + 10 * MINUTE)
    for there in ([closed, open_], [open_, closed]):
        assert day(there, [span(0, 25)]) == [(0, 15, 0, 0), (10, 15, 0, 3)]


def test_each_quota_has_shards_of_its_own_behind_those_that_all_share() -> None:
    group = Group("identity", 15, 40, quotas=(Quota("a", 2), Quota("b", 3)))
    made = aligned(COUNTERS, group, [span(0, 15)], [], DAWN)
    places = [(one.quota, one.shard, one.capacity) for one in made]
    assert places == [
        *[(None, 0, 32), (None, 1, 3)],
        *[("a", QUOTA_SHARDS, 2), ("b", QUOTA_SHARDS + 1, 3)],
    ]
    # Once more leads to the same, and without capacity none is made.
    assert aligned(COUNTERS, group, [span(0, 15)], made, DAWN) == made
    none = replace(group, capacity=0)
    assert [one.quota for one in aligned(COUNTERS, none, [span(0, 15)], [], DAWN)] == [None]


def test_capacity_goes_first_to_the_seats_that_are_taken() -> None:
    first, second = shard("a", 2), shard("bcd", 3, shard=1)

    def sizes(capacity: int) -> list[int]:
        return [
            one[3]
            for one in day([first, second], [span(0, 15)], group=Group("identity", 15, capacity))
        ]

    assert sizes(4) == [1, 3]
    assert sizes(6) == [3, 3]
    assert sizes(40) == [32, 8]
    assert sizes(64) == [32, 32]
    assert sizes(70) == [32, 32, 6]
    assert sizes(3) == [1, 2]


@given(
    st.integers(0, 100),
    st.lists(st.integers(0, 40), min_size=1, max_size=4),
)
def test_a_shard_has_32_seats_at_most_but_for_those_taken(capacity: int, taken: list[int]) -> None:
    there = [
        replace(shard(shard=n), seats=frozenset(f"{n}-{seat}" for seat in range(count)))
        for n, count in enumerate(taken)
    ]
    coming = aligned(COUNTERS, Group("identity", 15, capacity), [span(0, 15)], there, DAWN)
    assert sum(one.capacity for one in coming) == capacity
    for one in coming:
        assert one.capacity <= max(SHARD_SEATS, len(one.seats))
    assert [one.seats for one in coming[: len(there)]] == [one.seats for one in there]


def test_a_day_is_a_day() -> None:
    assert timedelta(days=1) == DAY
