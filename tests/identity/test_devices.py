"""Devices of a hall: paired by a code, for check-in and tickets there and nothing else."""

import contextlib
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage as appointments
from chalicelib.core.auth import DEVICE, Staff
from chalicelib.core.errors import Forbidden
from chalicelib.core.ids import new_id
from chalicelib.core.routes import Routes
from chalicelib.identity.devices import domain, service, storage
from chalicelib.identity.devices.domain import Device, DeviceStatus
from chalicelib.identity.staff import service as staff
from tests.appointments.world import HALL, Hall, book, new_slot
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Crash, crash_after, lost_answer
from tests.support.people import log_in, log_in_staff, new_code

PATH = f"/v1/admin/offices/{HALL}/devices"
FAR = "hall-330100"


class Desk:
    """A supervisor of the hall, and the devices there."""

    def __init__(self, client: ApiClient, hall: str = HALL) -> None:
        self.client, self.name = client, new_code()
        roles = frozenset({"supervisor", "auditor"})
        staff.add_staff(self.name, "onetrip-demo", roles, frozenset({hall}))
        self.token = log_in_staff(client, self.name)

    def announce(self, key: str = "", hall: str = HALL, **body: Any) -> Answer:
        headers = {"Idempotency-Key": key or new_id()}
        path = f"/v1/admin/offices/{hall}/devices"
        return self.client.post(path, body, token=self.token, headers=headers)

    def pair(self, code: str, key: str = "", hall: str = HALL) -> Answer:
        headers = {"Idempotency-Key": key or new_id()}
        return self.client.post("/v1/devices", {"office_id": hall, "code": code}, headers=headers)

    def device(self) -> Any:
        return self.pair(self.announce(name="自助机").json()["code"]).json()

    def listed(self) -> dict[str, str]:
        items = self.client.get(PATH, token=self.token).json()["items"]
        return {one["device_id"]: one["status"] for one in items}


@pytest.fixture
def desk(client: ApiClient, morning: TestClock) -> Desk:
    return Desk(client)


def test_a_device_is_announced_paired_and_removed(desk: Desk) -> None:
    announced = desk.announce("a-new-device", name="入口")
    made = announced.json()
    assert (announced.status, made["name"], len(made["code"])) == (201, "入口", 8)
    good_for = datetime.fromisoformat(made["expires_at"]) - MONDAY
    assert timedelta(minutes=10) <= good_for < timedelta(minutes=11)
    again = desk.announce("a-new-device", name="入口")
    assert (again.json(), again.headers["idempotency-replayed"]) == (made, "true")
    assert desk.announce("a-new-device", name="别处").code == "idempotency_key_reused"
    assert desk.listed()[made["device_id"]] == "waiting"
    typed = f"{made['code'][:4].lower()} {made['code'][4:]}"
    paired = desk.pair(typed, "typed-at-the-device")
    assert (paired.status, paired.json()["office_id"]) == (201, HALL)
    # The answer may be lost; the same typing is answered the same, and no other.
    replay = desk.pair(typed, "typed-at-the-device")
    assert (replay.status, replay.headers["idempotency-replayed"]) == (201, "true")
    assert {**replay.json(), "expires_in": 0} == {**paired.json(), "expires_in": 0}
    assert desk.pair(made["code"]).status == 422
    assert desk.listed()[made["device_id"]] == "paired"
    path = f"{PATH}/{made['device_id']}"
    statuses = [desk.client.send("DELETE", path, token=desk.token).status for _ in range(2)]
    assert statuses == [204, 204]
    assert made["device_id"] not in desk.listed()
    token = paired.json()["access_token"]
    refused = desk.client.post("/v1/admin/checkins", {"pass": "x"}, token=token)
    assert (refused.status, refused.code) == (401, "unauthenticated")
    body = {"refresh_token": paired.json()["refresh_token"]}
    assert desk.client.post("/v1/login/refresh", body).code == "invalid_refresh_token"
    entries = storage.load_entries(HALL, made["device_id"])
    assert [one.type for one in entries] == ["device.announced", "device.paired", "device.removed"]
    assert [one.actor.partition(":")[0] for one in entries] == ["staff", "device", "staff"]
    kept = service.history_of(f"device:{HALL}/{made['device_id']}")
    assert kept
    assert (kept.office_id, list(kept.entries)) == (HALL, entries)


def test_a_log_in_goes_on_by_its_refresh_token(desk: Desk) -> None:
    pair = desk.device()
    renewed = desk.client.post("/v1/login/refresh", {"refresh_token": pair["refresh_token"]})
    assert renewed.status == 200, renewed.body
    fresh = renewed.json()
    assert (fresh["device_id"], fresh["office_id"]) == (pair["device_id"], HALL)
    scanned = desk.client.post("/v1/admin/checkins", {"pass": "x"}, token=fresh["access_token"])
    assert scanned.json() == {"result": "refused", "reason": "invalid", "appointment": None}


