"""A hall's queue: who is due when, what staff may do from where, and what is counted of it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from chalicelib.appointments.domain import queue_steps
from chalicelib.appointments.domain.appointments import (
    Appointment,
    AppointmentStatus,
    QueuePlace,
    RatedByCase,
    check_ratable,
)
from chalicelib.appointments.domain.queue_steps import (
    EVENTS,
    CallRequest,
    QueueEmpty,
    Step,
    StepRequest,
    arrived,
    called,
    counted,
    difference,
    in_line,
    queue_key,
)
from chalicelib.core.errors import WrongStatus
from chalicelib.core.ratings import AlreadyRated
from tests.appointments.made import DAY, HOUR, MINUTE, NINE, SECOND, booked, key, walk_in

S = AppointmentStatus
LATER = NINE + 5 * MINUTE
STEPS: tuple[Step, ...] = get_args(Step)
# What staff may do with whom, and what becomes of them.
TABLE: dict[Step, dict[AppointmentStatus, AppointmentStatus]] = {
    "recall": {S.CALLED: S.CALLED},
    "start": {S.CALLED: S.SERVING},
    "fulfil": {S.CALLED: S.FULFILLED, S.SERVING: S.FULFILLED},
    "no-show": {S.BOOKED: S.NO_SHOW, S.CHECKED_IN: S.NO_SHOW, S.CALLED: S.NO_SHOW},
    "void": {},
    "undo": {
        S.CHECKED_IN: S.BOOKED,
        S.CALLED: S.CHECKED_IN,
        S.SERVING: S.CALLED,
        S.FULFILLED: S.SERVING,
        S.NO_SHOW: S.CHECKED_IN,
    },
    "park": dict.fromkeys((S.CHECKED_IN, S.CALLED, S.SERVING), S.CHECKED_IN),
    "transfer": dict.fromkeys((S.CHECKED_IN, S.CALLED, S.SERVING), S.CHECKED_IN),
}


def stepped(visit: Appointment, step: Step, now: datetime, **more: Any) -> Appointment:
    return queue_steps.stepped(visit, StepRequest(step, **more), now)


def in_hall(status: AppointmentStatus, base: Appointment | None = None) -> Appointment:
    """Return somebody on the way through the hall, as the steps to a status leave them."""
    visit = arrived(base or booked(), "A007", NINE)
    if status in {S.CALLED, S.SERVING, S.FULFILLED}:
        visit = called(visit, "3", NINE + MINUTE)
    if status in {S.SERVING, S.FULFILLED}:
        visit = stepped(visit, "start", NINE + 2 * MINUTE)
    if status is S.FULFILLED:
        visit = stepped(visit, "fulfil", NINE + 4 * MINUTE)
    if status is S.NO_SHOW:
        visit = stepped(visit, "no-show", NINE + 4 * MINUTE)
    if status in {S.BOOKED, S.RESERVED, S.CANCELLED, S.EXPIRED}:
        return replace(base or booked(), status=status)
    assert visit.status is status
    return visit


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", list(AppointmentStatus))
def test_staff_do_what_the_table_allows(step: Step, status: AppointmentStatus) -> None:
    visit = in_hall(status)
    to = TABLE[step].get(status)
    if to is None:
        with pytest.raises(WrongStatus) as refused:
            stepped(visit, step, LATER)
        assert refused.value.extra == {"current": status}
    else:
        assert stepped(visit, step, LATER).status is to


def test_each_step_has_its_event() -> None:
    assert set(EVENTS) == set(STEPS)
    assert EVENTS["recall"] == "appointment.recalled"
    assert StepRequest("recall") == StepRequest("recall", None, None)
    assert CallRequest("h", "3") == CallRequest("h", "3", None, fulfil=False)
    assert (QueueEmpty.status, QueueEmpty.code) == (409, "queue_empty")


@pytest.mark.parametrize(
    ("came", "due"),
    [
        (NINE - HOUR, NINE),
        (NINE, NINE),
        (NINE + 15 * MINUTE, NINE),
        (NINE + 15 * MINUTE + SECOND, NINE + 15 * MINUTE + SECOND),
    ],
)
def test_who_booked_is_due_at_their_time_unless_late(came: datetime, due: datetime) -> None:
    visit = arrived(booked(), "A001", came)
    assert visit.place == QueuePlace(due=due, arrived_at=came)
    assert (visit.status, visit.ticket_number) == (S.CHECKED_IN, "A001")
    assert arrived(walk_in(), "A001", came).place == QueuePlace(due=came, arrived_at=came)


def test_a_call_names_the_counter_and_is_counted() -> None:
    visit = called(in_hall(S.CHECKED_IN), "3", LATER)
    assert visit.place == QueuePlace(NINE, NINE, "3", 1, LATER)
    again = stepped(visit, "recall", LATER + MINUTE)
    assert again.place
    assert (again.place.calls, again.place.called_at) == (2, LATER)
    for wrong in (booked(), visit, replace(visit, status=S.CHECKED_IN, place=None)):
        with pytest.raises(WrongStatus) as refused:
            called(wrong, "3", LATER)
        assert refused.value.extra == {"current": wrong.status}


def test_times_of_service_are_written_down() -> None:
    serving = stepped(in_hall(S.CALLED), "start", LATER)
    assert serving.place
    assert serving.place.started_at == LATER
    done = stepped(serving, "fulfil", LATER + MINUTE)
    assert done.place
    assert (done.place.started_at, done.place.ended_at) == (LATER, LATER + MINUTE)


@pytest.mark.parametrize(("early", "refused"), [(SECOND, True), (0 * SECOND, False)])
def test_nobody_is_missed_before_their_time(early: object, *, refused: bool) -> None:
    now = NINE - SECOND if refused else NINE
    if not refused:
        assert stepped(booked(), "no-show", now).status is S.NO_SHOW
        return
    with pytest.raises(WrongStatus):
        stepped(booked(), "no-show", now)
    # Who came and went again is missed at any time.
    early_bird = arrived(booked(), "A001", NINE - HOUR)
    assert stepped(early_bird, "no-show", now).status is S.NO_SHOW


@pytest.mark.parametrize("status", [S.CHECKED_IN, S.CALLED])
def test_a_walk_ins_ticket_can_be_voided_and_a_bookings_cannot(status: AppointmentStatus) -> None:
    voided = stepped(in_hall(status, walk_in()), "void", LATER)
    assert (voided.status, voided.ticket_number) == (S.CANCELLED, "A007")
    with pytest.raises(WrongStatus):
        stepped(in_hall(status), "void", LATER)


def test_undoing_goes_back_one_step_and_forgets_its_time() -> None:
    done = in_hall(S.FULFILLED)
    serving = stepped(done, "undo", LATER)
    assert serving == in_hall(S.SERVING)
    waits = stepped(stepped(serving, "undo", LATER), "undo", LATER)
    assert waits == in_hall(S.CHECKED_IN)
    back = stepped(waits, "undo", LATER)
    assert (back.status, back.place, back.ticket_number) == (S.BOOKED, None, None)


def test_what_was_done_without_a_start_goes_back_to_the_call() -> None:
    done = stepped(in_hall(S.CALLED), "fulfil", LATER)
    assert stepped(done, "undo", LATER) == in_hall(S.CALLED)
    gone = stepped(in_hall(S.CALLED), "no-show", LATER)
    assert stepped(gone, "undo", LATER) == in_hall(S.CALLED)
    never_called = stepped(in_hall(S.CHECKED_IN), "no-show", LATER)
    assert stepped(never_called, "undo", LATER) == in_hall(S.CHECKED_IN)
    never_came = stepped(booked(), "no-show", LATER)
    assert stepped(never_came, "undo", LATER) == booked()


def test_a_walk_in_that_is_undone_is_voided() -> None:
    assert stepped(in_hall(S.CHECKED_IN, walk_in()), "undo", LATER).status is S.CANCELLED
    assert stepped(in_hall(S.CALLED, walk_in()), "undo", LATER).status is S.CHECKED_IN


@pytest.mark.parametrize(
    ("now", "same_day"),
    [
        (NINE - 9 * HOUR, True),
        (NINE - 9 * HOUR - SECOND, False),
        (NINE + 15 * HOUR - SECOND, True),
        (NINE + 15 * HOUR, False),
    ],
)
def test_only_what_is_of_today_is_undone(now: datetime, *, same_day: bool) -> None:
    if same_day:
        assert stepped(in_hall(S.SERVING), "undo", now).status is S.CALLED
        return
    with pytest.raises(WrongStatus):
        stepped(in_hall(S.SERVING), "undo", now)


@pytest.mark.parametrize(
    ("status", "stage"), [(S.CHECKED_IN, "W"), (S.CALLED, "C"), (S.SERVING, "S")]
)
def test_a_hall_stands_in_one_order(status: AppointmentStatus, stage: str) -> None:
    order = queue_key(in_hall(status))
    assert order == ("hall-330200#20261207", f"{stage}090000.00007#identity")
    assert queue_key(replace(in_hall(status), place=None)) is None


@pytest.mark.parametrize("status", [S.CHECKED_IN, S.CALLED, S.SERVING])
def test_who_is_parked_or_sent_elsewhere_keeps_the_place(status: AppointmentStatus) -> None:
    visit = in_hall(status)
    parked = stepped(visit, "park", LATER, parked_until=7)
    assert parked.place == QueuePlace(NINE, NINE, parked_until=7)
    sent = stepped(parked, "transfer", LATER, category="exit-entry")
    assert sent.place == QueuePlace(NINE, NINE, category="exit-entry")
    assert (sent.category, visit.category) == ("exit-entry", "identity")
    there = stepped(sent, "transfer", LATER, counter="9")
    assert there.place == QueuePlace(NINE, NINE, category="exit-entry", only_at="9")
    keys = [queue_key(one) for one in (parked, sent, there)]
    assert [key[1] if key else "" for key in keys] == [
        "W090000.00007#identity#7", "W090000.00007#exit-entry", "W090000.00007#exit-entry##9",
    ]  # fmt: skip
    assert [in_line(key[1], "x").only_at for key in keys if key] == [None, None, "9"]
    assert stepped(there, "undo", LATER) == in_hall(S.CHECKED_IN)
    # Who is called stands where they are called to, and nowhere else any more.
    now = called(there, "9", LATER)
    assert now.place == QueuePlace(NINE, NINE, "9", 1, LATER, category="exit-entry")
    assert called(parked, "3", LATER).place == QueuePlace(NINE, NINE, "3", 1, LATER)


@pytest.mark.parametrize("status", [S.BOOKED, S.RESERVED, S.FULFILLED, S.NO_SHOW, S.CANCELLED])
def test_who_is_not_in_the_hall_is_in_no_queue(status: AppointmentStatus) -> None:
    assert queue_key(in_hall(status)) is None


def test_the_queue_goes_by_the_halls_clock_and_by_arrival() -> None:
    at = datetime(2026, 12, 6, 16, 0, 1, tzinfo=UTC)
    first = arrived(walk_in(slot=key(at)), "A002", at)
    second = arrived(walk_in(slot=key(at)), "A010", at)
    keys = [queue_key(first), queue_key(second)]
    assert keys == [
        ("hall-330200#20261207", "W000001.00002#identity"),
        ("hall-330200#20261207", "W000001.00010#identity"),
    ]
    untold = queue_key(replace(first, ticket_number=None))
    assert untold
    assert untold[1] == "W000001.00000#identity"


def test_what_a_visit_adds_to_the_statistics() -> None:
    assert counted(booked()) == {}
    assert counted(walk_in()) == {"walk_ins": 1}
    assert counted(walk_in(status=S.CANCELLED)) == {}
    assert counted(booked(status=S.NO_SHOW)) == {"no_shows": 1}
    # Who came is no no-show.
    assert counted(in_hall(S.NO_SHOW)) == {}
    assert counted(in_hall(S.SERVING)) == {}
    assert counted(in_hall(S.FULFILLED)) == {"served": 1, "waited": 60, "serving": 120}
    both = {"walk_ins": 1, "served": 1, "waited": 60, "serving": 120}
    assert counted(in_hall(S.FULFILLED, walk_in())) == both
    unknown = replace(in_hall(S.FULFILLED), place=None)
    assert counted(unknown) == {}


@pytest.mark.parametrize(
    ("came", "called_at", "waited"),
    [
        # Waiting counts from when one is due, or came.
        (NINE - HOUR, NINE + 90 * SECOND, 90),
        (NINE + 10 * MINUTE, NINE + 11 * MINUTE, 60),
        (NINE - HOUR, NINE - 30 * MINUTE, 0),
        (NINE, NINE + 3600 * SECOND, 3600),
    ],
)
def test_waiting_is_counted_in_seconds(came: datetime, called_at: datetime, waited: int) -> None:
    visit = called(arrived(booked(), "A001", came), "3", called_at)
    done = stepped(visit, "fulfil", called_at + 90 * SECOND)
    # Without a start service began with the call.
    assert counted(done) == {"served": 1, "waited": waited, "serving": 90}


def test_undoing_takes_back_what_was_added() -> None:
    old, new = in_hall(S.SERVING), in_hall(S.FULFILLED)
    assert difference(old, new) == {"served": 1, "waited": 60, "serving": 120}
    assert difference(new, old) == {"served": -1, "waited": -60, "serving": -120}
    assert difference(None, walk_in()) == {"walk_ins": 1}
    assert difference(walk_in(), walk_in(status=S.CANCELLED)) == {"walk_ins": -1}
    assert difference(new, new) == {}
    assert difference(None, booked()) == {}
    assert DAY == 24 * HOUR


def test_a_visit_that_was_kept_is_rated_once_unless_its_case_is() -> None:
    kept = replace(booked(), status=S.FULFILLED)
    check_ratable(kept)
    for visit, refusal in (
        (replace(kept, case_id="case"), RatedByCase),
        (replace(kept, score=5), AlreadyRated),
        (replace(kept, status=S.NO_SHOW), WrongStatus),
    ):
        with pytest.raises(refusal):
            check_ratable(visit)
