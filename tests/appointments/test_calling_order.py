"""A hall in the day: priority, parking, sending elsewhere, counters opened and closed."""

from typing import Any

import pytest

from chalicelib.appointments import storage
from tests.appointments.world import Hall, at_once
from tests.support.faults import stale_indexes


def called(hall: Hall, *counters: str, **more: Any) -> list[str]:
    return [hall.next(one, **more).json()["appointment_id"] for one in counters]


def test_priority_is_every_third_call_at_most(hall: Hall) -> None:
    plain = [hall.walk_in()["appointment_id"] for _ in range(4)]
    first = [
        hall.walk_in(priority=one)["appointment_id"]
        for one in ("elderly", "disabled", "pregnant", "with_child")
    ]
    order = called(hall, *(str(n) for n in range(8)))
    assert order == [
        first[0], plain[0], plain[1], first[1], plain[2], plain[3], first[2], first[3],
    ]  # fmt: skip
    listed = hall.client.get(f"/v1/admin/offices/{hall.office}/queue", token=hall.token).json()
    assert {one["priority"] for one in listed["items"]} == {
        "none", "elderly", "disabled", "pregnant", "with_child",
    }  # fmt: skip
    for wrong in ("vip", "", None, 1):
        body = {"service_id": "id-card-renewal", "priority": wrong}
        assert hall.post(f"/offices/{hall.office}/tickets", body).status == 422


def test_priority_holds_while_the_index_is_behind_and_for_many_at_once(hall: Hall) -> None:
    for _ in range(6):
        hall.walk_in()
    first = {hall.walk_in(priority="elderly")["appointment_id"] for _ in range(3)}
    with stale_indexes(60):
        order = called(hall, "1", "2", "3", "4")
    assert [one in first for one in order] == [True, False, False, True]
    seen: list[str] = []
    at_once(5, lambda n: seen.extend(called(hall, f"at{n}")))
    assert len({*order, *seen}) == 9
    assert sum(one in first for one in seen) == 1


@pytest.mark.fresh_index("a queue is called empty only when its index shows nobody")
def test_a_counter_has_one_person_at_a_time(hall: Hall) -> None:
    one, two, three = (hall.walk_in()["appointment_id"] for _ in range(3))
    assert called(hall, "1") == [one]
    for step in ("recall", "start"):
        busy = hall.next("1")
        assert (busy.status, busy.code) == (409, "counter_busy")
        assert hall.step(one, step).status == 200
    assert hall.next("1").code == "counter_busy"
    done = hall.next("1", key="done-and-next", fulfil=True)
    assert done.json()["appointment_id"] == two
    ended = storage.load(one)
    assert ended
    assert ended.status == "fulfilled"
    again = hall.next("1", key="done-and-next", fulfil=True)
    assert (again.json(), again.headers["idempotency-replayed"]) == (done.json(), "true")
    assert hall.step(two, "no-show").status == 200
    assert called(hall, "1") == [three]
    # Sent again much later, an old call answers who was called by it.
    assert hall.next("1", key="done-and-next", fulfil=True).json()["appointment_id"] == two
    other = hall.next("1", key="done-and-next", fulfil=False)
    assert other.code == "idempotency_key_reused"
    # Nor does it call somebody to another counter.
    elsewhere = hall.next("2", key="done-and-next", fulfil=True)
    assert elsewhere.code == "idempotency_key_reused"
    assert hall.next("1", fulfil=True).code == "queue_empty"


def test_two_taps_at_one_counter_call_one(hall: Hall) -> None:
    for _ in range(4):
        hall.walk_in()
    answers: list[int] = []
    at_once(4, lambda _: answers.append(hall.next("1").status))
    assert sorted(answers) == [200, 409, 409, 409]


@pytest.mark.fresh_index("a queue is called empty only when its index shows nobody")
def test_who_is_sent_to_other_counters_keeps_the_place(hall: Hall) -> None:
    first = hall.walk_in()["appointment_id"]
    hall.wait_until(1)
    other = hall.walk_in("passport-issue")["appointment_id"]
    assert called(hall, "1", service_id="id-card-renewal") == [first]
    assert hall.step(first, "start").status == 200
    sent = hall.step(first, "transfer", category="exit-entry")
    assert (sent.status, sent.json()["status"]) == (200, "checked_in")
    assert (sent.json()["category"], sent.json()["counter"]) == ("exit-entry", None)
    assert hall.next("1", service_id="id-card-renewal").code == "queue_empty"
    assert called(hall, "2", "3", service_id="passport-issue") == [first, other]


