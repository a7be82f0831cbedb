"""The visit of a case: booked with its id, shown by the case, named by the check-in."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage as appointments
from chalicelib.cases import handlers, jobs, service, storage
from chalicelib.cases.domain import DeliveryUpdate, deadlines
from chalicelib.cases.service import trips
from chalicelib.catalogue import service as catalogue
from chalicelib.core import dependencies
from chalicelib.core.events import of_entry
from chalicelib.core.ids import new_id
from chalicelib.notifications import service as notifications
from chalicelib.notifications.service.wording import worded
from tests.appointments.world import at_once, new_slot
from tests.cases.world import go_on, move, open_alerts, post
from tests.cases.world import hear as hear_case
from tests.support.cases import HALL, lodge, verified, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen

SERVICE = "id-card-renewal"


@pytest.fixture
def me(client: ApiClient, morning: TestClock) -> Citizen:
    return verified(client)


def lodged(client: ApiClient, me: Citizen, service_id: str = SERVICE) -> str:
    return str(lodge(client, me, service=service_id).json()["case_id"])


def visit(client: ApiClient, me: Citizen, case_id: str, key: str | None = None) -> Answer:
    body = {
        "service_id": SERVICE,
        "office_id": HALL,
        "slot_id": SLOT.setdefault("id", new_slot(9, today=True)),
        "case_id": case_id,
    }
    return post(client, me, "/v1/appointments", body, key)


SLOT: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def slot(client: ApiClient, morning: TestClock) -> None:
    SLOT.clear()


def hear(appointment_id: str, now: datetime = MONDAY) -> None:
    for entry in appointments.load_entries(appointment_id):
        for _ in range(2):
            handlers.follow_up(of_entry(entry), now)
        assert handlers.arrived(of_entry(entry))


def shown(client: ApiClient, me: Citizen, case_id: str) -> str | None:
    case = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    found: str | None = case["appointment_id"]
    return found


def test_a_case_shows_its_visit_and_the_visit_its_case(client: ApiClient, me: Citizen) -> None:
    case_id, key = lodged(client, me), new_id()
    booked = visit(client, me, case_id, key)
    assert (booked.status, booked.json()["case_id"]) == (201, case_id)
    assert visit(client, me, case_id, key).headers["idempotency-replayed"] == "true"
    appointment_id = booked.json()["appointment_id"]
    hear(appointment_id)
    assert shown(client, me, case_id) == appointment_id
    version = service.load(case_id).version
    hear(appointment_id)
    assert service.load(case_id).version == version
    done = client.post(
        "/v1/admin/checkins", {"appointment_id": appointment_id}, token=worker(client)
    )
    assert done.json()["appointment"]["case_id"] == case_id
    other = client.get(f"/v1/appointments/{appointment_id}", token=me.token).json()
    assert other["case_id"] == case_id


def test_a_visit_that_is_given_up_is_the_cases_no_more(client: ApiClient, me: Citizen) -> None:
    case_id = lodged(client, me)
    first = visit(client, me, case_id).json()["appointment_id"]
    hear(first)
    assert post(client, me, f"/v1/appointments/{first}/cancel", {}).status == 200
    second = visit(client, me, case_id).json()["appointment_id"]
    # In any order: the second is known before the end of the first.
    hear(second)
    hear(first)
    assert shown(client, me, case_id) == second
    assert post(client, me, f"/v1/appointments/{second}/cancel", {}).status == 200
    hear(second)
    assert shown(client, me, case_id) is None


def check_in(client: ApiClient, morning: TestClock, booked: dict[str, Any]) -> str:
    """Let the citizen come, and the case hear of it; return the token of who received them."""
    morning.set(datetime.fromisoformat(booked["start"]))
    desk, appointment_id = worker(client), booked["appointment_id"]
    done = client.post("/v1/admin/checkins", {"appointment_id": appointment_id}, token=desk)
    assert done.json()["result"] == "ok", done.body
    hear(appointment_id)
    return desk


def test_trips_are_counted_once_for_a_case_that_has_ended(
    client: ApiClient, me: Citizen, morning: TestClock
) -> None:
    office = f"hall-{new_id(8)}"
    case_id, never = lodged(client, me), lodged(client, me)
    booked = visit(client, me, case_id).json()
    hear(booked["appointment_id"])
    assert service.load(case_id).trips == 0
    check_in(client, morning, booked)
    assert (service.load(case_id).trips, service.load(never).trips) == (1, 0)
    for one in (case_id, never):
        move(one, office)
        walk(client, worker(client, hall=office), one, "decline")
        hear_case(one)
    day = MONDAY.date()
    assert [
        (row["promised_trips"], row["cases"], row["mean_trips_counted"], row["answers"])
        for row in trips.by_day(frozenset({office}), day, day)
    ] == [(1, 2, 0.5, 0)]
    assert list(trips.said_by_day(frozenset({office}), day, day)) == []


def test_who_was_checked_in_by_mistake_made_no_trip(
    client: ApiClient, me: Citizen, morning: TestClock
) -> None:
    case_id = lodged(client, me)
    booked = visit(client, me, case_id).json()
    desk, appointment_id = check_in(client, morning, booked), booked["appointment_id"]
    undone = client.post(f"/v1/admin/appointments/{appointment_id}/undo", {}, token=desk)
    assert undone.status == 200, undone.body
    hear(appointment_id)
    case = service.load(case_id)
    assert (case.trips, case.appointment_id) == (0, appointment_id)


def miss(client: ApiClient, morning: TestClock, booked: dict[str, Any]) -> datetime:
    """Let a visit be missed, and the case hear of it; return when."""
    morning.set(datetime.fromisoformat(booked["start"]))
    path = f"/v1/admin/appointments/{booked['appointment_id']}/no-show"
    assert client.post(path, {}, token=worker(client)).status == 200
    now = dependencies.clock().now()
    hear(booked["appointment_id"], now)
    return now


def test_a_case_waits_ten_working_days_after_a_visit_that_was_missed(
    client: ApiClient, me: Citizen, morning: TestClock
) -> None:
    case_id = lodged(client, me)
    booked = visit(client, me, case_id).json()
    hear(booked["appointment_id"])
    missed_at = miss(client, morning, booked)
    case = service.load(case_id)
    until = deadlines.another_visit_by(catalogue.office(HALL), missed_at)
    assert (case.appointment_id, case.visit_by) == (None, until)
    assert case.paused_at
    hear(booked["appointment_id"], missed_at)
    assert service.load(case_id).version == case.version
    jobs.watch_deadlines(until - timedelta(seconds=1))
    assert service.load(case_id).visit_by == until
    for _ in range(2):
        jobs.watch_deadlines(until)
    gone_on = service.load(case_id)
    assert (gone_on.visit_by, gone_on.paused_at, gone_on.version) == (None, None, case.version + 1)
    assert gone_on.promised_at > case.promised_at
    boss = worker(client, "supervisor")
    assert set(open_alerts(client, boss, case_id)) == {"visit_missed"}
    told = [of_entry(entry) for entry in storage.load_entries(case_id)[-2:]]
    assert [event.type for event in told] == ["case.visit_missed", "case.visit_overdue"]
    for event in told:
        notifications.on_event(event, until)
    notices = {one.event: one for one in notifications.inbox(me.citizen_id, None, 50).items}
    assert f"by {until.day} {until:%b %Y}" in worded(notices["case.visit_missed"], "en").body
    assert "仍可预约到场" in worded(notices["case.visit_overdue"], "zh-CN").body


@pytest.mark.parametrize("ended_by", ["visit", "originals", "courier", "withdrawal"])
def test_who_comes_otherwise_is_waited_for_no_more(
    client: ApiClient, me: Citizen, morning: TestClock, ended_by: str
) -> None:
    case_id = lodged(client, me)
    booked = visit(client, me, case_id).json()
    missed_at = miss(client, morning, booked)
    assert service.load(case_id).visit_by
    again = go_on(client, me)
    if ended_by == "visit":
        SLOT.clear()
        SLOT["id"] = new_slot()
        hear(visit(client, again, case_id).json()["appointment_id"], missed_at)
    elif ended_by == "originals":
        body = {"items": [{"material_id": "old-id-card", "status": "received"}]}
        path = f"/v1/admin/cases/{case_id}/originals"
        headers = {"Idempotency-Key": new_id()}
        assert client.post(path, body, token=worker(client), headers=headers).status == 200
    elif ended_by == "courier":
        update = DeliveryUpdate("parcel", "delivered", "parcel.1", "to_office")
        service.note_delivery(case_id, update, missed_at)
    else:
        post(client, again, f"/v1/cases/{case_id}/withdraw", {})
    case = service.load(case_id)
    assert (case.paused_at, case.visit_by) == (None, None)
    # The word of the missed visit comes again, and late.
    hear(booked["appointment_id"], missed_at)
    assert service.load(case_id).version == case.version


def test_a_wait_that_is_over_at_the_same_moment_for_two_watchers_is_told_once(
    client: ApiClient, me: Citizen, morning: TestClock
) -> None:
    case_id = lodged(client, me)
    miss(client, morning, visit(client, me, case_id).json())
    until = service.load(case_id).visit_by
    assert until

    def run(_number: int) -> None:
        jobs.watch_deadlines(until)

    at_once(4, run)
    jobs.watch_deadlines(until)
    names = [entry.type for entry in storage.load_entries(case_id)]
    assert names.count("case.visit_overdue") == 1


def test_only_an_own_running_case_of_the_service_is_visited(client: ApiClient, me: Citizen) -> None:
    other = verified(client)
    for case_id in (lodged(client, other), "no-such-case-at-all"):
        assert visit(client, me, case_id).status == 404
    wrong = visit(client, me, lodged(client, me, "elder-card"))
    assert (wrong.status, wrong.json()["errors"][0]["pointer"]) == (422, "/case_id")
    ended = lodged(client, me)
    post(client, me, f"/v1/cases/{ended}/withdraw", {})
    refused = visit(client, me, ended)
    assert (refused.code, refused.json()["current"]) == ("wrong_status", "withdrawn")
