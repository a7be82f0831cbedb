"""Whoever pays for a held seat of a hall that closes is told, and the money goes back."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.jobs import release
from chalicelib.appointments.service import slot_alignment, timetable
from chalicelib.catalogue import service as catalogue
from chalicelib.core import dependencies
from chalicelib.core.events import of_entry
from chalicelib.core.ids import new_id
from chalicelib.identity.staff import service as staff
from chalicelib.notifications import service as notifications
from infra.local.stand_ins.trades import Trades
from tests.payments import outside
from tests.payments.outside import MONDAY
from tests.payments.paying import shown, token, yuan
from tests.support import functions
from tests.support.cases import HALL
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import Citizen, log_in, log_in_staff, new_code

FEE = 8000
DAY = MONDAY + timedelta(days=1)
EVENING = datetime.fromisoformat("2026-12-09T01:00:00+08:00")
Held = tuple[Citizen, dict[str, Any]]
Close = Callable[[bool], None]


@pytest.fixture
def held(client: ApiClient, money: Trades, monkeypatch: pytest.MonkeyPatch) -> Held:
    """A citizen who holds a seat of the next day and has begun to pay for it."""
    for room in (slot_alignment, timetable):
        monkeypatch.setattr(room, "HORIZON_DAYS", 3)
    slot_alignment.realign(HALL, MONDAY)
    outside.skip()
    for office in catalogue.current().offices:
        last = MONDAY if office == HALL else MONDAY + timedelta(days=99)
        storage.set_closed_until(office, f"{last:%Y%m%d}")
    me = log_in(client)
    path = f"/v1/offices/{HALL}/availability?service_id=property-transfer&from={DAY.date()}&days=1"
    [day] = client.get(path).json()["days"]
    slot = next(one for one in day["slots"] if one["state"] == "open")["slot_id"]
    body = {"service_id": "property-transfer", "office_id": HALL, "slot_id": slot}
    headers = {"Idempotency-Key": new_id()}
    seat = client.post("/v1/appointments", body, token=me.token, headers=headers).json()
    assert seat["status"] == "held"
    asked = {"appointment_id": seat["appointment_id"], "method": "wechat_pay", "client": "web"}
    answer = client.post("/v1/payments", asked, token=me.token)
    assert answer.status == 201, answer.body
    return me, answer.json()


@pytest.fixture
def close(client: ApiClient, money: Trades) -> Iterator[Close]:
    """Close the hall on the day of the seat; it opens again after the test."""
    name, made = new_code(), []
    staff.add_staff(name, "onetrip-demo", frozenset({"supervisor"}), frozenset({HALL}))

    def act(cancel: bool) -> None:
        body = {"from": str(DAY.date()), "to": str(DAY.date()), "reason": "台风"}
        path = f"/v1/admin/offices/{HALL}/closures"
        answer = client.post(
            path,
            {**body, "cancel_affected": cancel},
            token=log_in_staff(client, name),
            headers={"Idempotency-Key": new_id()},
        )
        assert answer.status == 201, answer.body
        made.append(f"{path}/{answer.json()['closures'][-1]['closure_id']}")

    yield act
    for closure in made:
        assert client.send("DELETE", closure, token=log_in_staff(client, name)).status == 200


def status(held: Held) -> str:
    found = storage.load(held[1]["appointment_id"])
    assert found
    return found.status


def gone_back(client: ApiClient, held: Held) -> None:
    """Wait until the fee has gone back once, and nothing is open for the person."""
    me, payment = held
    payment_id = payment["payment_id"]
    outside.until(lambda: shown(client, me, payment_id)["amount_refunded"] == yuan(FEE))
    outside.work()
    assert len(shown(client, me, payment_id)["refunds"]) == 1
    found = storage.load(payment["appointment_id"])
    assert found
    guard = storage.load_guard(found.person)
    assert (guard.services, guard.times, guard.no_shows) == (frozenset(),) * 3


def told(held: Held) -> bool:
    """Tell whether the appointment's own events let the citizen know that the hall cancelled."""
    me, payment = held
    for entry in storage.load_entries(payment["appointment_id"]):
        notifications.on_event(of_entry(entry), dependencies.clock().now())
    items = notifications.inbox(me.citizen_id, None, 9).items
    return [one.event for one in items].count("appointment.cancelled") == 1


def test_who_pays_after_the_hall_cancelled_has_the_money_back(
    client: ApiClient, held: Held, close: Close
) -> None:
    close(True)
    assert (status(held), told(held)) == ("cancelled", True)
    assert outside.act(held[1]["action"]) == 200
    gone_back(client, held)
    assert status(held) == "cancelled"


def test_who_pays_for_what_stands_has_the_money_back_when_the_day_is_over(
    client: ApiClient, held: Held, close: Close, clock: TestClock
) -> None:
    close(False)
    assert outside.act(held[1]["action"]) == 200
    outside.until(lambda: status(held) == "booked")
    clock.set(EVENING)
    release.release_expired(EVENING)
    assert (status(held), told(held)) == ("cancelled", True)
    gone_back(client, held)


@pytest.mark.parametrize("closed", [True, False])
def test_money_that_is_known_after_the_day_was_closed_goes_back(
    client: ApiClient, held: Held, close: Close, clock: TestClock, *, closed: bool
) -> None:
    if closed:
        close(False)
    with outside.mode("silent"):
        assert outside.act(held[1]["action"]) == 200
    clock.set(EVENING)
    release.release_expired(EVENING)
    # Who was asked for a new time and did not answer is cancelled by the hall.
    assert status(held) == ("cancelled" if closed else "held")
    functions.run("reconcile_payments", EVENING)
    gone_back(client, held)
    me, payment = held
    path = f"/v1/appointments/{payment['appointment_id']}"
    ended = client.get(path, token=token(me)).json()["status"]
    assert ended == ("cancelled" if closed else "expired")
