"""The budget table of the design, kept: trips and capacity units of each operation."""

from datetime import datetime, timedelta

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Seat, SlotKey, parse_slot_id
from chalicelib.appointments.service import timetable
from chalicelib.catalogue import service as catalogue
from chalicelib.core.http_messages import BodyModel
from chalicelib.core.ids import new_id
from tests.appointments.world import HALL, book, clerk, new_slot, remember_for_ever, seats
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.meter import metered
from tests.support.people import log_in
from tests.support.walk import entered


def test_booking(client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch) -> None:
    remember_for_ever(monkeypatch)
    me, slot = log_in(client), new_slot()
    with metered() as cost:
        assert book(client, me, slot).status == 201
    assert cost.wcu <= 8
    assert cost.rcu <= 1
    assert cost.trips <= 2


def test_a_slot_known_to_be_full_costs_nothing(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_for_ever(monkeypatch)
    slot = new_slot(1)
    book(client, log_in(client), slot)
    late, later = log_in(client), log_in(client)
    assert book(client, late, slot).code == "slot_full"
    with metered() as cost:
        assert book(client, later, slot).code == "slot_full"
    assert (cost.wcu, cost.rcu, cost.trips) == (0, 0, 0)


def test_cancelling(client: ApiClient, morning: TestClock) -> None:
    me = log_in(client)
    path = book(client, me, new_slot()).headers["location"]
    with metered() as cost:
        assert client.post(f"{path}/cancel", {}, token=me.token).status == 200
    assert cost.wcu <= 8
    assert cost.rcu <= 1
    assert cost.trips <= 3


def test_check_in_by_pass(client: ApiClient, morning: TestClock) -> None:
    me = log_in(client)
    path = book(client, me, new_slot()).headers["location"]
    text = client.get(f"{path}/pass", token=me.token).json()["pass"]
    start = client.get(path, token=me.token).json()["start"]
    morning.set(datetime.fromisoformat(start))
    desk = clerk(client)
    with metered() as cost:
        answer = client.post("/v1/admin/checkins", {"pass": text}, token=desk)
    assert answer.json()["result"] == "ok"
    assert cost.wcu <= 7
    assert cost.rcu <= 1
    assert cost.trips <= 2


def test_a_week_half_taken(client: ApiClient, morning: TestClock) -> None:
    hall, now = "hall-330203", MONDAY
    group = catalogue.group(hall, "identity")
    office = catalogue.office(hall)
    wanted = list(timetable.slots_of(office, group, now.date()))[:200]
    storage.create_slots(wanted)
    for slot in wanted:
        for _ in range(group.capacity // 2):
            assert storage.take_seat(Seat(slot.key, 0, new_id()), now)
    path = f"/v1/offices/{hall}/availability?service_id=id-card-renewal&days=7"
    with metered() as cost:
        days = client.get(path).json()["days"]
    assert sum(len(day["slots"]) for day in days) > 100
    assert cost.wcu == 0
    assert cost.rcu <= 6
    assert cost.trips == 1


def test_listing_mine_with_twenty(client: ApiClient, morning: TestClock) -> None:
    me = log_in(client)
    for _ in range(20):
        path = book(client, me, new_slot()).headers["location"]
        client.post(f"{path}/cancel", {}, token=me.token)
    with metered() as cost:
        items = client.get("/v1/appointments?limit=20", token=me.token).json()["items"]
    assert len(items) == 20
    assert cost.rcu <= 4
    assert cost.trips == 1


def test_a_shard_holds_32(client: ApiClient) -> None:
    slot = new_slot(32)
    key = parse_slot_id(slot)
    assert key
    for _ in range(32):
        assert storage.take_seat(Seat(key, 0, new_id()), MONDAY + timedelta(hours=1))
    assert storage.take_seat(Seat(key, 0, new_id()), MONDAY) is None
    assert len(seats(slot)) == 32
    assert HALL in slot


def test_a_slot_id_passes_few_functions_and_each_thing_is_loaded_once(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_for_ever(monkeypatch)
    me = log_in(client)
    # The code is loaded, and the catalogue is known.
    assert book(client, log_in(client), new_slot()).status == 201
    slot = new_slot()
    key = parse_slot_id(slot)

    def carries(given: object) -> bool:
        named = [given.slot] if isinstance(given, Seat) else [given]
        named += [getattr(given, "slot_id", "")] if isinstance(given, BodyModel) else []
        return any(one in (slot, key) for one in named if isinstance(one, str | SlotKey))

    with metered() as cost, entered(carries) as noted:
        assert book(client, me, slot).status == 201
    assert [*cost.calls] == ["UpdateItem", "TransactWriteItems"]
    assert 4 <= len(noted) <= 12, noted
    assert len({file for file, _ in noted}) <= 8, noted
