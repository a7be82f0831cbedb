"""A parcel's reports in any order: the same end, and nothing that was reached is given up."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.deliveries.domain.delivery import (
    Delivery,
    Flag,
    TrackingUpdate,
    apply,
    mark_silent,
)
from chalicelib.deliveries.domain.track import (
    EARLY_END,
    ENDED,
    RANK,
    TROUBLES,
    WAY,
    DeliveryStatus,
    Track,
    follow,
)

START = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
Event = tuple[DeliveryStatus, datetime]


@st.composite
def journeys(draw: Any) -> list[Event]:
    """Draw a journey in order: onward, held up and then begun anew, perhaps to one end."""
    stretch = st.lists(st.sampled_from(WAY[1:]), max_size=4)
    told: list[DeliveryStatus] = []
    for trouble in (*draw(st.lists(st.sampled_from(TROUBLES), max_size=3)), None):
        told += sorted(draw(stretch), key=RANK.__getitem__)
        told += [trouble] if trouble else []
    if draw(st.booleans()):
        told.append(draw(st.sampled_from(sorted(ENDED))))
    steps = draw(st.lists(st.integers(1, 9000), min_size=len(told), max_size=len(told)))
    times = itertools.accumulate(steps)
    return [(s, START + timedelta(seconds=t)) for s, t in zip(told, times, strict=True)]


def delivery(**changes: Any) -> Delivery:
    blank = Delivery(
        "c" * 20, "c" * 8, "case", "hall", "service", "to_citizen", "", "330203", START, "ems", True
    )
    return replace(blank, **changes)


def after(events: list[Event]) -> Delivery:
    found = delivery()
    for status, at in events:
        found = apply(found, TrackingUpdate(status, at, f"N{at:%H%M%S}"), START, proof=True)
    return replace(found, events=0)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_every_order_with_doubles_ends_as_in_order(data: st.DataObject) -> None:
    journey = data.draw(journeys())
    doubles = data.draw(st.lists(st.sampled_from(journey), max_size=4)) if journey else []
    shuffled = data.draw(st.permutations([*journey, *doubles]))
    in_order, mixed = after(journey), after(shuffled)
    assert mixed.status is in_order.status
    told = [status for status, _ in journey if status not in ENDED]
    if told and not in_order.ended:
        # Nothing comes after the last: it is what shows, on the way as in trouble.
        assert in_order.status in (told[-1], WAY[in_order.track.rank])
        assert in_order.status is told[-1] or not set(told) & set(TROUBLES)
    assert mixed.tracking == in_order.tracking
    assert mixed.picked_up_at == in_order.picked_up_at
    assert in_order.flag is not Flag.CONTRADICTORY


def test_all_permutations_of_a_whole_journey() -> None:
    statuses = (
        DeliveryStatus.ACCEPTED,
        DeliveryStatus.PICKED_UP,
        DeliveryStatus.OUT_FOR_DELIVERY,
        DeliveryStatus.ATTEMPT_FAILED,
        DeliveryStatus.OUT_FOR_DELIVERY,
        DeliveryStatus.DELIVERED,
    )
    journey = [(s, START + timedelta(hours=n)) for n, s in enumerate(statuses)]
    for length in range(1, len(journey) + 1):
        expected = after(journey[:length]).status
        assert expected is statuses[length - 1]
        for order in itertools.permutations(journey[:length]):
            assert after(list(order)).status is expected


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(set(DeliveryStatus) - {DeliveryStatus.REQUESTED})),
            st.integers(0, 50).map(lambda hours: START + timedelta(hours=hours)),
        ),
        max_size=12,
    )
)
def test_whatever_is_reported_ranks_grow_and_ends_stay(events: list[Event]) -> None:
    track = Track()
    for status, at in events:
        moved = follow(track, status, at)
        assert moved.track.rank >= track.rank
        assert moved.track.end is track.end or track.end is None
        # What is learnt late moves the parcel only by telling of a trouble before what was known.
        if moved.track.status is not track.status and track.shown_at and status not in TROUBLES:
            assert at >= track.shown_at - EARLY_END
        assert follow(moved.track, status, at).track == moved.track
        track = moved.track


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize(
    "before", [DeliveryStatus.ACCEPTED, DeliveryStatus.IN_TRANSIT, DeliveryStatus.OUT_FOR_DELIVERY]
)
def test_a_trouble_is_over_when_something_later_happens(
    trouble: DeliveryStatus, before: DeliveryStatus
) -> None:
    journey = [
        (status, START + timedelta(hours=n))
        for n, status in enumerate((before, trouble, DeliveryStatus.IN_TRANSIT))
    ]
    for order in itertools.permutations(journey * 2):
        found = after(list(order))
        assert found.status is DeliveryStatus.IN_TRANSIT
    assert after(journey).flag is None


@given(st.integers(1, 86_400), st.sampled_from(sorted(ENDED)))
def test_an_end_stamped_a_little_early_ends_and_is_flagged(early: int, end: DeliveryStatus) -> None:
    known = after([(DeliveryStatus.OUT_FOR_DELIVERY, START)])
    at = START - timedelta(seconds=early)
    ended = apply(known, TrackingUpdate(end, at), START, proof=True)
    assert ended.flag is not None
    assert ended.status is (end if early <= EARLY_END.total_seconds() else known.status)
    moved = apply(
        ended, TrackingUpdate(DeliveryStatus.AVAILABLE_FOR_PICKUP, START), START, proof=True
    )
    assert moved.status is ended.status or not ended.ended


def test_late_and_contradictory_reports() -> None:
    hour = [START + timedelta(hours=n) for n in range(9)]
    on_the_way = after([(DeliveryStatus.IN_TRANSIT, hour[4])])
    late = apply(on_the_way, TrackingUpdate(DeliveryStatus.PICKED_UP, hour[3]), START, proof=True)
    assert (late.status, late.flag) == (DeliveryStatus.IN_TRANSIT, None)
    lower = apply(on_the_way, TrackingUpdate(DeliveryStatus.PICKED_UP, hour[5]), START, proof=True)
    assert (lower.status, lower.flag) == (DeliveryStatus.IN_TRANSIT, None)
    backwards = apply(
        on_the_way, TrackingUpdate(DeliveryStatus.OUT_FOR_DELIVERY, hour[3]), START, proof=True
    )
    assert (backwards.status, backwards.flag) == (DeliveryStatus.IN_TRANSIT, Flag.CONTRADICTORY)
    early_end = apply(
        on_the_way, TrackingUpdate(DeliveryStatus.DELIVERED, hour[2]), START, proof=True
    )
    assert (early_end.status, early_end.flag) == (DeliveryStatus.IN_TRANSIT, Flag.CONTRADICTORY)
    brought = apply(
        on_the_way, TrackingUpdate(DeliveryStatus.DELIVERED, hour[5]), START, proof=True
    )
    shipped = apply(brought, TrackingUpdate(DeliveryStatus.IN_TRANSIT, hour[6]), START, proof=True)
    assert (shipped.status, shipped.flag) == (DeliveryStatus.DELIVERED, None)
    other_end = apply(brought, TrackingUpdate(DeliveryStatus.LOST, hour[6]), START, proof=True)
    assert (other_end.status, other_end.flag) == (DeliveryStatus.DELIVERED, Flag.CONTRADICTORY)
    called_off = delivery(track=Track(end=DeliveryStatus.CANCELLED))
    moved = apply(called_off, TrackingUpdate(DeliveryStatus.PICKED_UP, hour[6]), START, proof=True)
    assert (moved.status, moved.flag) == (DeliveryStatus.CANCELLED, Flag.CONTRADICTORY)


def test_a_proof_code_that_is_missing_is_flagged_and_a_wrong_one_does_not_count() -> None:
    sensitive = delivery(proof_needed=True)
    done = TrackingUpdate(DeliveryStatus.DELIVERED, START)
    missing = apply(sensitive, done, START, proof=False)
    assert (missing.status, missing.flag) == (DeliveryStatus.DELIVERED, Flag.PROOF_MISSING)
    wrong = apply(sensitive, replace(done, proof_code="000000"), START, proof=False)
    assert (wrong.status, wrong.flag) == (DeliveryStatus.REQUESTED, Flag.PROOF_WRONG)
    right = apply(wrong, replace(done, proof_code="123456"), START, proof=True)
    assert (right.status, right.flag) == (DeliveryStatus.DELIVERED, None)


def test_a_silent_parcel_is_asked_about_and_then_flagged() -> None:
    asked = mark_silent(delivery(), START)
    assert (asked.asked, asked.flag) == (True, None)
    flagged = mark_silent(asked, START + timedelta(days=1))
    assert flagged.flag is Flag.SILENT
    heard_again = apply(flagged, TrackingUpdate(DeliveryStatus.ACCEPTED, START), START, proof=True)
    assert (heard_again.asked, heard_again.flag) == (False, None)
