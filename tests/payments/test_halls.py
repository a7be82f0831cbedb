"""Payments go with their case or booking to another hall, and with them all that is open."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.appointments import service as appointments
from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Slot, SlotKey, parse_slot_id
from chalicelib.appointments.service import lookup
from chalicelib.core import dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.events import Event
from chalicelib.core.ids import new_id
from chalicelib.payments import handlers
from chalicelib.payments.service import halls
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import Alert
from tests.payments import outside
from tests.payments.paying import FEE, agree, refund, token, waiting
from tests.payments.world import World, desk, raised
from tests.support.cases import HALL
from tests.support.faults import Crash, crash_after

OTHER = "hall-330203"
PART = 100


def far() -> str:
    """Return a fresh token of a supervisor of the other hall, who has given back nothing yet."""
    who = Staff(new_id(), frozenset({"supervisor"}), frozenset({OTHER}))
    return dependencies.tokens().issue(who, dependencies.clock().now())


def pass_on(world: World, payment: dict[str, Any]) -> None:
    path = f"/v1/admin/cases/{payment['case_id']}/transfer"
    body, headers = {"office_id": OTHER, "note": "属于该区办理"}, {"Idempotency-Key": new_id()}
    assert world.client.post(path, body, token=desk(), headers=headers).status == 200


def test_the_hall_that_has_a_case_now_gives_its_fee_back(world: World) -> None:
    payment = world.succeeded()
    payment_id, client = payment["payment_id"], world.client
    assert refund(client, far(), payment_id, PART).status == 404
    pass_on(world, payment)
    world.work()
    assert refund(client, desk(), payment_id, PART).status == 404
    assert refund(client, far(), payment_id, PART).status == 201
    assert client.get(f"/v1/admin/payments/{payment_id}", token=far()).status == 200
    world.hear()
    world.check(payment, "succeeded", back=PART)


def test_what_waits_for_a_second_person_waits_where_the_case_is(world: World) -> None:
    payment = world.succeeded()
    payment_id = payment["payment_id"]
    asked = refund(world.client, desk(), payment_id, FEE).json()
    assert asked["needs_approval"]
    alert = Alert(asked["refund_id"], "refund_failed", "fee", HALL, dependencies.clock().now())
    supervision.raise_alert(alert)
    pass_on(world, payment)
    world.work()
    here, there = (
        [one["refund_id"] for one in waiting(world.client, who, hall)]
        for who, hall in ((desk(), HALL), (far(), OTHER))
    )
    assert asked["refund_id"] not in here
    assert asked["refund_id"] in there
    found = supervision.find_alert(asked["refund_id"], "refund_failed")
    assert found
    assert (found.office_id, raised(asked["refund_id"])) == (OTHER, {"refund_failed"})
    assert agree(world.client, far(), asked["refund_id"]).status == 200
    assert asked["refund_id"] not in [
        one["refund_id"] for one in waiting(world.client, far(), OTHER)
    ]
    world.hear()
    world.check(payment, "succeeded", back=FEE)


@pytest.mark.parametrize("calls", range(6))
def test_a_crash_on_the_way_leaves_nothing_behind(world: World, calls: int) -> None:
    payment = world.succeeded()
    pass_on(world, payment)
    now = dependencies.clock().now()
    try:
        with crash_after(calls):
            halls.follow_case(payment["case_id"], now)
    except Crash:
        assert not halls.has_followed_case(payment["case_id"]) or calls
    halls.follow_case(payment["case_id"], now)
    halls.follow_case(payment["case_id"], now)
    assert halls.has_followed_case(payment["case_id"])
    assert world.kept(payment).office_id == OTHER
    world.check(payment, "succeeded")


def slot_of(hall: str) -> SlotKey:
    key = parse_slot_id(f"{hall}.property.{outside.MONDAY + timedelta(days=1):%Y%m%d}1007")
    assert key
    storage.create_slots([Slot(key, 0, key.start + timedelta(minutes=15), 4)])
    return key


def test_a_booking_that_moved_to_another_hall_takes_its_payment_along(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does whose own hall closed, and who was offered another."""
    client, me = world.client, world.me
    slot_id = slot_of(HALL).slot_id
    body = {"service_id": "property-transfer", "office_id": HALL, "slot_id": slot_id}
    made = client.post("/v1/appointments", body, token=token(me), headers=key()).json()
    booked = {"appointment_id": made["appointment_id"], "method": "card", "client": "web"}
    payment = client.post("/v1/payments", booked, token=token(me), headers=key()).json()
    assert outside.act(payment["action"]) == 200
    world.ask(payment)
    world.work()
    there = lookup.load(made["appointment_id"])
    moved = replace(there, slot=slot_of(OTHER))
    monkeypatch.setattr(appointments, "load", lambda _: moved)
    event = Event(there.appointment_id, there.version + 1, "appointment.rescheduled", "", "", {})
    assert not handlers.arrived(event)
    handlers.follow_up(event, dependencies.clock().now())
    assert handlers.arrived(event)
    assert refund(client, desk(), payment["payment_id"], PART).status == 404
    assert refund(client, far(), payment["payment_id"], PART).status == 201


def key() -> dict[str, str]:
    return {"Idempotency-Key": new_id()}
