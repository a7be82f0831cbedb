"""A citizen's own appointments: their order, whom they are for, and never two at one time."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import icalendar
import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.booking_limits import CHANGES_A_DAY, change_mark
from chalicelib.appointments.domain.slots import Slot, parse_slot_id
from chalicelib.core import parallel
from chalicelib.core.ids import new_id
from chalicelib.identity import storage as family
from tests.appointments.world import HALLS, SERVICES, ask, at_once, clerk, of_family, slot_at
from tests.support.cases import verify
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Crash, crash_after, every_second_call_fails
from tests.support.meter import metered
from tests.support.people import Citizen, log_in, log_in_again


def shards(slot_id: str) -> list[Slot]:
    key = parse_slot_id(slot_id)
    assert key
    return storage.load_slots(key.office_id, key.category, key.stamp, f"{key.stamp}~")


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
    key = parse_slot_id(there)
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


def test_a_move_meets_what_was_booked_before_one_was_verified(
    client: ApiClient, morning: TestClock
) -> None:
    me = log_in(client)
    first = ask(client, me, slot_at(HALLS[0], 0), "id-card-renewal").json()
    verify(client, me)
    me = log_in_again(client, me)
    other = ask(client, me, slot_at(HALLS[1], 60), "residence-permit").headers["location"]
    body = {"slot_id": slot_at(HALLS[1], 5)}
    refused = client.post(f"{other}/reschedule", body, token=me.token)
    assert (refused.status, refused.code) == (409, "time_conflict")
    assert refused.json()["appointment_id"] == first["appointment_id"]


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


@pytest.mark.parametrize("first", ["removal", "booking"])
def test_who_is_removed_while_a_booking_is_made_has_none(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """One of two is on its way when the other is done: that one is told, and leaves nothing."""
    me, slot = log_in(client), slot_at(HALLS[0], 480)
    child = of_family(client, me, "李一一")
    answers: dict[str, Answer] = {}

    def remove() -> None:
        answers["removal"] = client.delete(f"/v1/me/family/{child}", token=me.token)

    def book() -> None:
        answers["booking"] = ask(client, me, slot, "id-card-renewal", for_member=child)

    acts = {"removal": remove, "booking": book}
    late = next(name for name in acts if name != first)
    room, name = (storage, "store_bookings") if first == "removal" else (family, "store_profile")
    kept = getattr(room, name)

    def overtaken(*given: Any, **more: Any) -> Any:
        if first not in answers:
            acts[first]()
        return kept(*given, **more)

    monkeypatch.setattr(room, name, overtaken)
    acts[late]()
    removal, booking = answers["removal"], answers["booking"]
    left = [one["status"] for one in listed(client, me)]
    members = client.get("/v1/me/family", token=me.token).json()["items"]
    if first == "booking":
        assert (booking.status, removal.status, removal.code) == (201, 409, "member_in_use")
        assert (left, len(members)) == (["booked"], 1)
        return
    assert (removal.status, booking.status, left, members) == (204, 422, [], [])
    assert booking.json()["errors"][0]["pointer"] == "/for_member"
    assert not any(taken.seats for taken in shards(slot))
    # Whoever comes back into the family can be booked for again.
    again = of_family(client, me, "李一一")
    assert ask(client, me, slot, "id-card-renewal", for_member=again).status == 201


def test_removals_and_bookings_at_once_leave_no_booking_for_nobody(
    client: ApiClient, morning: TestClock
) -> None:
    me = log_in(client)
    for number in range(6):
        child = of_family(client, me, "李一一")
        slot = slot_at(HALLS[0], 500 + 20 * number)
        acts = (
            lambda child=child: client.delete(f"/v1/me/family/{child}", token=me.token),
            lambda child=child, slot=slot: ask(
                client, me, slot, "id-card-renewal", for_member=child
            ),
        )
        removed, booked = parallel.map_concurrently(lambda act: act(), acts)
        assert (removed.status, booked.status) in ((204, 422), (409, 201)), booked.body
        if booked.status == 201:
            path = f"{booked.headers['location']}/cancel"
            assert client.post(path, {}, token=me.token).status == 200
            assert client.delete(f"/v1/me/family/{child}", token=me.token).status == 204


def test_letting_a_member_go_costs_what_it_may(client: ApiClient, morning: TestClock) -> None:
    me = log_in(client)
    child = of_family(client, me, "李一一")
    made = ask(client, me, slot_at(HALLS[0], 640), "id-card-renewal", for_member=child)
    client.post(f"{made.headers['location']}/cancel", {}, token=me.token)
    with metered() as cost:
        assert client.delete(f"/v1/me/family/{child}", token=me.token).status == 204
    assert (cost.wcu <= 10, cost.trips <= 6) == (True, True), cost


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


@pytest.mark.parametrize("how", ["cancel", "move", "both"])
def test_nobody_books_and_moves_more_than_twenty_times_a_day(
    client: ApiClient, morning: TestClock, how: str
) -> None:
    me = log_in(client)
    here, there = slot_at(HALLS[0], 240), slot_at(HALLS[0], 255)
    booked = ask(client, me, here, "id-card-renewal").headers["location"]
    for n in range(1, CHANGES_A_DAY):
        if how == "move" or (how == "both" and n % 2):
            to = there if n % 2 else here
            moved = client.post(f"{booked}/reschedule", {"slot_id": to}, token=me.token)
            assert moved.status == 200, moved.body
        else:
            assert client.post(f"{booked}/cancel", {}, token=me.token).status == 200
            booked = ask(client, me, here, "id-card-renewal").headers["location"]
    there = there if client.get(booked, token=me.token).json()["slot_id"] == here else here
    refused = [
        client.post(f"{booked}/reschedule", {"slot_id": there}, token=me.token),
        ask(client, me, slot_at(HALLS[1], 240 + 60), "residence-permit"),
    ]
    # What was given up stays given up, and no seat is lost on the way.
    assert client.post(f"{booked}/cancel", {}, token=me.token).status == 200
    refused.append(ask(client, me, here, "id-card-renewal"))
    for one in refused:
        assert (one.status, one.code) == (429, "too_many_changes")
        assert 0 < int(one.headers["retry-after"]) <= 86_400
    assert client.get("/v1/appointments?status=booked", token=me.token).json()["items"] == []
    for slot_id in (here, there):
        key = parse_slot_id(slot_id)
        assert key
        [slot] = storage.load_slots(HALLS[0], "identity", key.stamp, f"{key.stamp}~")
        assert not any(seat.startswith(me.citizen_id) for seat in slot.seats)
    # Somebody else is not kept, and tomorrow is another day.
    assert ask(client, log_in(client), here, "id-card-renewal").status == 201
    morning.advance(16 * 3600)
    me = log_in_again(client, me)
    again = ask(client, me, here, "id-card-renewal")
    assert again.status == 201, again.body
    assert len(storage.load_guard(me.citizen_id).changes) == 1


def test_the_same_booking_sent_again_counts_once(client: ApiClient, morning: TestClock) -> None:
    me = log_in(client)
    slot_id, key = slot_at(HALLS[0], 285), new_id()
    for _ in range(CHANGES_A_DAY + 5):
        assert ask(client, me, slot_id, "id-card-renewal", key).status == 201
    [found] = storage.list_of(me.citizen_id)
    versions = [replace(found, version=number, seat_id="chosen") for number in range(1, 200)]
    marks = {change_mark(one, MONDAY) for one in versions}
    assert len(marks) == len(versions)
    assert storage.load_guard(me.citizen_id).changes == {change_mark(found, MONDAY)}
