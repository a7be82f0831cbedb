"""A visit to the hall, from the phone to the counter, through the run's own HTTP."""

from datetime import datetime, timedelta
from typing import Any

from tests.e2e.phone import Phone
from tests.support.system import System

HALL = "hall-330203"
SERVICE = "id-card-renewal"


def free_slots(phone: Phone) -> list[dict[str, Any]]:
    path = f"/v1/offices/{HALL}/availability?service_id={SERVICE}&days=14"
    days = phone.get(path)["days"]
    return [slot for day in days for slot in day["slots"] if slot["state"] == "open"]


def test_a_visit_from_booking_to_the_counter(system: System) -> None:
    phone, desk = system.phone("visitor"), system.desk()
    slot = free_slots(phone)[8]
    wanted = {"service_id": SERVICE, "office_id": HALL, "slot_id": slot["slot_id"]}
    booked = phone.post("/v1/appointments", wanted)
    path = f"/v1/appointments/{booked['appointment_id']}"
    text = phone.get(f"{path}/pass")["pass"]
    early = desk.post("/v1/admin/checkins", {"pass": text})
    assert (early["result"], early["reason"]) in (
        ("refused", "wrong_day"),
        ("refused", "too_early"),
    )
    system.advance_to(datetime.fromisoformat(slot["start"]) - timedelta(minutes=10))
    assert desk.post("/v1/admin/checkins", {"pass": text})["result"] == "ok"
    assert phone.get(f"{path}/queue")["ahead"] == 0
    called = desk.post(f"/v1/admin/offices/{HALL}/queue/next", {"counter": "3"})
    assert called["appointment_id"] == booked["appointment_id"]
    assert phone.get(f"{path}/queue")["counter"] == "3"
    for step, status in (("start", "serving"), ("fulfil", "fulfilled")):
        done = desk.post(f"/v1/admin/appointments/{booked['appointment_id']}/{step}")
        assert done["status"] == status
    auditor = system.desk("auditor")
    verdict = auditor.get(f"/v1/admin/audit/{booked['appointment_id']}/verify")
    assert (verdict["whole"], verdict["entries"]) == (True, 5)


def test_a_power_cut_loses_nothing_that_was_answered(system: System) -> None:
    phone = system.phone("power-cut")
    wanted = {"service_id": SERVICE, "office_id": HALL, "slot_id": free_slots(phone)[20]["slot_id"]}
    booked = phone.post("/v1/appointments", wanted)
    system.stop()
    system.start()
    assert phone.get(f"/v1/appointments/{booked['appointment_id']}") == booked
