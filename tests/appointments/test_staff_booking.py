"""At the window: staff book, move and cancel for who asks, with a reason."""

from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.appointments import storage
from tests.appointments.world import HALL, Hall, clerk, seats
from tests.mandates.world import pointers
from tests.support.answer import Answer
from tests.support.people import Citizen, id_number, log_in, log_in_again


def verified(hall: Hall) -> tuple[Citizen, dict[str, str]]:
    me = log_in(hall.client)
    person = {"name": "欧阳老太", "id_number": id_number()}
    assert hall.client.put("/v1/me/identity", person, token=me.token).status == 200
    return log_in_again(hall.client, me), person


def asked(
    hall: Hall, person: dict[str, str], slot: str, key: str | None = None, **more: Any
) -> Answer:
    body = {
        "person": person, "service_id": "id-card-renewal", "slot_id": slot,
        "reason": "不会用手机", **more,
    }  # fmt: skip
    return hall.post(f"/offices/{hall.office}/appointments", body, key)


def test_staff_book_for_who_asks(hall: Hall) -> None:
    me, person = verified(hall)
    slot = hall.slot(20)
    made = asked(hall, person, slot, "at-the-window")
    assert (made.status, made.json()["status"]) == (201, "booked")
    mine = made.json()["appointment_id"]
    again = asked(hall, person, slot, "at-the-window")
    assert (again.json(), again.headers["idempotency-replayed"]) == (made.json(), "true")
    seen = hall.client.get(f"/v1/appointments/{mine}", token=me.token)
    assert (seen.status, seen.json()["slot_id"]) == (200, slot)
    first = storage.load_entries(mine)[0]
    assert (first.actor.startswith("staff:"), first.data["reason"]) == (True, "不会用手机")
    looks = hall.client.get("/v1/me/accesses", token=me.token).json()["items"]
    assert {(one["reason"], one["what"]) for one in looks} == {("reception", "identity")}
    # The person's own limits hold at the window as well.
    assert asked(hall, person, hall.slot(40)).code == "already_booked"
    assert (
        asked(hall, person, hall.slot(20), service_id="id-card-replacement").code == "time_conflict"
    )


def test_a_name_that_is_not_the_documents_is_refused(hall: Hall) -> None:
    _, person = verified(hall)
    refused = asked(hall, {**person, "name": "欧阳老头"}, hall.slot(20))
    assert (refused.status, pointers(refused)) == (422, ["/person/name"])


def test_who_has_no_phone_is_booked_for_and_finds_it_on_their_first_one(hall: Hall) -> None:
    person = {"name": "陈阿婆", "id_number": id_number()}
    made = asked(hall, person, hall.slot(20), "no-phone")
    assert (made.status, made.json()["status"]) == (201, "booked")
    mine = made.json()["appointment_id"]
    assert asked(hall, person, hall.slot(20), "no-phone").json() == made.json()
    assert asked(hall, person, hall.slot(40)).code == "already_booked"
    # The desk finds her by name, moves her, and checks her in.
    path = f"/v1/admin/offices/{hall.office}/appointments?query={quote(person['name'])}"
    found = hall.client.get(path, token=hall.token).json()["items"]
    assert [one["appointment_id"] for one in found] == [mine]
    moved = hall.step(mine, "reschedule", slot_id=hall.slot(40), reason="本人要求")
    assert moved.json()["slot_id"] == hall.slot(40)
    hall.wait_until(40)
    hall.check_in(mine)
    # Her first phone takes over what was done at the desk.
    me = log_in(hall.client)
    assert hall.client.put("/v1/me/identity", person, token=me.token).status == 200
    seen = hall.client.get("/v1/appointments", token=log_in_again(hall.client, me).token).json()
    assert [one["appointment_id"] for one in seen["items"]] == [mine]


@pytest.mark.parametrize(
    "more",
    [
        {"reason": ""},
        {"reason": None},
        {"person": {"name": "王"}},
        {"person": {"name": "王", "id_number": "123"}},
        {"slot_id": "nonsense"},
        {"slot_id": "hall-330282.identity.202612010900"},
        {"service_id": "no-such"},
    ],
)
def test_what_cannot_be_booked_at_the_window(hall: Hall, more: dict[str, Any]) -> None:
    _, person = verified(hall)
    wanted = {"person": person, "slot": hall.slot(20)} | more
    assert asked(hall, **wanted).status == 422


def test_only_staff_of_the_hall_book_there(hall: Hall) -> None:
    _, person = verified(hall)
    hall.token = clerk(hall.client, "hall-330282")
    assert asked(hall, person, hall.slot(20)).status == 404


def test_nobody_tries_names_for_an_hour(hall: Hall) -> None:
    slot = hall.slot(20)
    for number in range(30):
        person = {"name": f"某{number}", "id_number": id_number()}
        assert asked(hall, person, slot).status in (201, 409)
    _, person = verified(hall)
    refused = asked(hall, person, slot)
    assert refused.status == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    hall.wait_until(60)
    assert asked(hall, person, hall.slot(90)).status == 201


def test_staff_move_and_cancel_with_a_reason(hall: Hall) -> None:
    me, mine = hall.booked(20)
    old, new = hall.slot(20), hall.slot(60)
    # Less than an hour before, when the citizen cannot any more.
    path = f"/v1/appointments/{mine}/reschedule"
    assert hall.client.post(path, {"slot_id": new}, token=me.token).code == "too_late"
    assert hall.step(mine, "reschedule", slot_id=new).status == 422
    moved = hall.step(mine, "reschedule", slot_id=new, reason="窗口改期")
    assert (moved.status, moved.json()["slot_id"]) == (200, new)
    assert (mine in seats(old), len([one for one in seats(new) if one.startswith(mine)])) == (
        False,
        1,
    )
    entry = storage.load_entries(mine)[-1]
    assert (entry.type, entry.data["reason"]) == ("appointment.rescheduled", "窗口改期")
    for _ in range(2):
        done = hall.step(mine, "cancel", reason="本人要求")
        assert (done.status, done.json()["status"]) == (200, "cancelled")
    entry = storage.load_entries(mine)[-1]
    assert (entry.type, entry.data["reason"]) == ("appointment.cancelled", "本人要求")
    assert storage.load_guard(me.citizen_id).services == frozenset()
    assert hall.step(mine, "reschedule", slot_id=old, reason="x").code == "wrong_status"


def test_who_is_in_the_hall_is_neither_moved_nor_cancelled(hall: Hall) -> None:
    _, mine = hall.booked(0)
    hall.check_in(mine)
    assert hall.step(mine, "cancel", reason="x").code == "wrong_status"
    assert hall.step(mine, "reschedule", slot_id=hall.slot(60), reason="x").code == "wrong_status"
    walked = hall.walk_in()["appointment_id"]
    assert hall.step(walked, "cancel", reason="x").code == "wrong_status"
    _, late = hall.booked(1)
    hall.wait_until(1)
    assert hall.step(late, "reschedule", slot_id=hall.slot(60), reason="x").code == "wrong_status"
    hall.token = clerk(hall.client, "hall-330282")
    assert hall.step(late, "cancel", reason="x").status == 404
    assert HALL
