"""Trouble at every step of booking, moving, cancelling and checking in."""

import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import parse_slot_id
from chalicelib.appointments.jobs import release
from chalicelib.core import history
from chalicelib.core.ids import new_id
from tests.appointments.world import at_once, book, clerk, new_slot, seats
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Crash, crash_after, every_second_call_fails
from tests.support.people import Citizen, log_in

LATER = MONDAY + timedelta(minutes=30)


def holders(slot: str, answers: list[Answer]) -> set[str]:
    """Return the seats of the active appointments that hold this slot."""
    key, found = parse_slot_id(slot), set()
    for answer in answers:
        stored = storage.load(answer.json()["appointment_id"])
        assert stored
        assert (
            history.check(stored.appointment_id, storage.load_entries(stored.appointment_id))
            is None
        )
        if stored.active and stored.slot == key:
            found.add(stored.seat_id)
    return found


def check_seats(slot: str, answers: list[Answer]) -> None:
    """Fail with the seats that one of both does not know: an appointment without one is worse."""
    taken, held = seats(slot), holders(slot, answers)
    assert held <= taken, f"appointments without seats: {held - taken}"
    assert taken <= held, f"seats without appointments: {taken - held}"


def test_a_crowd_through_faults_is_not_oversold(client: ApiClient, morning: TestClock) -> None:
    slot, people = new_slot(20), [log_in(client) for _ in range(80)]
    answers: list[Answer] = []
    with every_second_call_fails():
        at_once(80, lambda number: answers.append(book(client, people[number], slot)))
    won = [answer for answer in answers if answer.status == 201]
    assert len(won) == 20
    assert {a.code for a in answers if a.status != 201} == {"slot_full"}
    check_seats(slot, won)


def test_moving_and_cancelling_in_a_crowd_keep_seats_and_appointments_equal(
    client: ApiClient, morning: TestClock
) -> None:
    slots = [new_slot(5) for _ in range(3)]
    people = [log_in(client) for _ in range(30)]
    made: list[Answer] = []
    codes: list[int] = []

    def live(number: int) -> None:
        choose, me = random.Random(number), people[number]
        answer = book(client, me, choose.choice(slots))
        codes.append(answer.status)
        if answer.status != 201:
            return
        made.append(answer)
        path = answer.headers["location"]
        for _ in range(3):
            if choose.random() < 0.3:
                codes.append(client.post(f"{path}/cancel", {}, token=me.token).status)
            else:
                body = {"slot_id": choose.choice(slots)}
                codes.append(client.post(f"{path}/reschedule", body, token=me.token).status)

    with every_second_call_fails():
        at_once(30, live)
    assert set(codes) <= {200, 201, 409}
    release.release_expired(LATER)
    for slot in slots:
        check_seats(slot, made)
        assert len(seats(slot)) <= 5


def crashing(act: Callable[[], Answer], calls: int) -> Answer | None:
    with crash_after(calls):
        try:
            return act()
        except Crash:
            return None


@pytest.mark.parametrize("calls", range(3))
def test_a_crash_while_booking(client: ApiClient, morning: TestClock, calls: int) -> None:
    me, slot, key = log_in(client), new_slot(1), new_id()
    crashing(lambda: book(client, me, slot, key), calls)
    answer = book(client, me, slot, key)
    assert answer.status == 201
    assert seats(slot) == {answer.json()["appointment_id"]}
    assert book(client, me, slot, key).json() == answer.json()


@pytest.mark.parametrize("calls", range(3))
def test_a_crash_while_booking_without_a_retry(
    client: ApiClient, morning: TestClock, calls: int
) -> None:
    me, slot = log_in(client), new_slot(1)
    done = crashing(lambda: book(client, me, slot), calls)
    release.release_expired(LATER)
    listed = client.get("/v1/appointments", token=me.token).json()["items"]
    assert seats(slot) == {item["appointment_id"] for item in listed}
    assert (len(listed) == 1) == (calls == 2) == (done is not None)


@pytest.mark.parametrize("retried", [True, False])
@pytest.mark.parametrize("calls", range(5))
def test_a_crash_while_moving(
    client: ApiClient, morning: TestClock, calls: int, *, retried: bool
) -> None:
    me, old, new = log_in(client), new_slot(1), new_slot(1)
    made = book(client, me, old)
    headers = {"Idempotency-Key": new_id()}
    path = made.headers["location"]

    def move() -> Answer:
        body = {"slot_id": new}
        return client.post(f"{path}/reschedule", body, token=me.token, headers=headers)

    crashing(move, calls)
    if retried:
        assert move().json()["slot_id"] == new
    release.release_expired(LATER)
    for slot in (old, new):
        assert seats(slot) == holders(slot, [made])
    assert len(seats(old)) + len(seats(new)) == 1


@pytest.mark.parametrize("retried", [True, False])
@pytest.mark.parametrize("calls", range(4))
def test_a_crash_while_cancelling(
    client: ApiClient, morning: TestClock, calls: int, *, retried: bool
) -> None:
    me, slot = log_in(client), new_slot(1)
    made = book(client, me, slot)
    path = f"{made.headers['location']}/cancel"
    crashing(lambda: client.post(path, {}, token=me.token), calls)
    if retried:
        assert client.post(path, {}, token=me.token).json()["status"] == "cancelled"
    release.release_expired(LATER)
    assert seats(slot) == holders(slot, [made])
    again = book(client, me, new_slot(1))
    still_booked = bool(seats(slot))
    assert again.status == (409 if still_booked else 201)


@pytest.mark.parametrize("calls", range(3))
def test_a_crash_while_checking_in(client: ApiClient, morning: TestClock, calls: int) -> None:
    me: Citizen = log_in(client)
    made = book(client, me, new_slot()).json()
    morning.set(datetime.fromisoformat(made["start"]))
    desk, body = clerk(client), {"appointment_id": made["appointment_id"]}

    def check_in() -> Answer:
        return client.post("/v1/admin/checkins", body, token=desk)

    done = crashing(check_in, calls)
    again = check_in().json()
    assert again["appointment"]["status"] == "checked_in"
    assert again["reason"] in (None, "already_checked_in")
    if done:
        assert done.json()["appointment"]["ticket_number"] == again["appointment"]["ticket_number"]
    entries = storage.load_entries(made["appointment_id"])
    assert history.check(made["appointment_id"], entries) is None


def test_what_a_server_answers_beside_a_test_neither_crashes_nor_counts(client: ApiClient) -> None:
    told: list[object] = []
    nobody = new_id()

    def process_request_thread() -> None:
        told.append(storage.load(nobody))

    with crash_after(1):
        for _ in range(2):
            late = threading.Thread(target=process_request_thread)
            late.start()
            late.join()
        storage.load(nobody)
        with pytest.raises(Crash):
            storage.load(nobody)
    assert told == [None, None]
