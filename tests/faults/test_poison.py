"""One record that nobody can read must not keep the others waiting."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Seat, parse_slot_id
from chalicelib.appointments.waiting import storage as waiting
from chalicelib.cases.storage._records import TABLE as CASES
from chalicelib.core import parallel, worker
from chalicelib.core.ids import new_id
from chalicelib.deliveries.couriers.service import directory as couriers
from chalicelib.deliveries.storage._records import TABLE as DELIVERIES
from chalicelib.deliveries.storage._records import delivery_keys
from chalicelib.enquiries.storage._records import TABLE as ENQUIRIES
from chalicelib.notifications.storage._records import DUE
from chalicelib.notifications.storage._records import TABLE as NOTIFICATIONS
from chalicelib.payments.bills.service import issuers
from chalicelib.payments.bills.storage._records import TABLE as BILLS
from chalicelib.payments.storage._records import TABLE as PAYMENTS
from chalicelib.payments.storage._records import payment_keys
from chalicelib.subscribers.service.accounts import DIRECTORY as SUBSCRIBERS
from chalicelib.subscribers.storage import TABLE as SUBSCRIBED
from infra.local.engine import Engine
from tests.appointments.world import HALL, new_slot, seats
from tests.faults.world import poison, set_aside
from tests.support import functions
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock

LATER = MONDAY + timedelta(minutes=30)


@pytest.mark.parametrize("keys", [("S#nonsense", "x"), ("S#a#b", "2#x")])
def test_a_slot_that_nobody_can_read_does_not_stop_the_sweep(
    client: ApiClient, morning: TestClock, lines: list[dict[str, Any]], keys: tuple[str, str]
) -> None:
    slot, orphan = new_slot(2), new_id()
    key = parse_slot_id(slot)
    assert key
    assert storage.take_seat(Seat(key, 0, orphan), MONDAY)
    with poison(storage._records.TABLE.name, keys, sweep="0", sweep_at=1):
        functions.run("release_expired", LATER)
    assert set_aside(lines, "release_expired") == [keys[0]]
    assert seats(slot) == set()
    assert sum(line.get("orphans", 0) for line in lines) >= 1
    assert storage.closed_until(HALL) is not None


def test_a_payment_that_nobody_can_read(engine: Engine, lines: list[dict[str, Any]]) -> None:
    bad = new_id(16)
    with poison(PAYMENTS.name, payment_keys(bad), ask="0", ask_at=1):
        functions.run("reconcile_payments", LATER)
    assert bad in set_aside(lines, "reconcile_payments")


def test_a_case_that_nobody_can_read(engine: Engine, lines: list[dict[str, Any]]) -> None:
    bad = new_id(16)
    with poison(CASES.name, (f"K#{bad}", "case"), watch="0", watch_at=1):
        functions.run("watch_deadlines", LATER)
    assert bad in set_aside(lines, "watch_deadlines")


def test_a_parcel_that_nobody_can_read(engine: Engine, lines: list[dict[str, Any]]) -> None:
    bad = new_id(32)
    lane = {"lane": f"H#{HALL}", "turn": "2#0000000001"}
    with poison(DELIVERIES.name, delivery_keys(bad), **lane):
        functions.run("watch_deliveries", LATER)
    assert bad in set_aside(lines, "watch_deliveries")


def test_an_enquiry_that_nobody_can_read(engine: Engine, lines: list[dict[str, Any]]) -> None:
    bad = f"Q#{new_id(16)}"
    lane = {"work": f"{HALL}#received", "work_at": "0000000001"}
    with poison(ENQUIRIES.name, (bad, "enquiry"), **lane):
        functions.run("watch_enquiries", LATER)
    assert set_aside(lines, "watch_enquiries") == [bad]


def test_a_reminder_that_nobody_can_read(engine: Engine, lines: list[dict[str, Any]]) -> None:
    bad = f"R{new_id(8)}"
    with poison(NOTIFICATIONS.name, ("C#x", bad), bucket=DUE.of("x"), due_at=1):
        functions.run("send_reminders", MONDAY)
    assert bad in set_aside(lines, "send_reminders")


@pytest.mark.parametrize("room", [couriers, issuers.DIRECTORY, SUBSCRIBERS])
def test_an_account_that_nobody_can_read_stops_no_other(
    engine: Engine, lines: list[dict[str, Any]], room: Any
) -> None:
    table = {"courier": DELIVERIES, "issuer": BILLS, "subscriber": SUBSCRIBED}
    directory = getattr(room, "DIRECTORY", room)
    before = {one.account_id for one in directory.storage.load_all()}
    with poison(table[directory.noun].name, ("K", "K#bad")):
        directory.forget()
        assert {one.account_id for one in directory.everyone()} == before
    directory.forget()
    assert set_aside(lines, f"send_{directory.noun}_messages") == ["K#bad"]


def test_a_place_in_a_line_that_nobody_can_read(
    engine: Engine, lines: list[dict[str, Any]]
) -> None:
    line = f"W#{HALL}#poisoned"
    with poison(storage._records.TABLE.name, (line, "x")):
        assert waiting.line_of(HALL, "poisoned") == []
    assert set_aside(lines, "release_expired") == [f"{line}/x"]


def test_a_slot_that_nobody_can_read_hides_no_other(
    client: ApiClient, morning: TestClock, lines: list[dict[str, Any]]
) -> None:
    key = parse_slot_id(new_slot(2))
    assert key
    partition, day = f"S#{key.office_id}#{key.category}", key.start.strftime("%Y%m%d")
    with poison(storage._records.TABLE.name, (partition, f"{day}x")):
        found = storage.load_slots(key.office_id, key.category, day, f"{day}~")
    assert key in [one.key for one in found]
    assert set_aside(lines, "generate_slots") == [f"{partition}/{day}x"]


@pytest.mark.parametrize("through", [None, parallel.map_concurrently])
def test_the_rest_goes_on(lines: list[dict[str, Any]], through: Any) -> None:
    done = worker.each("compare_books", range(-5, 6), lambda n: 10 // n, through=through)
    assert done == [10 // n for n in range(-5, 6) if n]
    assert set_aside(lines, "compare_books") == ["0"]
    assert worker.each("compare_books", [], lambda n: 10 // n) == []
