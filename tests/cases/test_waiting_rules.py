"""What a case waits for besides a decision, as values: another visit, originals, departments."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from chalicelib.cases.domain import CaseStatus, alerts, deadlines, originals
from chalicelib.cases.domain.originals import Original, OriginalStatus
from chalicelib.core.clock import OFFICE_ZONE
from tests.cases.made import DAY, MONDAY, SECOND, a_case
from tests.catalogue.world import office

S = CaseStatus
RUNNING = {S.SUBMITTED, S.ACCEPTED, S.UNDER_REVIEW, S.APPROVED}
WORKING_DAYS = 10
STATES: tuple[OriginalStatus, ...] = (
    "expected", "on_the_way", "arrived", "received", "checked", "mismatch", "returned",
)  # fmt: skip


def of(*states: OriginalStatus) -> tuple[Original, ...]:
    return tuple(Original(f"paper-{number}", state) for number, state in enumerate(states))


def arrived(**changes: Any) -> Any:
    return a_case(originals=of("checked", "arrived"), lifted_at=MONDAY, **changes)


def test_a_missed_visit_leaves_ten_working_days_to_the_hour_of_closing() -> None:
    at = datetime(2027, 3, 1, 9, 0, tzinfo=OFFICE_ZONE)
    hall = office()
    until = deadlines.another_visit_by(hall, at)
    assert until == deadlines.working_days_from(WORKING_DAYS, hall, at)
    assert until.date() == at.date() + timedelta(weeks=2)
    assert until.time() == hall.weekdays[-1][1]


@pytest.mark.parametrize("status", list(S))
def test_the_limits_of_what_runs_stand_still_for_another_visit(status: CaseStatus) -> None:
    case = a_case(status=status, visit_by=MONDAY + DAY)
    waits = deadlines.paused(case, None, MONDAY)
    if status in RUNNING:
        assert (waits.paused_at, waits.visit_by) == (MONDAY, MONDAY + DAY)
        # The promise was of a Saturday; nine days later is a Monday.
        gone_on = deadlines.paused(replace(waits, visit_by=None), None, MONDAY + 9 * DAY)
        assert (gone_on.paused_at, gone_on.paused) == (None, 9 * DAY)
    else:
        assert waits.visit_by is None
        # What was asked to be corrected waits for that.
        assert (waits.paused_at is None) is (status is not S.CORRECTION_REQUESTED)


def test_a_wait_for_a_visit_is_looked_at_when_it_is_over() -> None:
    case = a_case(visit_by=MONDAY + DAY, paused_at=MONDAY, watch_at=MONDAY + 9 * DAY)
    assert deadlines.next_look(case) == MONDAY + DAY
    assert deadlines.watched(case).watch_at == MONDAY + DAY
    sooner = replace(case, watch_at=MONDAY + SECOND)
    assert deadlines.watched(sooner).watch_at == MONDAY + SECOND
    assert deadlines.watched(replace(case, watch_at=None)).watch_at == MONDAY + DAY


def test_what_a_courier_brought_is_looked_at_within_a_working_day() -> None:
    case = arrived(paused_at=MONDAY)
    assert deadlines.originals_due(case) == MONDAY + DAY
    assert deadlines.next_look(case) == MONDAY + DAY
    friday = replace(case, lifted_at=MONDAY + 4 * DAY)
    assert deadlines.originals_due(friday) == MONDAY + 7 * DAY
    told, alert = alerts.with_unchecked_originals(case, MONDAY + DAY)
    assert (alert.code, alert.level, alert.kind) == ("originals_unchecked", "yellow", "time_limit")
    assert (alert.raised_at, alert.facts["receipt"]) == (MONDAY + DAY, case.receipt_number)
    assert deadlines.next_look(told) is None
    # A step that leaves them where they are answers nothing.
    assert alerts.answered(told).alerts == {"originals_unchecked"}
    noted = replace(told, originals=of("checked", "received"))
    assert alerts.answered(noted).alerts == frozenset()


@pytest.mark.parametrize(
    "case",
    [
        a_case(originals=of("arrived")),
        a_case(originals=of("received", "checked"), lifted_at=MONDAY),
        a_case(lifted_at=MONDAY),
        arrived(status=S.ISSUED),
        arrived(status=S.WITHDRAWN),
        arrived(status=S.CORRECTION_REQUESTED),
    ],
)
def test_nobody_has_to_look_at_what_is_not_there_or_not_to_be_done(case: Any) -> None:
    assert deadlines.originals_due(case) is None


def test_the_alert_of_a_missed_visit_is_no_time_limit_and_so_cleared_by_hand() -> None:
    told, alert = alerts.with_missed_visit(a_case(), MONDAY)
    assert (alert.code, alert.level, alert.kind) == ("visit_missed", "yellow", "content")
    assert told.alerts == {"visit_missed"}
    assert alerts.answered(told).alerts == {"visit_missed"}
    assert alerts.answered(replace(told, decided_at=MONDAY)).alerts == frozenset()


def test_each_state_of_an_original_is_to_come_in_the_office_or_neither() -> None:
    assert get_args(OriginalStatus)
    to_come = {state for state in STATES if originals.to_come(of(state))}
    in_office = {state for state in STATES if originals.in_office(of(state))}
    assert to_come == {"expected", "on_the_way"}
    assert in_office == {"arrived", "received", "checked", "mismatch"}
    assert originals.to_come(of("returned", "expected"))
    assert originals.in_office(of("returned", "checked"))
    assert not originals.to_come(())
    assert not originals.in_office(())


def test_others_are_awaited_in_place_of_what_was_lost() -> None:
    found = originals.expected_again(of(*STATES))
    assert [one.status for one in found] == ["expected", "expected", *STATES[2:]]


@pytest.mark.parametrize("status", list(S))
@pytest.mark.parametrize("handover", ["courier", "visit", "none", None])
def test_originals_are_owed_to_whom_a_courier_fetched_them_in_vain(
    status: CaseStatus, handover: Any
) -> None:
    case = a_case(status=status, handover=handover, originals=of("returned", "received"))
    in_vain = status in {S.WITHDRAWN, S.DECLINED, S.REJECTED}
    assert case.owes_originals is (in_vain and handover == "courier")
    assert not replace(case, originals=of("returned", "expected")).owes_originals


@pytest.mark.parametrize(
    ("visited", "entered_by", "trips"),
    [((), None, 0), (("a",), None, 1), (("a", "b"), None, 2), ((), "clerk", 1), (("a",), "c", 2)],
)
def test_a_trip_is_a_visit_that_was_kept_or_an_entry_at_the_counter(
    visited: tuple[str, ...], entered_by: str | None, trips: int
) -> None:
    assert a_case(visited=frozenset(visited), entered_by=entered_by).trips == trips
