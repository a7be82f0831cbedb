"""Lists in buckets: evenly filled, read as a whole, and what stood there before is among them."""

from collections import Counter
from datetime import date

import pytest

from chalicelib.appointments.storage import _records as appointments
from chalicelib.appointments.storage import bookings
from chalicelib.appointments.waiting.storage import entries
from chalicelib.cases.storage import _records as cases
from chalicelib.core.buckets import INDEX_BUCKETS, Buckets, Part
from chalicelib.core.ids import new_id
from chalicelib.core.settings import read
from chalicelib.notifications.storage import _records as notifications
from chalicelib.notifications.storage import costs
from chalicelib.payments.storage import _records as payments

FOUR = {"0", "1", "2", "3"}


@pytest.mark.parametrize("make", [lambda _: new_id(), lambda n: f"33020120270301{n:06}"])
def test_no_bucket_takes_much_more_than_its_share(make: object) -> None:
    buckets = Buckets("b#", count=64)
    counts = Counter(buckets.of(make(number)) for number in range(12_800))  # type: ignore[operator]
    assert {*counts} == {*buckets.keys}
    assert max(counts.values()) < 2 * 200


def test_an_id_stays_in_its_bucket() -> None:
    buckets = Buckets("b#", first="one", count=64)
    assert [buckets.of(one) for one in ("", "a", "33-1")] == ["one", "b#3", "b#15"]
    assert buckets.keys[:3] == ("one", "b#1", "b#2")
    assert len({*buckets.keys}) == 64


def test_all_buckets_are_read_in_their_order() -> None:
    buckets = Buckets(count=20)
    assert buckets.read(lambda key: [key, key]) == [key for key in buckets.keys for _ in "ab"]


def test_a_stage_has_64_and_this_run_fewer() -> None:
    assert read({}).index_buckets == 64
    assert INDEX_BUCKETS == 4


@pytest.mark.parametrize(
    ("buckets", "before"),
    [
        (appointments.SWEEP, FOUR),
        (cases.WATCH, FOUR),
        (payments.ASK, FOUR),
        (payments.ENDED, {"ended"}),
        (notifications.DUE, {"due#0", "due#1", "due#2", "due#3"}),
        (bookings._RESERVED, {"held"}),
        (entries._OFFERS, {"offers"}),
        (payments.day_buckets("20261201"), {"L#20261201"}),
        (costs._buckets(date(2026, 12, 1)), {"M#2026-12"}),
    ],
)
def test_what_the_former_release_wrote_is_found(buckets: Buckets, before: set[str]) -> None:
    assert before <= {*buckets.keys}
    # And what is written now has more than one key.
    assert len({buckets.of(new_id()) for _ in range(200)}) >= 4


@pytest.mark.parametrize("of", [1, 2, 5, 16, 64, 100])
def test_parts_share_out_all_buckets_and_all_things(of: int) -> None:
    buckets = Buckets("b#", count=64)
    parts = [Part(number, of) for number in range(of)]
    read_ = [key for part in parts for key in buckets.read(lambda key: [key], part)]
    assert sorted(read_) == sorted(buckets.keys)
    halls = [f"hall-33{number:04}" for number in range(3000)]
    assert [sum(part.has(hall) for part in parts) for hall in halls] == [1] * 3000
    largest = max(sum(map(part.has, halls)) for part in parts)
    assert largest < 3000 / of * 1.3 + 20


@pytest.mark.parametrize(("number", "of"), [(-1, 4), (4, 4), (0, 0)])
def test_there_is_no_part_beyond_the_last(number: int, of: int) -> None:
    with pytest.raises(ValueError, match="there is no part"):
        Part(number, of)
