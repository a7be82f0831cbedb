"""Time limits: working days of the Chinese calendar, pauses, and the alerts that tell them."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.cases import jobs, service, storage
from chalicelib.cases.domain import CaseStatus, PaymentStatus, deadlines
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Office
from chalicelib.catalogue.domain.calendar import day_kind
from chalicelib.catalogue.service import timetable
from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.supervision import storage as supervision_storage
from tests.appointments.world import at_once
from tests.cases.world import go_on, open_alerts, post
from tests.support.cases import HALL, lodge, pay_fee, take, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Crash, crash_after

# The steps after which a case of most services waits for its fee.
WAITS = ("accept", "review", "approve")
MATERIAL = {"materials": [{"material_id": "id-card", "upload_id": "upload-id-card"}]}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE)


@pytest.mark.parametrize(
    ("service_id", "lodged", "promised", "due"),
    [
        # Done at once, while the hall is open; else on the next working day.
        ("elder-card", "2026-09-30 10:00", "2026-09-30 17:00", "2026-09-30 17:00"),
        ("elder-card", "2026-09-30 17:00", "2026-10-08 17:00", "2026-10-08 17:00"),
        # One working day, over National Day.
        ("no-criminal-record", "2026-09-30 10:00", "2026-10-08 17:00", "2026-10-10 17:00"),
        # Saturday 10 October 2026 is a working day in exchange.
        ("no-criminal-record", "2026-10-09 10:00", "2026-10-10 17:00", "2026-10-13 17:00"),
        # Twenty working days, and sixty days whose last is a Sunday.
        ("id-card-renewal", "2026-03-11 10:00", "2026-04-09 17:00", "2026-05-11 17:00"),
        # Over the Spring Festival, 15 to 23 February 2026.
        ("passport-issue", "2026-02-10 10:00", "2026-02-28 17:00", "2026-02-25 17:00"),
    ],
)
def test_limits_are_counted_in_working_days(
    engine: object, service_id: str, lodged: str, promised: str, due: str
) -> None:
    service, office = catalogue.service(service_id), catalogue.office(HALL)
    wanted = min(at(promised), at(due))
    assert deadlines.promised(service, office, at(lodged)) == wanted
    assert deadlines.due(service, office, at(lodged)) == at(due)


@pytest.fixture
def timetables(engine: object) -> Iterator[Callable[..., None]]:
    """Change the hours and counters of halls for one test."""
    before = dict(catalogue.current().offices)

    def change(office: Office) -> None:
        weekdays, saturday = (
            [[f"{a:%H:%M}", f"{b:%H:%M}"] for a, b in spans]
            for spans in (office.weekdays, office.saturday)
        )
        hours = timetable.with_hours(weekdays, saturday, office.counters)
        timetable.change_hours(office.office_id, hours, None, "me", MONDAY)
        catalogue.forget()

    yield change
    for office_id, office in before.items():
        if catalogue.current().offices[office_id] != office:
            change(office)


SATURDAYS = ((time(9), time(12)),)


@pytest.mark.parametrize("saturday", [(), SATURDAYS], ids=["never", "saturdays"])
@pytest.mark.parametrize("service", ["no-criminal-record", "elder-card"])
def test_a_hall_without_hours_on_working_days_has_the_whole_last_day(
    client: ApiClient, timetables: Callable[..., None], service: str, saturday: Any
) -> None:
    timetables(replace(catalogue.office(HALL), weekdays=(), saturday=saturday))
    made = lodge(client, verified(client), service=service, office_id=HALL)
    assert made.status == 201, made.body
    assert made.json()["promised_at"].endswith("T23:59:59+08:00")


def test_a_service_that_no_hall_offers_is_told(
    client: ApiClient, timetables: Callable[..., None]
) -> None:
    for office in catalogue.current().offices.values():
        timetables(replace(office, counters={**office.counters, "family": 0}))
    for asked in (None, HALL):
        service = "marriage-registration"
        answer = lodge(client, verified(client), service=service, office_id=asked)
        assert answer.status == 422, answer.body
        [error] = answer.json()["errors"]
        assert error["pointer"] == ("/office_id" if asked else "/service_id")


@given(
    lodged=st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 1)),  # noqa: DTZ001 - local.
    service_id=st.sampled_from(["elder-card", "passport-issue", "property-transfer"]),
)
def test_a_limit_ends_on_an_open_day_and_the_promise_is_within_the_law(
    engine: object, lodged: datetime, service_id: str
) -> None:
    service, office = catalogue.service(service_id), catalogue.office(HALL)
    begin = lodged.replace(tzinfo=OFFICE_ZONE)
    promised = deadlines.promised(service, office, begin)
    due = deadlines.due(service, office, begin)
    assert begin < promised <= due
    for moment in (promised, due):
        assert day_kind(office_time(moment).date()) == "weekday"


def lodged_case(client: ApiClient, service: str = "passport-issue") -> dict[str, Any]:
    made: dict[str, Any] = lodge(client, verified(client), service=service).json()
    return made


def alerts_at(client: ApiClient, clock: TestClock, moment: datetime, case_id: str) -> set[str]:
    clock.set(moment)
    jobs.watch_deadlines(moment)
    return set(open_alerts(client, worker(client, "supervisor"), case_id))


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_yellow_then_red_then_past_the_law_each_once(client: ApiClient, morning: TestClock) -> None:
    made = lodged_case(client)
    case_id = made["case_id"]
    promised = datetime.fromisoformat(made["promised_at"])
    due = datetime.fromisoformat(made["due_at"])
    yellow = MONDAY + (promised - MONDAY) * 0.8
    second = timedelta(seconds=1)
    assert alerts_at(client, morning, yellow - second, case_id) == set()
    assert alerts_at(client, morning, yellow + second, case_id) == {"promise_near"}
    assert alerts_at(client, morning, promised - second, case_id) == {"promise_near"}
    assert alerts_at(client, morning, promised + second, case_id) == {
        "promise_near", "promise_missed",
    }  # fmt: skip
    assert alerts_at(client, morning, due + second, case_id) == {
        "promise_near", "promise_missed", "law_missed",
    }  # fmt: skip
    jobs.watch_deadlines(due + timedelta(days=9))
    seen = open_alerts(client, worker(client, "supervisor"), case_id)
    assert {alert["times"] for alert in seen.values()} == {1}
    levels = {code: alert["level"] for code, alert in seen.items()}
    assert levels == {"promise_near": "yellow", "promise_missed": "red", "law_missed": "red"}
    desk = worker(client)
    walk(client, desk, case_id, "accept", "review", "approve")
    assert len(open_alerts(client, worker(client, "supervisor"), case_id)) == 3
    pay_fee(case_id)
    walk(client, desk, case_id, "issue")
    assert open_alerts(client, worker(client, "supervisor"), case_id) == {}


def test_all_limits_that_passed_unseen_are_told_in_one_run(
    client: ApiClient, morning: TestClock
) -> None:
    made = lodged_case(client)
    late = datetime.fromisoformat(made["due_at"]) + timedelta(days=1)
    assert len(alerts_at(client, morning, late, made["case_id"])) == 3


def test_runs_at_once_tell_a_limit_once(client: ApiClient, morning: TestClock) -> None:
    made = lodged_case(client)
    late = datetime.fromisoformat(made["due_at"]) + timedelta(days=1)

    def run(_number: int) -> None:
        jobs.watch_deadlines(late)

    at_once(6, run)
    jobs.watch_deadlines(late)
    kept = supervision_storage.alerts_of(made["case_id"])
    assert sorted(alert.code for alert in kept) == ["law_missed", "promise_missed", "promise_near"]
    assert {alert.times for alert in kept} == {1}


@pytest.mark.parametrize("calls", range(4, 12))
def test_a_crash_while_watching_tells_each_once(
    client: ApiClient, morning: TestClock, calls: int
) -> None:
    made = lodged_case(client)
    late = datetime.fromisoformat(made["due_at"]) + timedelta(days=1)
    jobs.watch_deadlines(MONDAY)
    with crash_after(calls), contextlib.suppress(Crash):
        jobs.watch_deadlines(late)
    jobs.watch_deadlines(late)
    kept = supervision_storage.alerts_of(made["case_id"])
    assert {alert.code: alert.times for alert in kept} == {
        "promise_near": 1, "promise_missed": 1, "law_missed": 1,
    }  # fmt: skip


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_limits_wait_while_a_correction_is_awaited(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    made = lodge(client, me, service="no-criminal-record").json()
    case_id, path = made["case_id"], f"/v1/cases/{made['case_id']}"
    walk(client, worker(client), case_id, "request-correction")
    week_later = MONDAY + timedelta(days=7)
    assert alerts_at(client, morning, week_later, case_id) == set()
    me = go_on(client, me)
    corrected = post(client, me, f"{path}/corrections", MATERIAL).json()
    before = datetime.fromisoformat(made["promised_at"])
    after = datetime.fromisoformat(corrected["promised_at"])
    # The clock runs on between the two calls.
    assert abs(after - before - timedelta(days=7)) < timedelta(minutes=2)
    assert alerts_at(client, morning, week_later + timedelta(hours=1), case_id) == set()
    assert alerts_at(client, morning, after, case_id) == {"promise_near", "promise_missed"}


def waits_for_its_fee(client: ApiClient, desk: str) -> str:
    case_id: str = lodged_case(client)["case_id"]
    walk(client, desk, case_id, *WAITS)
    return case_id


def told(case_id: str, now: datetime, status: PaymentStatus) -> None:
    case = storage.load(case_id)
    assert case
    service.note_payment(case_id, f"{case_id}pay.{case.version}", now, lambda: status)


def limits_of(case_id: str) -> tuple[datetime, datetime]:
    case = storage.load(case_id)
    assert case
    return case.promised_at, case.due_at


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
@pytest.mark.parametrize("days", [0, 1, 7, 400])
@pytest.mark.parametrize("statuses", [["paid"], ["pending", "unpaid", "paid"]], ids=str)
def test_limits_wait_while_only_the_fee_is_awaited_and_go_on_after(
    client: ApiClient, morning: TestClock, days: int, statuses: list[PaymentStatus]
) -> None:
    case_id = waits_for_its_fee(client, worker(client))
    case, before = storage.load(case_id), limits_of(case_id)
    assert case
    assert case.paused_at
    later = case.paused_at + timedelta(days=days)
    assert alerts_at(client, morning, later, case_id) == set()
    for status in statuses:
        assert limits_of(case_id) == before
        told(case_id, later, status)
    paid = storage.load(case_id)
    assert paid
    # Looks are kept to the second, and a share of a span may end between two.
    first = deadlines.limits(paid)[0][1].replace(microsecond=0)
    assert (paid.paused_at, paid.watch_at) == (None, first)
    for after, old in zip(limits_of(case_id), before, strict=True):
        assert timedelta() <= after - old - timedelta(days=days) <= timedelta(days=9)
    second = timedelta(seconds=1)
    near, missed, law = (moment for _, moment in deadlines.limits(paid))
    assert near > later
    assert alerts_at(client, morning, near - second, case_id) == set()
    assert alerts_at(client, morning, near + second, case_id) == {"promise_near"}
    assert alerts_at(client, morning, max(missed, law) + second, case_id) == {
        "promise_near", "promise_missed", "law_missed",
    }  # fmt: skip


def test_a_limit_told_before_the_fee_was_awaited_stays_told_once(
    client: ApiClient, morning: TestClock
) -> None:
    made = lodged_case(client)
    case_id, late = made["case_id"], datetime.fromisoformat(made["due_at"]) + timedelta(days=1)
    assert len(alerts_at(client, morning, late, case_id)) == 3
    walk(client, worker(client), case_id, "accept", "review", "approve")
    told(case_id, late + timedelta(days=5), "paid")
    jobs.watch_deadlines(late + timedelta(days=50))
    assert {one.times for one in supervision_storage.alerts_of(case_id)} == {1}
    assert len(open_alerts(client, worker(client, "supervisor"), case_id)) == 3


def test_a_fee_that_went_back_is_awaited_again(client: ApiClient, morning: TestClock) -> None:
    case_id = waits_for_its_fee(client, worker(client))
    day = timedelta(days=1)
    for at_day, (status, waits) in enumerate(
        [("paid", False), ("refunded", True), ("paid", False), ("partly_refunded", False)]
    ):
        told(case_id, MONDAY + at_day * day, status)  # type: ignore[arg-type]
        case = storage.load(case_id)
        assert case
        assert (case.paused_at is not None) == waits


def test_a_fee_that_no_step_waits_for_yet_stops_no_limit(
    client: ApiClient, morning: TestClock
) -> None:
    case_id = lodged_case(client)["case_id"]
    for step in ("claim", "accept", "review"):
        case = storage.load(case_id)
        assert case
        assert case.paused_at is None
        walk(client, worker(client, "supervisor"), case_id, step)


@pytest.mark.parametrize("what", ["fee", "correction"])
def test_what_waits_for_the_citizen_is_not_overdue_at_the_desk(
    client: ApiClient, morning: TestClock, what: str
) -> None:
    hall = {"fee": "hall-330212", "correction": "hall-330206"}[what]
    desk = worker(client, hall=hall)
    works, waits = (
        lodge(client, verified(client), service=name, office_id=hall).json()["case_id"]
        for name in ("id-card-replacement", "passport-issue")
    )
    correcting = what == "correction"
    walk(client, desk, waits, *["request-correction"] if correcting else WAITS)
    morning.set(MONDAY + timedelta(days=100))
    desk = worker(client, hall=hall)

    def overdue(**query: str) -> dict[str, bool]:
        found = client.get(f"/v1/admin/cases?{urlencode(query)}", token=desk).json()["items"]
        return {one["case_id"]: one["overdue"] for one in found}

    assert overdue(due="overdue") == {works: True}
    if correcting:
        assert overdue(status="correction_requested") == {waits: False}
    else:
        assert list(overdue().items()) == [(works, True), (waits, False)]


@pytest.mark.parametrize(
    ("limit", "days", "moved"),
    [
        ("2026-09-28 17:00", 2, "2026-09-30 17:00"),
        # Into National Day, and over it to the day on which offices open again.
        ("2026-09-29 17:00", 2, "2026-10-08 17:00"),
        # Saturday 10 October 2026 is a working day in exchange, the Sunday after it is none.
        ("2026-10-08 17:00", 2, "2026-10-10 17:00"),
        ("2026-10-08 17:00", 3, "2026-10-12 17:00"),
    ],
)
def test_a_limit_that_a_pause_moves_ends_on_an_open_day(limit: str, days: int, moved: str) -> None:
    assert deadlines.moved(at(limit), timedelta(days=days)) == at(moved)


def test_a_promise_moved_over_a_weekend_keeps_its_span(
    client: ApiClient, morning: TestClock
) -> None:
    me = verified(client)
    made = lodge(client, me, service="no-criminal-record").json()
    case_id, path = made["case_id"], f"/v1/cases/{made['case_id']}"
    walk(client, worker(client), case_id, "request-correction")
    # From Monday to Friday: the promise of Tuesday would come to a Saturday.
    morning.advance(timedelta(days=4).total_seconds())
    me = go_on(client, me)
    corrected = post(client, me, f"{path}/corrections", MATERIAL).json()
    assert made["promised_at"] == "2027-03-02T17:00:00+08:00"
    assert corrected["promised_at"].startswith("2027-03-08T17:00")
    assert corrected["due_at"].startswith("2027-03-08T17:00")
    case = storage.load(case_id)
    assert case
    near, missed, _ = (moment for _, moment in deadlines.limits(case))
    assert missed == case.promised_at
    # A fifth of the 32 hours that were promised at first.
    assert case.promised_at - near == timedelta(hours=32) / 5


def test_a_step_between_look_and_write_loses_no_alert(
    client: ApiClient, morning: TestClock
) -> None:
    made = lodged_case(client, "elder-card")
    case_id = made["case_id"]
    late = datetime.fromisoformat(made["due_at"]) + timedelta(days=1)
    before = storage.load(case_id)
    assert before
    jobs.watch_deadlines(late)
    # Somebody who read the case before the watch cannot write over what the watch noted.
    assert not storage.store_watch(before, before, late)
    after = storage.load(case_id)
    assert after
    assert after.alerts == {"promise_near", "promise_missed", "law_missed"}
    assert take(client, worker(client), case_id, "decline", note="x").status == 200
    assert storage.load(case_id) is not None
    assert all(alert.cleared_at for alert in supervision_storage.alerts_of(case_id))


@pytest.mark.fresh_index("asks the list whether what is done has left it")
def test_a_decided_case_is_watched_no_longer(client: ApiClient, morning: TestClock) -> None:
    made = lodged_case(client, "elder-card")
    walk(client, worker(client), made["case_id"], "accept", "review", "approve", "issue")
    late = datetime.fromisoformat(made["due_at"]) + timedelta(days=1)
    jobs.watch_deadlines(late)
    case = storage.load(made["case_id"])
    assert case
    assert (case.status, case.watch_at) == (CaseStatus.ISSUED, None)
    assert supervision_storage.alerts_of(made["case_id"]) == []
    assert jobs.watch_deadlines(late).looked_at == 0


def test_the_calendar_of_the_examples() -> None:
    assert day_kind(date(2026, 10, 10)) == "weekday"
    assert day_kind(date(2026, 10, 1)) == "closed"