@pytest.mark.fresh_index("a queue is called empty only when its index shows nobody")
def test_who_is_sent_to_a_counter_is_called_there(hall: Hall) -> None:
    first, other = hall.walk_in()["appointment_id"], hall.walk_in()["appointment_id"]
    assert hall.step(first, "transfer", counter="9").json()["only_at"] == "9"
    assert called(hall, "1") == [other]
    assert hall.next("2").code == "queue_empty"
    assert called(hall, "9") == [first]
    assert hall.step(first, "transfer", counter="8").status == 200
    # The counter closes: any other may call them.
    assert hall.close_counter("8").status == 200
    assert called(hall, "2") == [first]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"category": "identity", "counter": "1"}, 422),
        ({"category": "no-such"}, 422),
        ({"counter": ""}, 422),
        ({"counter": "x" * 21}, 422),
        ({"category": "identity", "version": 1}, 409),
    ],
)
def test_where_nobody_can_be_sent(hall: Hall, body: dict[str, Any], status: int) -> None:
    one = hall.walk_in()["appointment_id"]
    hall.next()
    assert hall.step(one, "transfer", **body).status == status
    hall.step(one, "fulfil")
    assert hall.step(one, "transfer", counter="2").code == "wrong_status"
    assert hall.step(one, "park").code == "wrong_status"


@pytest.mark.fresh_index("whoever was parked is shown at the new place only by now")
def test_who_is_parked_comes_back_after_three_calls(hall: Hall) -> None:
    people = [hall.walk_in()["appointment_id"] for _ in range(6)]
    assert called(hall, "1") == people[:1]
    parked = hall.step(people[0], "park").json()
    assert (parked["status"], parked["counter"]) == ("checked_in", None)
    order = called(hall, *(str(n) for n in range(1, 6)))
    assert order == [*people[1:4], people[0], people[4]]
    assert hall.step(people[5], "park").json()["status"] == "checked_in"
    assert hall.step(people[5], "undo").json()["status"] == "checked_in"
    assert called(hall, "6") == [people[5]]


def test_a_counter_serves_what_it_was_set_for(hall: Hall) -> None:
    card, passport = hall.walk_in(), hall.walk_in("passport-issue")
    answer = hall.close_counter("5", opened=True, categories=["exit-entry"])
    assert (answer.status, answer.json()) == (
        200,
        {
            "counter": "5", "open": True, "categories": ["exit-entry"],
            "appointment_id": None, "ticket_number": None,
        },
    )  # fmt: skip
    assert called(hall, "5") == [passport["appointment_id"]]
    assert hall.close_counter("5").json()["appointment_id"] == passport["appointment_id"]
    assert hall.next("5").code == "counter_closed"
    assert hall.close_counter("5", opened=True).json()["categories"] is None
    assert hall.next("5", fulfil=True).json()["appointment_id"] == card["appointment_id"]
    listed = hall.client.get(f"/v1/admin/offices/{hall.office}/counters", token=hall.token).json()
    assert [one["counter"] for one in listed["items"]] == ["5"]
    hall.wait_until(24 * 60)
    listed = hall.client.get(f"/v1/admin/offices/{hall.office}/counters", token=hall.token).json()
    assert listed["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"open": "yes"},
        {"open": True, "categories": []},
        {"open": True, "categories": ["no-such"]},
        {"open": True, "categories": "identity"},
    ],
)
def test_what_no_counter_can_be_set_to(hall: Hall, body: dict[str, Any]) -> None:
    path = f"/v1/admin/offices/{hall.office}/counters/5"
    assert hall.client.put(path, body, token=hall.token).status == 422
    long = f"/v1/admin/offices/{hall.office}/counters/{'5' * 21}"
    assert hall.client.put(long, {"open": True}, token=hall.token).status == 422