@pytest.mark.parametrize("body", [{"name": "x" * 61}, {"name": 5}, {"code": "x"}, {"name": None}])
def test_bad_announcements(desk: Desk, body: dict[str, Any]) -> None:
    assert desk.announce(**body).status == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"office_id": HALL},
        {"code": "AAAA2222"},
        {"office_id": HALL, "code": ""},
        {"office_id": HALL, "code": 5},
        {"office_id": "", "code": "AAAA2222"},
        {"office_id": "no-such-hall", "code": "AAAA2222"},
        {"office_id": "x" * 65, "code": "AAAA2222"},
    ],
)
def test_bad_pairings(desk: Desk, body: dict[str, Any]) -> None:
    answer = desk.client.post("/v1/devices", body)
    assert (answer.status, answer.code) == (422, "invalid_request")


def test_staff_of_another_hall_have_no_devices_here(desk: Desk) -> None:
    far = Desk(desk.client, FAR)
    assert far.announce().status == 404
    made = desk.announce().json()
    assert far.client.get(PATH, token=far.token).status == 404
    path = f"{PATH}/{made['device_id']}"
    assert far.client.send("DELETE", path, token=far.token).status == 404
    # A code is of its hall.
    assert desk.pair(made["code"], hall=FAR).status == 422
    assert desk.pair(made["code"]).status == 201


def test_a_code_is_good_for_ten_minutes(desk: Desk, morning: TestClock) -> None:
    late, last = desk.announce().json()["code"], desk.announce().json()["code"]
    # The clock goes on while codes are announced; the rule to the second stands below.
    morning.set(MONDAY + timedelta(minutes=9))
    assert desk.pair(last).status == 201
    morning.set(MONDAY + timedelta(minutes=12))
    assert desk.pair(late).json()["errors"][0]["code"] == "wrong_code"


def test_five_wrong_codes_a_minute_pause_pairing(desk: Desk, morning: TestClock) -> None:
    hall = "hall-330225"
    chief = Desk(desk.client, hall)
    code = chief.announce(hall=hall).json()["code"]
    refused = [chief.pair("AAAA2222", hall=hall).status for _ in range(6)]
    assert refused == [422] * 5 + [429]
    paused = chief.pair(code, hall=hall)
    assert (paused.status, paused.code) == (429, "too_many_requests")
    assert 0 < int(paused.headers["retry-after"]) <= 60
    # Nobody elsewhere is paused by it.
    assert desk.pair(desk.announce().json()["code"]).status == 201
    morning.set(MONDAY + timedelta(minutes=1))
    assert chief.pair(code, hall=hall).status == 201


@pytest.mark.parametrize("calls", range(7))
def test_a_crash_while_a_device_is_paired(desk: Desk, calls: int) -> None:
    code, key = desk.announce().json()["code"], new_id()
    with crash_after(calls), contextlib.suppress(Crash):
        desk.pair(code, key)
    answer = desk.pair(code, key)
    assert answer.status == 201, answer.body


@pytest.mark.parametrize("operation", ["TransactWriteItems", "PutItem"])
def test_a_lost_answer_pairs_once(desk: Desk, operation: str) -> None:
    code = desk.announce().json()["code"]
    with lost_answer(operation):
        assert desk.pair(code).status == 201


def test_no_other_route_knows_a_device() -> None:
    device = Staff("device:x", frozenset({DEVICE}), frozenset({HALL}))
    asked = {("POST", "/v1/admin/checkins"), ("POST", "/v1/admin/offices/{office_id}/tickets")}
    open_to = set()
    for (method, path), route in Routes.declared.items():
        if not route.access.asks_for_token or route.access.optional:
            continue
        with contextlib.suppress(Forbidden):
            route.access.check(device)
            open_to.add((method, path))
    assert open_to == asked


# -- at the device


@pytest.fixture
def hall(client: ApiClient, clock: TestClock) -> Hall:
    return Hall(client, clock)


def test_a_device_checks_in_by_pass_and_shows_no_person(
    client: ApiClient, desk: Desk, morning: TestClock
) -> None:
    me = log_in(client)
    path = book(client, me, new_slot()).headers["location"]
    text = client.get(f"{path}/pass", token=me.token).json()["pass"]
    morning.set(datetime.fromisoformat(client.get(path, token=me.token).json()["start"]))
    device = Desk(client).device()["access_token"]
    done = client.post("/v1/admin/checkins", {"pass": text}, token=device).json()
    assert done["result"] == "ok"
    ticket = done["appointment"]
    assert ticket["ticket_number"].startswith("A")
    persons = ("name", "phone", "acted_by", "for_member", "for_name", "by_name", "case_id")
    assert [ticket[one] for one in persons] == [None] * len(persons)
    again = client.post("/v1/admin/checkins", {"pass": text}, token=device).json()
    assert (again["reason"], again["appointment"]["ticket_number"]) == (
        "already_checked_in", ticket["ticket_number"],
    )  # fmt: skip
    mine = appointments.load_entries(path.rpartition("/")[2])[-1]
    assert mine.actor.startswith("staff:device:")


