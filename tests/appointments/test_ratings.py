"""A visit is rated once, after it was kept; it counts for who chooses; a low one is asked of."""

from contextlib import suppress
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.cases.service import ratings as tallies
from chalicelib.core import dependencies, events, history
from chalicelib.core.ids import new_id
from chalicelib.enquiries import handlers
from tests.appointments.world import Hall, at_once, book, new_slot
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after, lost_answer
from tests.support.meter import metered
from tests.support.people import Citizen, be_adult, log_in

TOLD: dict[str, Any] = {"score": 2, "tags": ["排队久"], "comment": "没人理我", "trips_made": 3}


@pytest.fixture
def hall(client: ApiClient, clock: TestClock) -> Hall:
    return Hall(client, clock)


def visited(hall: Hall) -> tuple[Citizen, str]:
    me, appointment_id = hall.booked(0)
    hall.check_in(appointment_id)
    assert hall.next("9").status == 200
    assert hall.step(appointment_id, "fulfil").status == 200
    return me, appointment_id


def rate(
    client: ApiClient, me: Citizen, appointment_id: str, key: str | None = None, **body: Any
) -> Answer:
    headers = {"Idempotency-Key": key or new_id()}
    path = f"/v1/appointments/{appointment_id}/rating"
    return client.post(path, body, token=me.token, headers=headers)


def follow(appointment_id: str) -> None:
    for entry in storage.load_entries(appointment_id):
        handlers.follow_up(events.of_entry(entry), dependencies.clock().now())


def complaints(client: ApiClient, me: Citizen) -> list[Any]:
    found: list[Any] = client.get("/v1/enquiries", token=me.token).json()["items"]
    return found


def counted(hall: Hall) -> tuple[int, float]:
    tallies.forget()
    found = tallies.rated("id-card-renewal", hall.office)
    return found.count, (found.average or 0) * found.count


def test_a_visit_is_rated_once_and_counts_where_people_choose(
    client: ApiClient, hall: Hall
) -> None:
    me, one = visited(hall)
    count, total = counted(hall)
    key = new_id()
    with metered() as cost:
        first = rate(client, me, one, key, **TOLD)
    assert (first.status, first.json()["score"]) == (200, 2), first.body
    assert cost.wcu <= 12
    assert cost.rcu <= 2
    assert cost.trips <= 3
    again = rate(client, me, one, key, **TOLD)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    at_desk = hall.client.get(f"/v1/admin/appointments/{one}", token=hall.token)
    assert (at_desk.status, at_desk.json()["score"]) == (200, None)
    assert rate(client, me, one, key, score=5).code == "idempotency_key_reused"
    assert rate(client, me, one, score=5).code == "already_rated"
    new_count, new_total = counted(hall)
    assert new_count == count + 1
    assert new_total == pytest.approx(total + 2, abs=0.2)
    path = "/v1/offices?service_id=id-card-renewal&limit=100"
    shown = {o["office_id"]: o["rating"] for o in client.get(path).json()["items"]}
    assert shown[hall.office]["count"] == new_count


def test_nobody_rates_what_is_anothers_or_was_not_kept(client: ApiClient, hall: Hall) -> None:
    me, one = visited(hall)
    assert rate(client, log_in(client), one, score=5).status == 404
    assert rate(client, me, f"{me.citizen_id}00000000", score=5).status == 404
    booked = book(client, me, new_slot(hours=300 * 24 + 3)).json()
    if "appointment_id" in booked:
        assert rate(client, me, booked["appointment_id"], score=5).code == "wrong_status"
    assert rate(client, me, one, score=6).status == 422
    assert rate(client, me, one, score=5).json()["score"] == 5


def test_two_at_once_leave_one_rating(client: ApiClient, hall: Hall) -> None:
    me, one = visited(hall)
    count, _ = counted(hall)
    answers: list[Answer] = []
    at_once(3, lambda n: answers.append(rate(client, me, one, score=3 + n % 2)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409]
    assert counted(hall)[0] == count + 1


@pytest.mark.parametrize("calls", range(4))
def test_crashes_leave_one_rating_and_one_complaint(
    client: ApiClient, hall: Hall, calls: int
) -> None:
    me, one = visited(hall)
    be_adult(client, me)
    key, (count, _) = new_id(), counted(hall)
    with suppress(Crash), crash_after(calls):
        rate(client, me, one, key, **TOLD)
    if calls == 0:
        with lost_answer("TransactWriteItems"):
            assert rate(client, me, one, key, **TOLD).status == 200
    assert rate(client, me, one, key, **TOLD).json()["score"] == 2
    assert counted(hall)[0] == count + 1
    with suppress(Crash), crash_after(calls):
        follow(one)
    follow(one)
    [asked] = complaints(client, me)
    assert (asked["kind"], asked["asks_leave"]) == ("complaint", True)
    assert asked["subject"] == {"type": "appointment", "id": one}
    assert asked["text"] == "排队久\n没人理我"
    kept = storage.load(one)
    assert kept
    assert history.check(one, storage.load_entries(one), kept.head) is None


def test_who_served_the_visit_sees_nothing_of_its_complaint(client: ApiClient, hall: Hall) -> None:
    me, one = visited(hall)
    rate(client, me, one, **TOLD)
    event = events.of_entry(storage.load_entries(one)[-1])
    assert not handlers.arrived(event)
    follow(one)
    assert handlers.arrived(event)
    [asked] = complaints(client, me)
    path = f"/v1/enquiries/{asked['enquiry_id']}/allow"
    assert client.post(path, {}, token=me.token).json()["status"] == "received"
    shown = client.get(f"/v1/admin/enquiries/{asked['enquiry_id']}", token=hall.token)
    assert shown.status == 404


def test_a_good_rating_asks_nothing_and_who_left_is_forgotten(
    client: ApiClient, hall: Hall
) -> None:
    me, one = visited(hall)
    rate(client, me, one, **{**TOLD, "score": 3})
    follow(one)
    assert complaints(client, me) == []
    export = client.get("/v1/me/export", token=me.token).json()
    [mine] = export["appointments"]
    assert mine["rating"] == {"score": 3, "words": "排队久\n没人理我", "trips_made": "3"}
    clear = [str(entry.data) for entry in storage.load_entries(one)]
    assert not any("没人理我" in each for each in clear)
    count = counted(hall)[0]
    assert client.delete("/v1/me", token=me.token).status in (200, 204)
    assert counted(hall)[0] == count
