"""Rules of booking, moving, cancelling and checking in, as values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments.domain import booking_limits
from chalicelib.appointments.domain.appointments import (
    ENDED,
    EVENT_OF,
    Appointment,
    AppointmentStatus,
    QueuePlace,
    TooLate,
    check_changeable,
    check_in_refusal,
    released_seats,
    time_marks,
)
from chalicelib.appointments.domain.booking_limits import (
    AlreadyBooked,
    BookingSuspended,
    Guard,
    TooManyActive,
    TooManyChanges,
    change_mark,
    check_changes,
    check_guard,
    excused,
    forgiven,
    missed,
)
from chalicelib.appointments.domain.slots import (
    KnownFull,
    SlotClosed,
    SlotFull,
    reservation_mark,
)
from chalicelib.core.errors import WrongStatus
from tests.appointments.made import DAY, HOUR, MINUTE, NINE, SECOND, booked, key, walk_in

S = AppointmentStatus
END = NINE + 15 * MINUTE
ENDS = {S.FULFILLED, S.CANCELLED, S.EXPIRED, S.NO_SHOW}
PLACE = QueuePlace(NINE, NINE - MINUTE)


def test_each_status_has_its_event() -> None:
    told = {S.NO_SHOW: "appointment.missed"}
    assert {one: told.get(one, f"appointment.{one}") for one in S} == EVENT_OF
    assert ENDED == ENDS


@pytest.mark.parametrize("status", list(AppointmentStatus))
def test_an_appointment_is_active_until_it_ends(status: AppointmentStatus) -> None:
    assert booked(status=status).active is (status not in ENDS)


def test_an_appointment_tells_its_times() -> None:
    visit = booked()
    assert (visit.version, visit.subject_id, visit.start) == (1, "abcdefgh12345678", NINE)
    assert visit.cancellable_until == NINE - HOUR
    assert visit.valid_until == END + 15 * MINUTE
    assert visit.strike == "20261207#abcdefgh12345678"
    midnight = datetime(2026, 12, 7, 16, tzinfo=UTC)
    assert booked(slot=key(midnight)).strike == "20261208#abcdefgh12345678"


def test_who_books_is_an_account_or_one_for_a_member_of_its_family() -> None:
    assert booked().booker == "abcdefgh"
    assert booked(for_member="m1").booker == "abcdefgh.m1"
    assert (booked().walk_in, walk_in().walk_in) == (False, True)


def test_a_place_in_the_queue_begins_uncalled() -> None:
    assert (PLACE.calls, PLACE.counter, PLACE.called_at, PLACE.started_at) == (0, None, None, None)


@pytest.mark.parametrize("status", list(AppointmentStatus))
def test_the_seat_of_one_that_waits_for_its_fee_is_marked(status: AppointmentStatus) -> None:
    visit = booked(status=status)
    mark = reservation_mark(visit.seat_id, visit.created_at)
    assert visit.seat.reservation == (mark if status is S.RESERVED else None)
    assert (visit.seat.slot, visit.seat.shard, visit.seat.seat_id) == (key(), 0, visit.seat_id)


@pytest.mark.parametrize("status", list(AppointmentStatus))
def test_what_is_booked_can_be_changed_until_an_hour_before(status: AppointmentStatus) -> None:
    visit = booked(status=status)
    if status is not S.BOOKED:
        with pytest.raises(WrongStatus) as refused:
            check_changeable(visit, NINE - DAY)
        assert refused.value.extra == {"current": status}
        return
    check_changeable(visit, NINE - HOUR)
    with pytest.raises(TooLate):
        check_changeable(visit, NINE - HOUR + SECOND)


@pytest.mark.parametrize(
    ("now", "refusal"),
    [
        (NINE - DAY, "wrong_day"),
        (NINE - 9 * HOUR - SECOND, "wrong_day"),
        (NINE - 9 * HOUR, "too_early"),
        (NINE - HOUR - SECOND, "too_early"),
        (NINE - HOUR, None),
        (NINE, None),
        (END + 15 * MINUTE, None),
        (END + 15 * MINUTE + SECOND, "too_late"),
        (NINE + 15 * HOUR, "wrong_day"),
        ((NINE - HOUR).astimezone(UTC), None),
        ((NINE - 2 * HOUR).astimezone(UTC), "too_early"),
    ],
)
def test_one_may_check_in_around_the_time(now: datetime, refusal: str | None) -> None:
    assert check_in_refusal(booked(), now) == refusal


def test_the_day_is_that_of_the_hall() -> None:
    at = datetime(2026, 12, 6, 16, 30, tzinfo=UTC)
    early = booked(slot=key(at), end=at + 15 * MINUTE)
    assert check_in_refusal(early, at - 30 * MINUTE) is None
    assert check_in_refusal(early, at - 31 * MINUTE) == "wrong_day"


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (S.RESERVED, "invalid"),
        (S.CHECKED_IN, "already_checked_in"),
        (S.CALLED, "already_checked_in"),
        (S.SERVING, "already_checked_in"),
        (S.FULFILLED, "already_checked_in"),
        (S.CANCELLED, "cancelled"),
        (S.EXPIRED, "cancelled"),
        (S.NO_SHOW, "too_late"),
    ],
)
def test_who_is_not_booked_is_told_why(status: AppointmentStatus, refusal: str) -> None:
    assert check_in_refusal(booked(status=status), NINE) == refusal


MINUTES = st.integers(0, 600)


@given(MINUTES, st.integers(1, 120), MINUTES, st.integers(1, 120))
def test_times_that_overlap_by_five_minutes_share_a_mark(
    first: int, first_long: int, second: int, second_long: int
) -> None:
    one, other = (
        time_marks("abcdefgh", NINE + begin * MINUTE, NINE + (begin + long) * MINUTE)
        for begin, long in ((first, first_long), (second, second_long))
    )
    shared = min(first + first_long, second + second_long) - max(first, second)
    if shared >= 5 or first == second:
        assert one & other
    if shared <= 0:
        assert not one & other


@pytest.mark.parametrize(
    ("begin", "end", "minutes"),
    [(0, 15, [0, 5, 10]), (1, 4, [1]), (1, 5, [1]), (1, 6, [1, 5]), (5, 5, [5]), (0, 1, [0])],
)
def test_a_time_is_marked_at_its_start_and_each_fifth_minute(
    begin: int, end: int, minutes: list[int]
) -> None:
    since = int(NINE.timestamp()) // 60
    marks = time_marks("abcdefgh", NINE + begin * MINUTE, NINE + end * MINUTE)
    assert marks == {f"efgh{since + minute:x}" for minute in minutes}
    assert marks.isdisjoint(time_marks("abcdefgi", NINE, NINE + HOUR))
    if (begin, end) == (0, 15):
        assert booked().times == marks


@pytest.mark.parametrize("status", list(AppointmentStatus))
@pytest.mark.parametrize("place", [None, PLACE])
def test_a_seat_comes_back_of_who_ends_before_coming(
    status: AppointmentStatus, place: QueuePlace | None
) -> None:
    old = booked(place=place, status=S.CHECKED_IN if place else S.BOOKED)
    gives_back = status in (S.CANCELLED, S.EXPIRED) and place is None
    assert released_seats(old, replace(old, status=status)) == ([old.seat] if gives_back else [])
    # What had ended has given it back before.
    ended = replace(old, status=S.EXPIRED)
    assert released_seats(ended, replace(old, status=status)) == []


@pytest.mark.parametrize(
    "changes", [{"slot": key(NINE + HOUR)}, {"seat_id": "abcdefgh123456782"}, {"place": PLACE}]
)
def test_a_seat_comes_back_of_who_moves(changes: dict[str, object]) -> None:
    old = booked()
    moves = "place" not in changes
    assert released_seats(old, replace(old, **changes)) == (  # type: ignore[arg-type]
        [old.seat] if moves else []
    )


def test_a_walk_in_has_no_seat_to_give_back() -> None:
    assert released_seats(walk_in(), walk_in(status=S.CANCELLED)) == []


# What one person may have open.


def full(count: int) -> Guard:
    return Guard(services=frozenset(f"s{n}" for n in range(count)))


def with_changes(count: int, now: datetime = NINE) -> Guard:
    marks = (change_mark(booked(version=n), now) for n in range(count))
    return Guard(changes=frozenset(marks))


def test_a_guard_begins_with_nothing() -> None:
    guard = Guard()
    assert (guard.revision, guard.alias, guard.suspended_until) == (0, None, None)
    check_guard(guard, "passport-issue", NINE)


def test_one_has_five_open_and_one_of_each_service() -> None:
    check_guard(full(4), "passport-issue", NINE)
    with pytest.raises(TooManyActive):
        check_guard(full(5), "passport-issue", NINE)
    for count in (1, 5):
        with pytest.raises(AlreadyBooked):
            check_guard(full(count), "s0", NINE)


@pytest.mark.parametrize(
    ("until", "barred"), [(None, False), (NINE, False), (NINE + SECOND, True), (NINE - DAY, False)]
)
def test_who_is_suspended_books_again_when_it_is_over(
    until: datetime | None, *, barred: bool
) -> None:
    guard = Guard(suspended_until=until)
    if not barred:
        check_guard(guard, "passport-issue", NINE)
        return
    with pytest.raises(BookingSuspended) as refused:
        check_guard(guard, "passport-issue", NINE)
    assert refused.value.extra == {"until": "2026-12-07T09:00:01+08:00"}


def test_one_changes_twenty_times_a_day() -> None:
    check_changes(with_changes(19), NINE)
    check_guard(with_changes(19), "passport-issue", NINE)
    with pytest.raises(TooManyChanges):
        check_guard(with_changes(20), "passport-issue", NINE)
    with pytest.raises(TooManyChanges) as refused:
        check_changes(with_changes(20), NINE)
    # Until midnight in Shanghai.
    assert refused.value.retry_after == 15 * 3600
    tomorrow = NINE + 15 * HOUR
    check_changes(with_changes(20), tomorrow)
    with pytest.raises(TooManyChanges) as refused:
        check_changes(with_changes(20, tomorrow), tomorrow + timedelta(microseconds=1))
    assert refused.value.retry_after == 24 * 3600


def test_a_change_is_marked_by_its_day_appointment_and_version() -> None:
    visit = booked(version=3)
    assert change_mark(visit, NINE) == "261207123456783"
    guard = Guard(changes=frozenset({change_mark(visit, NINE), change_mark(visit, NINE - DAY)}))
    assert guard.changes_on(NINE) == {"261207123456783"}


def days(*ago: int) -> list[Appointment]:
    return [
        booked(appointment_id=f"abcdefgh{n:08}", slot=key(NINE - n * DAY), status=S.NO_SHOW)
        for n in ago
    ]


def strikes(*ago: int) -> Guard:
    guard = Guard(services=frozenset({"passport-issue", "other"}))
    for visit in days(*ago):
        guard = missed(guard, visit, visit.start)
    return guard


def test_the_third_missed_within_ninety_days_suspends_for_thirty() -> None:
    assert strikes(1).suspended_until is None
    assert strikes(2, 1).suspended_until is None
    assert strikes(3, 2, 1).suspended_until == NINE - DAY + 30 * DAY
    assert strikes(91, 90, 1).suspended_until == NINE + 29 * DAY
    assert strikes(92, 90, 1).suspended_until is None
    assert len(strikes(92, 90, 1).no_shows) == 2
    assert strikes(1).services == {"other"}


def test_the_same_appointment_is_missed_once() -> None:
    [visit] = days(1)
    guard = strikes(1, 1, 1)
    assert guard.no_shows == {visit.strike}
    assert guard.suspended_until is None


def test_who_is_excused_is_no_longer_suspended() -> None:
    _, _, last = days(3, 2, 1)
    suspended = strikes(3, 2, 1)
    after = excused(suspended, last)
    assert (after.suspended_until, len(after.no_shows)) == (None, 2)
    four = strikes(4, 3, 2, 1)
    assert excused(four, last).suspended_until == four.suspended_until
    assert excused(four, last).suspended_until


def test_what_is_counted_again_takes_its_service_and_its_time_again() -> None:
    [visit] = days(1)
    guard = replace(strikes(1), times=frozenset({"x"}))
    again = forgiven(guard, visit)
    assert again.services == {"passport-issue", "other"}
    assert again.times == visit.times | {"x"}
    assert again.no_shows == frozenset()
    with pytest.raises(AlreadyBooked):
        forgiven(again, visit)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (SlotFull, 409, "slot_full"),
        (KnownFull, 409, "slot_full"),
        (SlotClosed, 409, "slot_closed"),
        (TooLate, 409, "too_late"),
        (AlreadyBooked, 409, "already_booked"),
        (booking_limits.TimeConflict, 409, "time_conflict"),
        (TooManyActive, 409, "too_many_active"),
        (TooManyChanges, 429, "too_many_changes"),
        (BookingSuspended, 409, "booking_suspended"),
    ],
)
def test_what_stands_in_the_way_is_told_by_its_own_code(
    error: type[SlotFull], status: int, code: str
) -> None:
    assert (error.status, error.code) == (status, code)
