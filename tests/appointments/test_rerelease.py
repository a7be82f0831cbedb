"""A freed seat comes back at a moment that nobody can sell."""

from datetime import datetime, timedelta

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import (
    parse_slot_id,
)
from chalicelib.appointments.jobs.release import release_expired
from tests.appointments.world import HALL, book, new_slot, seats
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import lost_answer
from tests.support.people import Citizen, log_in, log_in_again

SERVICE = "marriage-registration"
MINUTE = timedelta(minutes=1)


def give_back(client: ApiClient, who: Citizen, path: str) -> None:
    assert client.post(f"{path}/cancel", {}, token=who.token).status == 200


def comes_back(slot_id: str, after: datetime, clock: TestClock) -> int:
    """Let the timer run every five minutes; return after how many the seat was there."""
    for minute in range(5, 130, 5):
        clock.set(after + minute * MINUTE)
        release_expired(after + minute * MINUTE)
        if not seats(slot_id):
            return minute
    raise AssertionError(slot_id)


def test_a_freed_seat_comes_back_once_at_its_moment(client: ApiClient, clock: TestClock) -> None:
    clock.set(MONDAY)
    me, slot_id = log_in(client), new_slot(1, hours=30, category="family")
    path = book(client, me, slot_id, service=SERVICE).headers["location"]
    give_back(client, me, path)
    other = log_in(client)
    refused = book(client, other, slot_id, service=SERVICE)
    assert refused.code == "slot_full"
    assert "retry_at" not in refused.json()
    key = parse_slot_id(slot_id)
    assert key
    asked = f"service_id={SERVICE}&from={key.day}&days=1"
    [day] = client.get(f"/v1/offices/{HALL}/availability?{asked}").json()["days"]
    shown = next(one for one in day["slots"] if one["slot_id"] == slot_id)
    assert (shown["state"], shown["retry_at"], shown["remaining"]) == ("reserved", None, 0)
    minutes = comes_back(slot_id, MONDAY, clock)
    assert 10 <= minutes <= 124
    assert book(client, log_in_again(client, other), slot_id, service=SERVICE).status == 201
    [slot] = storage.load_slots(HALL, "family", key.stamp, f"{key.stamp}~")
    assert slot.withheld == frozenset()
    # What is booked since stays, whatever the timer finds.
    release_expired(MONDAY + 200 * MINUTE)
    assert len(seats(slot_id)) == 1


def test_a_move_away_is_given_back_like_a_cancellation(
    client: ApiClient, morning: TestClock
) -> None:
    me, old = log_in(client), new_slot(1, hours=30, category="family")
    new = new_slot(1, hours=30, category="family")
    path = book(client, me, old, service=SERVICE).headers["location"]
    assert client.post(f"{path}/reschedule", {"slot_id": new}, token=me.token).status == 200
    assert book(client, log_in(client), old, service=SERVICE).code == "slot_full"


def test_a_lost_answer_and_the_timer_draw_the_same_moment(
    client: ApiClient, morning: TestClock
) -> None:
    me, slot_id = log_in(client), new_slot(1, hours=30, category="family")
    path = book(client, me, slot_id, service=SERVICE).headers["location"]
    with lost_answer("UpdateItem"):
        client.post(f"{path}/cancel", {}, token=me.token)
    key = parse_slot_id(slot_id)
    assert key
    marks = set()
    for _ in range(3):
        release_expired(MONDAY + 3 * MINUTE)
        [slot] = storage.load_slots(HALL, "family", key.stamp, f"{key.stamp}~")
        marks.add(slot.withheld)
    assert len(marks) == 1
    assert len(next(iter(marks))) == 1


def test_the_old_key_of_a_cancelled_booking_takes_no_seat(
    client: ApiClient, morning: TestClock
) -> None:
    me, slot_id = log_in(client), new_slot(1, hours=30, category="family")
    key = "sold-by-me-once"
    path = book(client, me, slot_id, key, service=SERVICE).headers["location"]
    give_back(client, me, path)
    again = book(client, me, slot_id, key, service=SERVICE)
    assert (again.status, again.json()["status"]) == (201, "cancelled")
    assert book(client, log_in(client), slot_id, service=SERVICE).code == "slot_full"
