"""A citizen's own appointments: their order, whom they are for, and never two at one time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments import storage
from chalicelib.appointments.domain import Slot, slot_key, time_marks
from chalicelib.core.ids import new_id
from tests.appointments.test_booking import MONDAY, at_once, clerk, morning
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after, every_second_call_fails
from tests.support.meter import metered
from tests.support.people import Citizen, id_number, log_in, log_in_again

__all__ = ["morning"]

HALLS = ("hall-330200", "hall-330225", "hall-330282")
SERVICES = {
    "identity": ("id-card-renewal", "id-card-replacement", "residence-permit"),
    "family": ("marriage-registration",),
}


def slot_at(hall: str, minutes: int, length: int = 15, category: str = "identity") -> str:
    """Make a slot some minutes after noon of the Tuesday, unless it is there."""
    at = MONDAY + timedelta(hours=8 + 27, minutes=minutes)
    key = slot_key(f"{hall}.{category}.{at:%Y%m%d%H%M}")
    assert key
    storage.create_slots([Slot(key, 0, key.start + timedelta(minutes=length), 30)])
    return key.slot_id


def ask(
    client: ApiClient, who: Citizen, slot_id: str, service: str, key: str = "", **more: str
) -> Answer:
    hall = slot_id.partition(".")[0]
    body = {"service_id": service, "office_id": hall, "slot_id": slot_id, **more}
    headers = {"Idempotency-Key": key or new_id()}
    return client.post("/v1/appointments", body, token=who.token, headers=headers)


def of_family(client: ApiClient, who: Citizen, name: str) -> str:
    body = {"name": name, "id_number": id_number(), "relation": "child"}
    answer = client.post("/v1/me/family", body, token=who.token)
    assert answer.status == 201, answer.body
    return str(answer.json()["member_id"])


def listed(client: ApiClient, who: Citizen, query: str = "") -> list[Any]:
    items: list[Any] = []
    cursor = ""
    while True:
        page = client.get(f"/v1/appointments?limit=2{query}{cursor}", token=who.token).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        assert len(page["items"]) == 2
        cursor = f"&cursor={page['next_cursor']}"


@given(st.integers(0, 10**6), st.integers(5, 90), st.integers(0, 10**6), st.integers(5, 90))
def test_times_share_a_mark_when_they_overlap_by_five_minutes(
    begin: int, length: int, other: int, other_length: int
) -> None:
    other = begin - 100 + other % 200
    epoch = datetime(2027, 1, 1, tzinfo=UTC)
    spans = [
        (epoch + timedelta(minutes=a), epoch + timedelta(minutes=a + b))
        for a, b in ((begin, length), (other, other_length))
    ]
    common = min(spans[0][1], spans[1][1]) - max(spans[0][0], spans[1][0])
    shared = time_marks("lin", *spans[0]) & time_marks("lin", *spans[1])
    if common >= timedelta(minutes=5) or begin == other:
        assert shared
    if common <= timedelta(0):
        assert not shared
    assert not time_marks("lin", *spans[0]) & time_marks("wu", *spans[1])


@pytest.mark.parametrize("minutes", [0, 5, -10])
def test_the_same_moment_in_two_halls_is_a_conflict(
    client: ApiClient, morning: TestClock, minutes: int
) -> None:
    me = log_in(client)
    first = ask(client, me, slot_at(HALLS[0], 0), "id-card-renewal").json()
    there = slot_at(HALLS[1], minutes)
    refused = ask(client, me, there, "residence-permit")
    assert (refused.status, refused.code) == (409, "time_conflict")
    assert refused.json()["appointment_id"] == first["appointment_id"]
    assert refused.json()["start"] == first["start"]
    # The seat is free again, the next time is no conflict, nor is it for somebody else.
    key = slot_key(there)
    assert key
    [slot] = storage.load_slots(HALLS[1], "identity", key.stamp, f"{key.stamp}~")
    assert slot.seats == frozenset()
    assert ask(client, me, slot_at(HALLS[1], 15), "residence-permit").status == 201
    child = of_family(client, me, "李一一")
    assert ask(client, me, there, "residence-permit", for_member=child).status == 201
    assert ask(client, log_in(client), there, "residence-permit").status == 201


def test_a_move_meets_no_other_booking(client: ApiClient, morning: TestClock) -> None:
    me = log_in(client)
    ask(client, me, slot_at(HALLS[0], 0), "id-card-renewal")
    other = ask(client, me, slot_at(HALLS[1], 60), "residence-permit").headers["location"]

    def move(minutes: int) -> Answer:
        body = {"slot_id": slot_at(HALLS[1], minutes)}
        return client.post(f"{other}/reschedule", body, token=me.token)

    assert move(5).code == "time_conflict"
    assert client.get(other, token=me.token).json()["version"] == 1
    # By ten minutes its own time is in nobody's way, and what it leaves is free.
    assert move(70).status == 200
    assert ask(client, me, slot_at(HALLS[2], 55), "id-card-replacement").status == 201
    assert move(40).status == 200
    assert move(50).code == "time_conflict"
    assert client.post(f"{other}/cancel", {}, token=me.token).status == 200
    assert ask(client, me, slot_at(HALLS[1], 40), "residence-permit").status == 201


def test_many_at_once_get_one_booking_of_a_moment(client: ApiClient, morning: TestClock) -> None:
    me = log_in(client)
    wanted = [(hall, service) for hall in HALLS for service in SERVICES["identity"]]
    answers: list[Answer] = []
    slots = [slot_at(hall, 5 * (number % 2)) for number, (hall, _) in enumerate(wanted)]

    def act(number: int) -> None:
        answers.append(ask(client, me, slots[number], wanted[number][1]))

    with every_second_call_fails():
        at_once(len(wanted), act)
    active = [a for a in storage.list_of(me.citizen_id) if a.active]
    assert len(active) == 1
    assert {a.status for a in answers} <= {201, 409, 503}
    guard = storage.load_guard(me.citizen_id)
    assert guard.times == active[0].times


def test_after_a_crash_at_any_call_the_guard_knows_the_times(
    client: ApiClient, morning: TestClock
) -> None:
    for calls in range(6):
        me = log_in(client)
        made = ask(client, me, slot_at(HALLS[0], 0), "id-card-renewal").headers["location"]
        headers = {"Idempotency-Key": f"crashing-{calls}"}
        body = {"slot_id": slot_at(HALLS[0], 90)}
        with pytest.raises(Crash), crash_after(calls):  # noqa: PT012 - it stops there or here.
            client.post(f"{made}/reschedule", body, token=me.token, headers=headers)
            raise Crash
        again = client.post(f"{made}/reschedule", body, token=me.token, headers=headers)
        assert again.status == 200, again.body
        [found] = storage.list_of(me.citizen_id)
        assert storage.load_guard(me.citizen_id).times == found.times


def test_moving_costs_little(client: ApiClient, morning: TestClock) -> None:
    me = log_in(client)
    made = ask(client, me, slot_at(HALLS[0], 0), "id-card-renewal").headers["location"]
    body = {"slot_id": slot_at(HALLS[0], 15)}
    with metered() as cost:
        assert client.post(f"{made}/reschedule", body, token=me.token).status == 200
    assert (cost.wcu <= 10, cost.rcu <= 2, cost.trips <= 5) == (True, True, True)


def test_own_appointments_are_listed_in_their_order(client: ApiClient, morning: TestClock) -> None:
    me = log_in(client)
    starts = []
    for minutes in (300, 30, 120, 240, 60, 0, 180):
        answer = ask(client, me, slot_at(HALLS[0], minutes), "id-card-renewal")
        starts.append(answer.json()["start"])
        client.post(f"{answer.headers['location']}/cancel", {}, token=me.token)
    late = ask(client, me, slot_at(HALLS[0], 200), "id-card-renewal").json()
    soon = ask(client, me, slot_at(HALLS[0], 100), "residence-permit").json()
    seen = [item["start"] for item in listed(client, me)]
    assert seen == [soon["start"], late["start"], *sorted(starts, reverse=True)]
    booked = [item["appointment_id"] for item in listed(client, me, "&status=booked")]
    assert booked == [soon["appointment_id"], late["appointment_id"]]
    assert len(listed(client, me, "&status=cancelled")) == 7
    assert listed(client, me, "&status=no_show") == []


def test_a_family_tells_its_bookings_apart(client: ApiClient, morning: TestClock) -> None:
    me = log_in(client)
    names = {of_family(client, me, name): name for name in ("李一一", "阿卜杜拉·买买提")}
    slot = slot_at(HALLS[0], 400)
    paths = [ask(client, me, slot, "id-card-renewal").headers["location"]]
    for member, name in names.items():
        answer = ask(client, me, slot, "id-card-renewal", for_member=member)
        assert answer.json()["for_name"] == name
        paths.append(answer.headers["location"])
    seen = {item["for_member"]: item["for_name"] for item in listed(client, me)}
    assert seen == {None: None} | names
    passes = [client.get(f"{path}/pass", token=me.token).json()["for_name"] for path in paths]
    assert passes == [None, *names.values()]
    summaries = set()
    for path in paths:
        text = client.get(f"{path}/calendar.ics", token=me.token).body
        summaries.add(str(icalendar.Calendar.from_ical(text.decode()).walk("VEVENT")[0]["SUMMARY"]))
    assert len(summaries) == 3
    board = "/v1/admin/offices/hall-330200/appointments?date=2027-03-02&limit=100"
    shown = client.get(board, token=clerk(client)).json()["items"]
    assert {item["for_name"] for item in shown} == {None}


def test_a_member_with_an_open_booking_is_not_removed(
    client: ApiClient, morning: TestClock
) -> None:
    me = log_in(client)
    child = of_family(client, me, "李一一")
    made = ask(client, me, slot_at(HALLS[0], 420), "id-card-renewal", for_member=child)
    refused = client.delete(f"/v1/me/family/{child}", token=me.token)
    assert (refused.status, refused.code) == (409, "member_in_use")
    client.post(f"{made.headers['location']}/cancel", {}, token=me.token)
    assert client.delete(f"/v1/me/family/{child}", token=me.token).status == 204


@pytest.mark.parametrize("status", ["booked", "cancelled", "no_show", "checked_in"])
def test_the_calendar_says_how_it_ended(client: ApiClient, morning: TestClock, status: str) -> None:
    me, desk = log_in(client), clerk(client)
    made = ask(client, me, slot_at(HALLS[0], 440), "id-card-renewal")
    path, one = made.headers["location"], made.json()["appointment_id"]
    if status == "cancelled":
        client.post(f"{path}/cancel", {}, token=me.token)
    elif status != "booked":
        morning.set(datetime.fromisoformat(made.json()["start"]))
        desk = clerk(client)
        if status == "checked_in":
            client.post("/v1/admin/checkins", {"appointment_id": one}, token=desk)
        else:
            client.post(f"/v1/admin/appointments/{one}/no-show", {}, token=desk)
        me = log_in_again(client, me)
    text = client.get(f"{path}/calendar.ics", token=me.token).body.decode()
    ended = status in ("cancelled", "no_show")
    assert (f"STATUS:{'CANCELLED' if ended else 'CONFIRMED'}" in text) is True
    assert ("BEGIN:VALARM" in text) == (status == "booked")
    assert (f"METHOD:{'CANCEL' if ended else 'PUBLISH'}" in text) is True
