"""Changes of appointments whose answer is lost, and those that others make at the same time."""

import itertools
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.core import history
from tests.appointments.world import Hall, at_once, book, new_slot, seats
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.effects import check_facts
from tests.support.faults import lost_answer
from tests.support.people import log_in


def told_as_new(answer: Answer) -> Any:
    """Return what an answer says that is no replay."""
    assert answer.status in (200, 201), answer.body
    assert answer.headers.get("idempotency-replayed") != "true"
    return answer.json()


def entries(appointment_id: str) -> list[str]:
    """Return the types of an appointment's history, which is whole."""
    appointment = storage.load(appointment_id)
    chain = storage.load_entries(appointment_id)
    check_facts(chain)
    assert appointment
    assert history.check(appointment_id, chain, appointment.head) is None
    return [entry.type.removeprefix("appointment.") for entry in chain]


def test_a_booking_whose_answer_is_lost_is_no_replay(client: ApiClient, morning: TestClock) -> None:
    me, slot = log_in(client), new_slot()
    with lost_answer("TransactWriteItems"):
        made = told_as_new(book(client, me, slot))
    assert seats(slot) == {made["appointment_id"]}
    assert entries(made["appointment_id"]) == ["booked"]


@pytest.mark.parametrize("step", ["cancel", "reschedule"])
def test_a_change_whose_answer_is_lost_releases_the_seat_at_once(
    client: ApiClient, morning: TestClock, step: str
) -> None:
    me, slot, other = log_in(client), new_slot(), new_slot()
    path = book(client, me, slot).headers["location"]
    body = {"slot_id": other} if step == "reschedule" else {}
    with lost_answer("TransactWriteItems"):
        changed = told_as_new(client.post(f"{path}/{step}", body, token=me.token))
    assert seats(slot) == set()
    assert len(seats(other)) == len(body)
    assert len(entries(changed["appointment_id"])) == 2


@pytest.mark.parametrize(
    ("step", "last"), [("recall", "recalled"), ("start", "serving"), ("no-show", "missed")]
)
def test_a_step_in_the_hall_whose_answer_is_lost_is_no_replay(
    hall: Hall, step: str, last: str
) -> None:
    hall.walk_in()
    called = hall.next().json()["appointment_id"]
    with lost_answer("TransactWriteItems"):
        told_as_new(hall.step(called, step))
    assert entries(called) == ["walked_in", "called", last]


def test_a_ticket_and_a_call_whose_answers_are_lost_are_no_replays(hall: Hall) -> None:
    ticket = f"/offices/{hall.office}/tickets", {"service_id": "id-card-renewal"}
    with lost_answer("TransactWriteItems"):
        one = told_as_new(hall.post(*ticket))["appointment_id"]
    with lost_answer("TransactWriteItems"):
        assert told_as_new(hall.next())["appointment_id"] == one
    assert entries(one) == ["walked_in", "called"]


def test_a_check_in_whose_answer_is_lost_gives_one_ticket(hall: Hall) -> None:
    _, mine = hall.booked(20)
    with lost_answer("TransactWriteItems"):
        assert hall.check_in(mine) == "A001"
    assert entries(mine) == ["booked", "checked_in"]


def test_what_many_cancel_at_once_is_cancelled_once(client: ApiClient, morning: TestClock) -> None:
    me, slot = log_in(client), new_slot()
    path = book(client, me, slot).headers["location"]
    answers: list[Answer] = []
    at_once(8, lambda _: answers.append(client.post(f"{path}/cancel", {}, token=me.token)))
    assert {answer.status for answer in answers} <= {200, 503}
    assert entries(path.rpartition("/")[2]) == ["booked", "cancelled"]
    assert seats(slot) == set()


@pytest.mark.parametrize("then", ["reschedule", "cancel"])
def test_a_move_that_another_change_overtakes_keeps_no_seat(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    me, first, second, third = log_in(client), new_slot(), new_slot(), new_slot()
    made = book(client, me, first).json()["appointment_id"]
    path, store = f"/v1/appointments/{made}", storage.store_change
    calls = itertools.count()

    def overtaken(change: Any) -> bool:
        if next(calls) == 0:
            body = {"slot_id": third} if then == "reschedule" else {}
            assert client.post(f"{path}/{then}", body, token=me.token).status == 200
        return store(change)

    monkeypatch.setattr(storage, "store_change", overtaken)
    moved = client.post(f"{path}/reschedule", {"slot_id": second}, token=me.token)
    assert seats(first) == seats(third) == set()
    if then == "reschedule":
        assert told_as_new(moved)["slot_id"] == second
        assert len(seats(second)) == 1
    else:
        assert (moved.status, moved.code) == (409, "wrong_status")
        assert seats(second) == set()