@pytest.mark.parametrize(
    "body", [{"appointment_id": "x"}, {"pass": "x", "override": {"reason": "晚点"}}]
)
def test_only_staff_decide_whom_to_let_in(desk: Desk, body: dict[str, Any]) -> None:
    token = desk.device()["access_token"]
    refused = desk.client.post("/v1/admin/checkins", body, token=token)
    assert (refused.status, refused.code) == (403, "forbidden")


def test_five_wrong_short_codes_a_minute_pause_the_device(hall: Hall) -> None:
    desk = Desk(hall.client, hall.office)
    me, mine = hall.booked(30)
    shown = hall.client.get(f"/v1/appointments/{mine}/pass", token=me.token).json()
    device, other = desk.device()["access_token"], desk.device()["access_token"]

    def typed(code: str, token: str = device) -> Answer:
        body = {"short_code": code, "office_id": hall.office}
        return hall.client.post("/v1/admin/checkins", body, token=token)

    wrong = f"{(int(shown['short_code']) + 1) % 10**6:06}"
    assert [typed(wrong).status for _ in range(6)] == [200] * 5 + [429]
    assert typed(shown["short_code"]).code == "too_many_requests"
    assert typed(shown["short_code"], other).json()["result"] == "ok"
    for _ in range(6):
        # What is right costs nothing.
        assert typed(shown["short_code"], other).json()["reason"] == "already_checked_in"


def test_a_device_gives_tickets_in_its_hall_alone(hall: Hall) -> None:
    desk = Desk(hall.client, hall.office)
    token, body = desk.device()["access_token"], {"service_id": "id-card-renewal"}
    given = hall.client.post(f"/v1/admin/offices/{hall.office}/tickets", body, token=token)
    assert given.status == 201, given.body
    assert given.json()["ticket_number"].startswith("W")
    elsewhere = hall.client.post(f"/v1/admin/offices/{FAR}/tickets", body, token=token)
    assert elsewhere.status == 404
    wrong = {"short_code": "123456", "office_id": FAR}
    done = hall.client.post("/v1/admin/checkins", wrong, token=token).json()
    assert (done["result"], done["reason"]) == ("refused", "wrong_office")


@pytest.mark.parametrize("change", ["moved", "demoted", "removed", "stays"])
def test_a_code_ends_with_the_rights_of_who_announced_the_device(
    client: ApiClient, morning: TestClock, change: str
) -> None:
    # Wrong codes are counted by hall.
    here = f"hall-{change}"
    desk = Desk(client, here)
    code = desk.announce(hall=here).json()["code"]
    if change == "removed":
        staff.remove_staff(desk.name)
    else:
        role = "clerk" if change == "demoted" else "supervisor"
        hall = FAR if change == "moved" else here
        staff.add_staff(desk.name, "onetrip-demo", frozenset({role}), frozenset({hall}))
    assert desk.pair(code, hall=here).status == (201 if change == "stays" else 422)


# -- the rules


def test_what_becomes_of_a_device() -> None:
    new = Device("hall", "d")
    waiting = domain.announce(new, "入口", "lin", MONDAY).new
    assert (waiting.name, waiting.status) == ("入口", DeviceStatus.WAITING)
    end = MONDAY + timedelta(minutes=10)
    assert waiting.waits(end - timedelta(seconds=1))
    assert not waiting.waits(end)
    assert not new.waits(MONDAY)
    assert domain.pair(waiting, end) is None
    decision = domain.pair(waiting, MONDAY)
    assert decision
    assert (decision.new.status, decision.new.paired_at) == (DeviceStatus.PAIRED, MONDAY)
    assert domain.pair(decision.new, MONDAY) is None
    removed = domain.remove(decision.new)
    assert removed
    assert removed.new.status is DeviceStatus.REMOVED
    assert domain.remove(removed.new) is None
    assert not removed.new.waits(MONDAY)
    assert (waiting.subject, waiting.subject_id) == ("hall/d", "device:hall/d")


@pytest.mark.parametrize("subject", ["device:", "device:hall", "staff:x", "", "device:hall/none"])
def test_what_is_no_device_has_no_history(client: ApiClient, subject: str) -> None:
    assert service.history_of(subject) is None
