"""Trouble at every step: one delivery, one message, and a whole history."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pynamodb.exceptions import PynamoDBException

from chalicelib.cases import service as cases
from chalicelib.cases.domain import Address, CaseStatus
from chalicelib.cases.storage._cases import case_record
from chalicelib.core.errors import Problem
from chalicelib.core.events import Event, of_entry
from chalicelib.core.history import Entry
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import new_id
from chalicelib.deliveries import handlers, jobs, storage
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.deliveries.domain.delivery import DELIVERY_ID_LENGTH
from chalicelib.deliveries.domain.track import DeliveryStatus
from chalicelib.deliveries.service import creation
from chalicelib.supervision import service as supervision
from tests.appointments.world import HALL, at_once
from tests.deliveries.world import Hired, ask, hire, new_case, parcel, report, send, stored
from tests.support.client import Answer, ApiClient
from tests.support.faults import Crash, crash_after, every_second_call_fails
from tests.support.meter import metered
from tests.support.people import Citizen
from tests.webhooks.receiver import Receiver


def crashing(act: Callable[[], Answer], calls: int) -> None:
    with suppress(Crash), crash_after(calls):
        act()


@pytest.mark.parametrize("calls", range(4))
def test_a_crash_while_asking(client: ApiClient, me: Citizen, hired: Hired, calls: int) -> None:
    case_id, key = new_case(me), new_id()
    crashing(lambda: ask(client, me, case_id, hired, key), calls)
    answer = ask(client, me, case_id, hired, key)
    assert answer.status == 201
    [listed] = client.get("/v1/deliveries", token=me.token).json()["items"]
    assert listed == answer.json()
    assert len(OUTBOX.load_all(listed["delivery_id"])) == 1
    stored(listed["delivery_id"])


@pytest.mark.parametrize("calls", range(4))
def test_a_crash_while_cancelling(client: ApiClient, me: Citizen, hired: Hired, calls: int) -> None:
    delivery, key = parcel(client, me, hired), {"Idempotency-Key": new_id()}
    path = f"/v1/deliveries/{delivery.delivery_id}/cancel"
    crashing(lambda: client.post(path, {}, token=me.token, headers=key), calls)
    assert client.post(path, {}, token=me.token, headers=key).json()["status"] == "cancelled"
    sent = [message.type for message in OUTBOX.load_all(delivery.delivery_id)]
    assert sent == ["delivery.requested", "delivery.cancelled"]
    assert len(storage.load_entries(delivery.delivery_id)) == 2


@pytest.mark.parametrize("calls", range(5))
def test_a_crash_while_a_report_is_kept(
    client: ApiClient, me: Citizen, hired: Hired, calls: int
) -> None:
    delivery, at = parcel(client, me, hired), datetime.now(UTC)

    def tell() -> Answer:
        return report(client, hired, delivery.delivery_id, "accepted", at, "msg_1")

    crashing(tell, calls)
    assert tell().json()["result"] in ("applied", "duplicate")
    assert tell().json()["result"] == "duplicate"
    found = stored(delivery.delivery_id)
    assert (found.status, found.events, found.version) == (DeliveryStatus.ACCEPTED, 1, 2)


def again(act: Callable[[], object]) -> None:
    """Do it until it is done, as queues and timers do."""
    for _ in range(100):
        with suppress(Problem, PynamoDBException):
            act()
            return
    raise AssertionError


def test_all_of_it_while_every_second_call_fails(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    case_id = new_case(me)
    with every_second_call_fails():
        made = ask(client, me, case_id, hired, "the-only-key")
        assert made.status == 201
        delivery_id = made.json()["delivery_id"]
        again(lambda: send(hired))
        for status in ("accepted", "picked_up", "delivered"):
            assert report(client, hired, delivery_id, status).status == 200
        entries: list[Entry] = []
        again(lambda: entries.extend(storage.load_entries(delivery_id)))
        for entry in entries:
            again(partial(handlers.follow_up, of_entry(entry), datetime.now(UTC)))
    # A lease whose answer was lost is nobody's until it ends.
    send(hired, datetime.now(UTC) + timedelta(seconds=61))
    assert stored(delivery_id).status is DeliveryStatus.DELIVERED
    assert len(hired.inbox.effects) == 1
    assert stored(delivery_id).events == 3


def test_reports_at_once_are_all_kept(client: ApiClient, me: Citizen, hired: Hired) -> None:
    delivery, began = parcel(client, me, hired), datetime.now(UTC) - timedelta(hours=1)
    journey = ("accepted", "picked_up", "in_transit", "out_for_delivery", "attempt_failed")

    def tell(number: int) -> None:
        at = began + timedelta(minutes=number % 5)
        name = f"msg_{number % 5}"
        # A courier asks again what was too busy.
        while (
            report(client, hired, delivery.delivery_id, journey[number % 5], at, name).status != 200
        ):
            continue

    at_once(10, tell)
    found = stored(delivery.delivery_id)
    assert (found.status, found.events) == (DeliveryStatus.ATTEMPT_FAILED, 5)


def test_the_events_of_a_delivery_count_once_in_any_order(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    delivery = parcel(client, me, hired)
    for status in ("picked_up", "attempt_failed", "delivered"):
        report(client, hired, delivery.delivery_id, status)
    events = [of_entry(entry) for entry in storage.load_entries(delivery.delivery_id)]
    for event in (*reversed(events), *events):
        handlers.follow_up(event, datetime.now(UTC))
    today = datetime.fromisoformat(events[0].at).date()
    [row] = [
        row for row in storage.load_daily_counts(today, today) if row.courier_id == hired.courier_id
    ]
    assert row.area == hired.area
    assert {
        name: count for name, count in row.counts.items() if count and "second" not in name
    } == {
        "requested": 1,
        "delivered": 1,
        "attempts_failed": 1,
    }
    assert OUTBOX.load_health(hired.courier_id).load == 0


def test_what_is_reported_after_the_end_adds_to_no_times(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    delivery, now = parcel(client, me, hired), datetime.now(UTC)
    minutes = {"picked_up": -9, "delivered": 3, "in_transit": 0, "out_for_delivery": 2}
    for status, at in minutes.items():
        moment = now + timedelta(minutes=at)
        assert report(client, hired, delivery.delivery_id, status, moment).status == 200
    entries = storage.load_entries(delivery.delivery_id)
    assert entries[-1].type == "delivery.report_kept"
    for entry in entries:
        handlers.follow_up(of_entry(entry), now)
    today = datetime.fromisoformat(entries[0].at).date()
    [row] = [
        row for row in storage.load_daily_counts(today, today) if row.courier_id == hired.courier_id
    ]
    assert row.counts["seconds_on_the_way"] == 12 * 60
    assert 180 <= row.counts["seconds_to_door"] < 300


@pytest.mark.parametrize("calls", range(8))
def test_a_crash_while_an_issued_case_is_followed(
    client: ApiClient, me: Citizen, hired: Hired, calls: int
) -> None:
    address = {**hired.address, "division_code": "330203"}
    case_id = new_case(me, delivery=address)
    issued = Event(case_id, 5, "case.issued", "2026-12-01T09:00:00+08:00", "staff:x", {})
    with suppress(Crash), crash_after(calls):
        handlers.follow_up(issued, datetime.now(UTC))
    handlers.follow_up(issued, datetime.now(UTC))
    assert len(storage.list_of(me.citizen_id)) == 1


def test_a_silent_parcel(client: ApiClient, me: Citizen, hired: Hired) -> None:
    delivery, now = parcel(client, me, hired), datetime.now(UTC)
    send(hired)
    jobs.watch(now + timedelta(hours=23))
    assert not stored(delivery.delivery_id).asked
    for _ in range(2):
        jobs.watch(now + timedelta(hours=25))
    assert stored(delivery.delivery_id).asked
    send(hired, now + timedelta(hours=25))
    assert hired.inbox.types == ["delivery.requested", "delivery.status_requested"]
    for _ in range(2):
        jobs.watch(now + timedelta(hours=50))
    found = stored(delivery.delivery_id)
    assert (found.flag, found.version) == ("silent", 3)
    report(client, hired, delivery.delivery_id, "accepted")
    assert stored(delivery.delivery_id).flag is None


def test_what_waited_is_released_when_the_case_is_issued(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    case_id = new_case(me, CaseStatus.APPROVED)
    made = ask(client, me, case_id, hired).json()
    case_record(replace(cases.load(case_id), status=CaseStatus.ISSUED)).save()
    issued = Event(case_id, 5, "case.issued", "2026-12-01T09:00:00+08:00", "staff:x", {})
    for _ in range(2):
        handlers.follow_up(issued, datetime.now(UTC))
    send(hired)
    assert hired.inbox.types == ["delivery.requested"]
    shown = client.get(f"/v1/deliveries/{made['delivery_id']}", token=me.token).json()
    assert not shown["waiting_for_result"]


def issue(case_id: str, hall: str = HALL) -> None:
    case_record(replace(cases.load(case_id), status=CaseStatus.ISSUED, office_id=hall)).save()
    issued = Event(case_id, 5, "case.issued", "2026-12-01T09:00:00+08:00", "staff:x", {})
    for _ in range(2):
        handlers.follow_up(issued, datetime.now(UTC))
        assert handlers.arrived(issued)


@pytest.mark.parametrize("named", [True, False])
def test_what_waited_goes_to_another_where_its_courier_takes_nothing_any_more(
    client: ApiClient, me: Citizen, hired: Hired, receiver: Receiver, admin: str, *, named: bool
) -> None:
    case_id = new_case(me, CaseStatus.APPROVED)
    more = {"courier_id": hired.courier_id} if named else {}
    delivery_id = ask(client, me, case_id, hired, **more).json()["delivery_id"]
    other = hire(client, receiver, admin, division_codes=[hired.area])
    assert client.post(f"/v1/admin/couriers/{hired.courier_id}/pause", {}, token=admin).status < 300
    issue(case_id)
    assert stored(delivery_id).courier_id == other.courier_id
    send(other)
    assert other.inbox.types == ["delivery.requested"]
    client.post(f"/v1/admin/couriers/{hired.courier_id}/resume", {}, token=admin)
    send(hired)
    assert hired.inbox.types == []


@pytest.mark.parametrize("is_taken", [True, False])
def test_what_waited_is_fetched_where_its_case_is_now(
    client: ApiClient, me: Citizen, hired: Hired, admin: str, *, is_taken: bool
) -> None:
    """A case that was passed on takes its parcel along, and whoever sees to it is there too."""
    there, path = "hall-330203", f"/v1/admin/couriers/{hired.courier_id}"
    case_id = new_case(me, CaseStatus.APPROVED)
    delivery_id = ask(client, me, case_id, hired).json()["delivery_id"]
    if not is_taken:
        assert client.post(f"{path}/pause", {}, token=admin).status < 300
    issue(case_id, there)
    assert stored(delivery_id).office_id == there
    if is_taken:
        send(hired)
        [message] = hired.inbox.got
        assert message.body["data"]["office"]["office_id"] == there
    else:
        handlers.follow_up(of_entry(storage.load_entries(delivery_id)[-1]), datetime.now(UTC))
        alert = supervision.find_alert(delivery_id, "parcel_no_courier")
        assert alert
        assert alert.office_id == there


def test_what_waited_and_nobody_takes_is_shown_to_staff(
    client: ApiClient, me: Citizen, hired: Hired, admin: str
) -> None:
    case_id = new_case(me, CaseStatus.APPROVED)
    delivery_id = ask(client, me, case_id, hired).json()["delivery_id"]
    path = f"/v1/admin/couriers/{hired.courier_id}"
    assert client.post(f"{path}/pause", {}, token=admin).status < 300
    issue(case_id)
    found = stored(delivery_id)
    assert (found.courier_id, found.flag, found.released) == (None, "no_courier", True)
    released = of_entry(storage.load_entries(delivery_id)[-1])
    handlers.follow_up(released, datetime.now(UTC))
    assert handlers.arrived(released)
    alert = supervision.find_alert(delivery_id, "parcel_no_courier")
    assert alert
    assert alert.cleared_at is None
    client.post(f"{path}/resume", {}, token=admin)
    body = {"courier_id": hired.courier_id}
    given = client.post(f"/v1/admin/deliveries/{delivery_id}/assign", body, token=admin)
    assert given.status == 200, given.body
    send(hired)
    assert hired.inbox.types == ["delivery.requested"]


def test_what_had_no_courier_has_one_once_it_may_go(
    client: ApiClient, me: Citizen, hired: Hired, admin: str
) -> None:
    case_id = new_case(me, CaseStatus.APPROVED, delivery=hired.address)
    path, now = f"/v1/admin/couriers/{hired.courier_id}", datetime.now(UTC)
    assert client.post(f"{path}/pause", {}, token=admin).status < 300
    made = creation.begin(
        cases.load(case_id), Address(**hired.address), "test", Attempt(new_id(), "x"), now
    )
    assert made
    assert (made.courier_id, made.flag) == (None, "no_courier")
    client.post(f"{path}/resume", {}, token=admin)
    issue(case_id)
    found = stored(made.delivery_id)
    assert (found.courier_id, found.flag) == (hired.courier_id, None)


def test_what_nobody_waits_for_is_called_off(client: ApiClient, me: Citizen, hired: Hired) -> None:
    delivery = parcel(client, me, hired)
    over = Event(
        delivery.case_id, 5, "case.withdrawn", "2026-12-01T09:00:00+08:00", "citizen:x", {}
    )
    for _ in range(2):
        handlers.follow_up(over, datetime.now(UTC))
    assert stored(delivery.delivery_id).status is DeliveryStatus.CANCELLED
    send(hired)
    assert hired.inbox.types == ["delivery.requested", "delivery.cancelled"]


def test_asking_costs_two_trips_and_ten_units(client: ApiClient, me: Citizen, hired: Hired) -> None:
    parcel(client, me, hired)
    case_id = new_case(me)
    directory.everyone(), directory.health()
    with metered() as cost:
        answer = ask(client, me, case_id, hired)
    assert answer.status == 201
    assert cost.trips <= 2, cost.calls
    # Two of them note the key, as the id follows from the case.
    assert cost.wcu <= 10


def test_a_report_costs_little(client: ApiClient, me: Citizen, hired: Hired) -> None:
    delivery = parcel(client, me, hired)
    report(client, hired, delivery.delivery_id, "accepted")
    with metered() as cost:
        assert report(client, hired, delivery.delivery_id, "picked_up").status == 200
    assert cost.trips <= 3, cost.calls
    assert cost.wcu <= 8


def test_no_personal_data_in_logs_and_entries(
    client: ApiClient, me: Citizen, hired: Hired, capfd: pytest.CaptureFixture[str]
) -> None:
    delivery = parcel(client, me, hired)
    report(client, hired, delivery.delivery_id, "delivered", note="张小明家的邻居代收 13800001234")
    send(hired)
    entries = str(storage.load_entries(delivery.delivery_id))
    written = "".join(capfd.readouterr())
    for private in ("张小明", "13800001234", "中山西路"):
        assert private not in entries
        assert private not in written
    assert len(creation.id_of("c" * 20, "to_citizen", 3)) == DELIVERY_ID_LENGTH
