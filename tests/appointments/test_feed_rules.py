"""What a hall's calendar feed counts, and which tokens open it for whom."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from chalicelib.appointments.domain import feeds
from chalicelib.appointments.domain.feeds import FeedToken
from chalicelib.appointments.domain.slots import (
    Slot,
    SlotKey,
    offered_mark,
    reservation_mark,
    withheld_mark,
)

NOW: Final = datetime(2026, 12, 1, 1, tzinfo=UTC)


def slot(minutes: int, shard: int = 0, **more: Any) -> Slot:
    start = NOW + timedelta(minutes=minutes)
    key = SlotKey("hall-1", "identity", start)
    return Slot(key, shard, start + timedelta(minutes=15), 4, **more)


def test_shards_count_together_and_empty_times_not_at_all() -> None:
    withheld = frozenset({withheld_mark("c", NOW + timedelta(minutes=5))})
    later, first = (
        slot(30, seats=frozenset("ab")),
        slot(0, seats=frozenset("abc"), withheld=withheld),
    )
    times = feeds.booked_times([later, first, slot(0, 1, seats=frozenset("d")), slot(15)], NOW)
    assert [(one.key.start, one.booked, one.capacity) for one in times] == [
        (NOW, 3, 8),
        (NOW + timedelta(minutes=30), 2, 4),
    ]
    # A seat that was withheld is somebody's later.
    [again, _] = feeds.booked_times([first, later], NOW + timedelta(minutes=6))
    assert again.booked == 3


def test_what_is_held_for_a_fee_or_offered_is_not_booked_yet() -> None:
    marks: dict[str, Any] = {
        "reservations": frozenset({reservation_mark("a", NOW)}),
        "withheld": frozenset({offered_mark("b", "entry")}),
    }
    some = [slot(0, seats=frozenset("abc"), **marks), slot(30, seats=frozenset("ab"), **marks)]
    [only] = feeds.booked_times(some, NOW)
    assert (only.key.start, only.booked, only.capacity) == (NOW, 1, 4)
    # Paid for and accepted, they are.
    [paid] = feeds.booked_times([slot(0, seats=frozenset("abc"))], NOW)
    assert paid.booked == 3


@pytest.mark.parametrize(
    ("token", "revoked_at", "opens"),
    [("x.1", None, True), ("x.2", None, False), ("", None, False), ("x.1", NOW, False)],
)
def test_a_token_opens_until_it_is_revoked(
    token: str, revoked_at: datetime | None, *, opens: bool
) -> None:
    known = FeedToken("h", "x", feeds.digest_of("x.1"), "me", NOW, revoked_at)
    assert known.opens(token) is opens


@pytest.mark.parametrize(
    ("staff_id", "roles", "keeps"),
    [("me", {"clerk"}, True), ("you", {"clerk"}, False), ("you", {"supervisor"}, True)],
)
def test_who_may_revoke_a_token(staff_id: str, roles: set[str], *, keeps: bool) -> None:
    known = FeedToken("h", "x", "", "me", NOW)
    assert known.is_kept_by(staff_id, frozenset(roles)) is keeps
