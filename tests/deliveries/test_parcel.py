"""A parcel and its couriers as values: what may still change, what is flagged, who is chosen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import WrongStatus
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.deliveries.couriers.domain import Courier, choose
from chalicelib.deliveries.domain import delivery as parcels
from chalicelib.deliveries.domain.delivery import (
    Delivery,
    Direction,
    Flag,
    TrackingUpdate,
    apply,
    check_changeable,
    mark_silent,
)
from chalicelib.deliveries.domain.track import (
    ENDED,
    EVENT_OF,
    PICKED_UP,
    RANK,
    WAY,
    DeliveryStatus,
    Track,
    follow,
)
from chalicelib.webhooks.domain.account import AccountState, Secret
from chalicelib.webhooks.domain.circuit_breaker import Health

S = DeliveryStatus
NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def parcel(**changes: Any) -> Delivery:
    blank = Delivery(
        "c" * 20, "c" * 8, "case", "hall", "service", "to_citizen", "", "330203", NOW, "ems", True
    )
    return replace(blank, **changes)


def told(status: DeliveryStatus, at: datetime = NOW, **more: Any) -> TrackingUpdate:
    return TrackingUpdate(status, at, **more)


def test_a_parcel_begins_with_nothing_known() -> None:
    fresh = Delivery("d", "c", "case", "hall", "s", "to_office", "", "330203", NOW)
    assert (fresh.released, fresh.proof_needed, fresh.asked) == (False, False, False)
    assert (fresh.messages, fresh.events, fresh.version) == (0, 0, 1)
    assert (fresh.status, fresh.ended, fresh.flag) == (S.REQUESTED, False, None)
    assert fresh.subject_id == "d"
    lengths = (parcels.DELIVERY_ID_LENGTH, CITIZEN_ID_LENGTH, parcels.MOST_EVENTS)
    assert lengths == (20, 8, 200)
    assert (parcels.AHEAD, parcels.BEFORE, parcels.ANSWER_WITHIN) == (5 * MINUTE, DAY, DAY)


def test_each_state_has_its_event_and_its_place_on_the_way() -> None:
    assert {status: f"delivery.{status}" for status in S} == EVENT_OF
    assert [RANK[status] for status in WAY] == list(range(7))
    assert PICKED_UP == 3
    assert {status.value for status in ENDED} == {
        *("delivered", "returned", "cancelled", "refused", "lost"),
    }


@pytest.mark.parametrize("status", list(DeliveryStatus))
def test_a_parcel_can_be_redirected_until_it_is_picked_up(status: DeliveryStatus) -> None:
    seen = parcel(track=follow(Track(), status, NOW).track)
    before = status in {S.REQUESTED, S.ACCEPTED, S.PICKUP_SCHEDULED}
    # A trouble says nothing of how far it came.
    troubled = status in {S.ATTEMPT_FAILED, S.ON_HOLD, S.EXCEPTION}
    assert seen.changeable is (before or troubled)
    assert seen.ended is (status in ENDED)
    if seen.changeable:
        check_changeable(seen)
        assert seen.quiet == DAY
        return
    if not seen.ended:
        assert seen.quiet == 2 * DAY
    with pytest.raises(WrongStatus) as refused:
        check_changeable(seen)
    assert refused.value.extra == {"current": status}


def test_each_update_is_counted_and_sets_the_watch() -> None:
    once = apply(parcel(asked=True), told(S.ACCEPTED), NOW, proof=True)
    assert (once.events, once.watch_at, once.asked) == (1, NOW + DAY, False)
    on_the_way = apply(once, told(S.IN_TRANSIT), NOW, proof=True)
    # The time is that of where it was: who comes to fetch it has a day.
    assert on_the_way.watch_at == NOW + DAY
    assert apply(on_the_way, told(S.IN_TRANSIT), NOW, proof=True).watch_at == NOW + 2 * DAY


@pytest.mark.parametrize(
    ("status", "flag"),
    [
        (S.ACCEPTED, None),
        (S.ATTEMPT_FAILED, None),
        (S.ON_HOLD, None),
        (S.EXCEPTION, Flag.TROUBLE),
        (S.REFUSED, Flag.REFUSED),
        (S.RETURNED, Flag.RETURNED),
        (S.LOST, Flag.LOST),
        (S.DELIVERED, None),
        (S.CANCELLED, None),
    ],
)
def test_what_staff_should_look_at_is_flagged(status: DeliveryStatus, flag: Flag | None) -> None:
    after = apply(parcel(), told(status), NOW, proof=True)
    assert (after.flag, after.flagged_at) == (flag, NOW if flag else None)


@pytest.mark.parametrize("flag", list(Flag))
def test_a_parcel_that_goes_on_answers_what_passes(flag: Flag) -> None:
    flagged = parcel(flag=flag, flagged_at=NOW)
    onward = apply(flagged, told(S.ACCEPTED), NOW + HOUR, proof=True)
    passes = flag in {Flag.SILENT, Flag.TROUBLE}
    assert (onward.flag, onward.flagged_at) == ((None, None) if passes else (flag, NOW))
    brought = apply(flagged, told(S.DELIVERED), NOW + HOUR, proof=True)
    answered = passes or flag is Flag.PROOF_WRONG
    assert brought.flag is (None if answered else flag)
    # What waits for a person is not covered up by a lesser matter.
    lost = apply(flagged, told(S.LOST), NOW + HOUR, proof=True)
    assert lost.flag is (Flag.LOST if passes else flag)


@pytest.mark.parametrize(
    ("needed", "code", "proof", "flag", "ended"),
    [
        (False, None, True, None, True),
        (True, "123456", True, None, True),
        (True, None, False, Flag.PROOF_MISSING, True),
        (True, "000000", False, Flag.PROOF_WRONG, False),
        # Where no code is needed a wrong one does not matter, but is told.
        (False, "000000", False, Flag.PROOF_MISSING, True),
    ],
)
def test_a_code_proves_that_a_sensitive_parcel_arrived(
    needed: bool, code: str | None, proof: bool, flag: Flag | None, ended: bool
) -> None:
    update = told(S.DELIVERED, proof_code=code)
    after = apply(parcel(proof_needed=needed), update, NOW, proof=proof)
    assert (after.flag, after.ended, after.events) == (flag, ended, 1)


def test_a_wrong_code_with_another_state_is_of_no_matter() -> None:
    update = told(S.IN_TRANSIT, proof_code="000000")
    after = apply(parcel(proof_needed=True), update, NOW, proof=False)
    assert (after.status, after.flag) == (S.IN_TRANSIT, None)


Report = tuple[DeliveryStatus, str | None]
_AT_THE_DOOR: list[Report] = [(S.PICKED_UP, None), (S.PICKED_UP, "000000"), (S.PICKED_UP, "123456")]


def fetched(reports: Sequence[Report], *, needed: bool = True) -> Delivery:
    """Return a parcel of originals after reports, each with the code that was told or none."""
    found = parcel(direction="to_office", proof_needed=needed)
    for minute, (status, code) in enumerate(reports):
        update = told(status, NOW + minute * MINUTE, proof_code=code)
        found = apply(found, update, NOW, proof=not needed or code == "123456")
    return found


@pytest.mark.parametrize(
    ("reports", "status", "flag"),
    [
        ([(S.PICKED_UP, "123456")], S.PICKED_UP, None),
        ([(S.PICKED_UP, "123456"), (S.DELIVERED, None)], S.DELIVERED, None),
        ([(S.PICKED_UP, None)], S.PICKED_UP, Flag.PROOF_MISSING),
        ([(S.DELIVERED, None)], S.DELIVERED, Flag.PROOF_MISSING),
        ([(S.IN_TRANSIT, "000000")], S.IN_TRANSIT, Flag.PROOF_MISSING),
        ([(S.PICKED_UP, "000000")], S.REQUESTED, Flag.PROOF_WRONG),
        ([(S.PICKED_UP, "000000"), (S.PICKED_UP, "123456")], S.PICKED_UP, None),
        ([(S.PICKED_UP, "000000"), (S.IN_TRANSIT, None)], S.IN_TRANSIT, Flag.PROOF_WRONG),
        ([(S.ACCEPTED, None), (S.PICKUP_SCHEDULED, None)], S.PICKUP_SCHEDULED, None),
    ],
)
def test_originals_leave_their_citizen_by_the_code_alone(
    reports: list[Report], status: DeliveryStatus, flag: Flag | None
) -> None:
    after = fetched(reports)
    assert (after.status, after.flag) == (status, flag)
    assert (after.flagged_at is None) is (flag is None)
    unasked = fetched([(one, "123456") for one, _ in reports], needed=False)
    assert (unasked.status, unasked.flag) == (reports[-1][0], None)


@given(
    st.permutations([*_AT_THE_DOOR[:2], (S.IN_TRANSIT, None), (S.DELIVERED, None)]),
    st.integers(0, 4),
)
def test_the_right_code_answers_in_whatever_order_reports_come(
    reports: list[Report], place: int
) -> None:
    assert fetched([*reports[:place], (S.PICKED_UP, "123456"), *reports[place:]]).flag is None
    assert fetched(reports).flag in {Flag.PROOF_MISSING, Flag.PROOF_WRONG}


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        (S.ACCEPTED, False),
        (S.PICKUP_SCHEDULED, False),
        (S.EXCEPTION, False),
        (S.PICKED_UP, True),
        (S.IN_TRANSIT, True),
        (S.AVAILABLE_FOR_PICKUP, True),
        (S.DELIVERED, True),
        (S.LOST, False),
    ],
)
def test_a_parcel_was_picked_up_at_the_first_that_shows_it(
    status: DeliveryStatus, *, counts: bool
) -> None:
    first = apply(parcel(), told(status), NOW, proof=True)
    assert first.picked_up_at == (NOW if counts else None)
    earlier = apply(first, told(S.PICKED_UP, NOW - HOUR), NOW, proof=True)
    assert earlier.picked_up_at == NOW - HOUR
    later = apply(first, told(S.PICKED_UP, NOW + HOUR), NOW, proof=True)
    assert later.picked_up_at == (NOW if counts else NOW + HOUR)


def test_the_newest_tracking_number_counts() -> None:
    first = apply(parcel(), told(S.ACCEPTED, tracking_number="B"), NOW, proof=True)
    for at, number, kept in (
        (NOW - MINUTE, "C", "B"),
        (NOW, "A", "B"),
        (NOW, "B", "B"),
        (NOW, "C", "C"),
        (NOW + MINUTE, "A", "A"),
    ):
        after = apply(first, told(S.ACCEPTED, at, tracking_number=number), NOW, proof=True)
        assert after.tracking
        assert after.tracking[0] == kept
    silent = apply(first, told(S.ACCEPTED, NOW + DAY), NOW, proof=True)
    assert silent.tracking == ("B", NOW)


def test_a_silent_courier_is_asked_and_then_told_of() -> None:
    asked = mark_silent(parcel(), NOW)
    assert (asked.asked, asked.flag, asked.watch_at) == (True, None, NOW + DAY)
    flagged = mark_silent(asked, NOW + DAY)
    assert (flagged.flag, flagged.flagged_at) == (Flag.SILENT, NOW + DAY)
    assert flagged.watch_at == NOW + 2 * DAY
    graver = mark_silent(parcel(asked=True, flag=Flag.LOST, flagged_at=NOW), NOW + DAY)
    assert (graver.flag, graver.flagged_at, graver.watch_at) == (Flag.LOST, NOW, NOW + 2 * DAY)


@pytest.mark.parametrize(
    ("early", "ends", "contradicts"),
    [
        (-HOUR, True, False),
        (timedelta(0), True, False),
        (MINUTE, True, True),
        (10 * MINUTE, True, True),
        (10 * MINUTE + timedelta(seconds=1), False, True),
    ],
)
def test_clocks_at_doors_differ_by_minutes(
    early: timedelta, *, ends: bool, contradicts: bool
) -> None:
    known = follow(Track(), S.OUT_FOR_DELIVERY, NOW).track
    moved = follow(known, S.DELIVERED, NOW - early)
    assert (moved.track.end is S.DELIVERED, moved.contradicts) == (ends, contradicts)


@pytest.mark.parametrize(
    ("status", "after", "contradicts"),
    [
        (S.PICKED_UP, MINUTE, True),
        (S.PICKED_UP, timedelta(0), False),
        (S.PICKED_UP, -MINUTE, False),
        (S.PICKUP_SCHEDULED, MINUTE, False),
        (S.EXCEPTION, MINUTE, False),
        (S.DELIVERED, -MINUTE, True),
        (S.CANCELLED, MINUTE, False),
    ],
)
def test_what_was_called_off_must_not_move(
    status: DeliveryStatus, after: timedelta, *, contradicts: bool
) -> None:
    track = Track(end=S.CANCELLED, ended_at=NOW)
    moved = follow(track, status, NOW + after)
    assert (moved.track, moved.contradicts) == (track, contradicts)
    ours = Track(end=S.CANCELLED)
    carried = status is S.PICKED_UP
    assert follow(ours, status, NOW + after).contradicts is (carried or contradicts)


def test_other_ends_that_move_do_not_contradict() -> None:
    track = Track(end=S.DELIVERED, ended_at=NOW)
    assert not follow(track, S.IN_TRANSIT, NOW + HOUR).contradicts
    assert follow(track, S.LOST, NOW + HOUR).contradicts
    assert not follow(track, S.DELIVERED, NOW + HOUR).contradicts


def test_of_troubles_the_later_and_then_the_graver_is_shown() -> None:
    both = Track({S.EXCEPTION: NOW, S.ATTEMPT_FAILED: NOW})
    assert both.status is S.EXCEPTION
    assert Track({S.EXCEPTION: NOW, S.ATTEMPT_FAILED: NOW + MINUTE}).status is S.ATTEMPT_FAILED
    assert Track({S.EXCEPTION: NOW, S.IN_TRANSIT: NOW}).status is S.EXCEPTION
    over = Track({S.EXCEPTION: NOW, S.IN_TRANSIT: NOW + MINUTE, S.ACCEPTED: NOW + HOUR})
    assert (over.status, over.shown_at, over.rank) == (S.IN_TRANSIT, NOW + MINUTE, 4)
    assert (Track().rank, Track().shown_at) == (0, None)


def test_a_report_is_of_its_last_time() -> None:
    track = follow(Track(), S.ACCEPTED, NOW).track
    assert follow(track, S.ACCEPTED, NOW - HOUR).track.seen == {S.ACCEPTED: NOW}
    assert follow(track, S.ACCEPTED, NOW + HOUR).track.seen == {S.ACCEPTED: NOW + HOUR}
    assert not follow(track, S.IN_TRANSIT, NOW).contradicts
    assert follow(track, S.IN_TRANSIT, NOW - MINUTE).contradicts


# Couriers.


def courier(courier_id: str = "ems", *codes: str, **changes: Any) -> Courier:
    services: frozenset[Direction] = frozenset({"to_citizen"})
    made = Courier(
        courier_id, "EMS", "https://x", "k", (), division_codes=codes or ("33",), services=services
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("codes", "area", "reach"),
    [
        (("33",), "330203", 2),
        (("33", "330203"), "330203", 6),
        (("330203", "33"), "330203", 6),
        (("330204",), "330203", 0),
        (("31",), "330203", 0),
        (("330203001",), "330203", 0),
    ],
)
def test_a_courier_reaches_what_its_codes_begin(
    codes: tuple[str, ...], area: str, reach: int
) -> None:
    assert courier("ems", *codes).reach(area) == reach
    assert courier("ems", *codes).can("hall", "to_citizen", area) is bool(reach)


@pytest.mark.parametrize(
    ("changes", "can"),
    [
        ({}, True),
        ({"state": AccountState.PAUSED}, False),
        ({"state": AccountState.DISABLED}, False),
        ({"office_id": "hall"}, True),
        ({"office_id": "other"}, False),
        ({"services": frozenset({"to_office"})}, False),
        ({"services": frozenset({"to_office", "to_citizen"})}, True),
    ],
)
def test_a_courier_is_given_what_it_can_bring(changes: dict[str, Any], *, can: bool) -> None:
    assert courier(**changes).can("hall", "to_citizen", "330203") is can


def test_a_secret_that_was_replaced_holds_for_a_day_more() -> None:
    account = courier(secrets=(Secret("a"),))
    once = account.rotated("b", NOW)
    assert once.secrets == (Secret("b"), Secret("a", NOW + DAY))
    assert once.live_secrets(NOW + DAY - MINUTE) == once.secrets
    assert once.live_secrets(NOW + DAY) == (Secret("b"),)
    twice = once.rotated("c", NOW + HOUR)
    assert twice.secrets == (Secret("c"), Secret("b", NOW + HOUR + DAY))
    late = account.rotated("b", NOW).rotated("c", NOW + 2 * DAY)
    assert late.secrets == (Secret("c"), Secret("b", NOW + 3 * DAY))
    ending = courier(secrets=(Secret("a", NOW + HOUR),)).rotated("b", NOW)
    assert ending.secrets[1] == Secret("a", NOW + HOUR)
    assert (account.pings, account.version, account.state) == (0, 1, AccountState.ACTIVE)
    assert account.subject_id == "ems"


@pytest.mark.parametrize(
    ("couriers", "health", "chosen"),
    [
        ([], {}, None),
        ([courier("a", "31")], {}, None),
        ([courier("b"), courier("a")], {}, "a"),
        ([courier("a"), courier("b", "3302")], {}, "b"),
        ([courier("a"), courier("b")], {"a": Health(load=1)}, "b"),
        # The area counts before the load, and who answers before both.
        ([courier("a", "3302"), courier("b")], {"a": Health(load=9)}, "a"),
        ([courier("a", "3302"), courier("b")], {"a": Health(open_until=NOW + HOUR)}, "b"),
        ([courier("a"), courier("b")], {"a": Health(open_until=NOW)}, "a"),
        ([courier("a", state=AccountState.PAUSED), courier("b")], {}, "b"),
    ],
)
def test_the_courier_is_who_answers_fits_best_and_has_least_to_do(
    couriers: list[Courier], health: dict[str, Health], chosen: str | None
) -> None:
    found = choose(couriers, health, "hall", "to_citizen", "330203", NOW)
    assert (found and found.courier_id) == chosen


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (parcels.NotDeliverable, "not_deliverable"),
        (parcels.NoCourier, "no_courier"),
        (parcels.DeliveryInProgress, "delivery_in_progress"),
    ],
)
def test_what_stands_in_the_way_is_told_by_its_own_code(
    error: type[parcels.NoCourier], code: str
) -> None:
    assert (error.status, error.code) == (409, code)
