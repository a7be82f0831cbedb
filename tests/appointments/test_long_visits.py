"""Visits that are longer than a slot: a seat in each of several in a row, or in none."""

import contextlib

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.service import new_times, statistics
from chalicelib.appointments.waiting.service import offers
from chalicelib.catalogue import service as catalogue
from tests.appointments.rows import HALL, LONG, SHORT, Row, Waiting, post
from tests.appointments.world import at_once, of_family
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after, lost_answer
from tests.support.people import log_in, log_in_again


def test_a_long_visit_takes_slots_in_a_row_and_gives_all_back(
    client: ApiClient, clock: TestClock
) -> None:
    slots = Row(client, clock, 1, 2, 1, 1)
    assert slots.free() == [("09:00", 1, "open"), ("09:20", 1, "open"), ("09:40", 1, "open")]
    assert [one[0] for one in slots.free(SHORT)] == ["09:00", "09:20", "09:40", "10:00"]
    who = log_in(client)
    booked = slots.by(who, 0, key="for-forty-minutes")
    assert booked.status == 201, booked.body
    made = booked.json()
    assert (made["slot_id"], made["start"][11:16], made["end"][11:16]) == (
        slots[0], "09:00", "09:40",
    )  # fmt: skip
    assert slots.taken == [1, 1, 0, 0]
    assert slots.free() == [("09:00", 0, "full"), ("09:20", 1, "open"), ("09:40", 1, "open")]
    again = slots.by(who, 0, key="for-forty-minutes")
    assert (again.json(), again.headers["idempotency-replayed"]) == (made, "true")
    assert slots.taken == [1, 1, 0, 0]
    path = booked.headers["location"]
    moved = post(slots, who, f"{path}/reschedule", {"slot_id": slots[2]})
    assert (moved.status, moved.json()["end"][11:16]) == (200, "10:20")
    assert slots.taken == [0, 0, 1, 1]
    assert post(slots, who, f"{path}/cancel", {}).status == 200
    assert slots.taken == [0, 0, 0, 0]


def test_a_row_that_is_not_whole_is_full_and_names_where_all_of_it_is_free(
    client: ApiClient, clock: TestClock
) -> None:
    slots = Row(client, clock, 1, 1, 1, 1)
    assert slots.book(1, SHORT).status == 201
    refused = slots.book(0)
    assert (refused.status, refused.code) == (409, "slot_full")
    assert [one["slot_id"] for one in refused.json()["alternatives"]] == [slots[2]]
    # Who is told so from memory has touched nothing.
    assert slots.book(0).code == "slot_full"
    assert slots.taken == [0, 1, 0, 0]
    # The last slot has none after it; for who needs one alone it is free.
    assert slots.book(3).code == "slot_closed"
    assert slots.book(3, SHORT).status == 201


@pytest.mark.fresh_index("the sweep comes to an orphan when the index shows it")
@pytest.mark.parametrize("calls", range(7))
def test_a_crash_leaves_no_seat_that_nobody_has(
    client: ApiClient, clock: TestClock, calls: int
) -> None:
    slots, who = Row(client, clock, 1, 1, 1, 1), log_in(client)
    with crash_after(calls), contextlib.suppress(Crash):
        slots.by(who, 0, key="once-and-again")
    slots.sweep()
    slots.sweep()
    there = storage.list_of(who.citizen_id, consistent=True)
    assert slots.taken == ([1, 1, 0, 0] if there else [0, 0, 0, 0])
    path = slots.by(who, 0, key="once-and-again").headers["location"]
    assert slots.taken == [1, 1, 0, 0]
    for act in ({"slot_id": slots[2]}, {"slot_id": slots[1]}, None):
        with crash_after(calls), contextlib.suppress(Crash):
            post(slots, who, f"{path}/{'reschedule' if act else 'cancel'}", act or {}, "x" * 9)
        slots.sweep()
        slots.sweep()
        [kept] = storage.list_of(who.citizen_id, consistent=True)
        held = {one.slot for one in kept.seat.singles} if kept.active else set()
        assert {one.key for one in slots.shards if one.seats} == held


def test_a_lost_answer_of_a_seat_is_taken_up(client: ApiClient, clock: TestClock) -> None:
    slots, who = Row(client, clock, 1, 1), log_in(client)
    with lost_answer("UpdateItem"):
        slots.by(who, 0, key="whose-answer-is-lost")
    assert slots.by(who, 0, key="whose-answer-is-lost").status == 201
    assert slots.taken == [1, 1]


def test_a_crowd_gets_whole_rows_alone(client: ApiClient, clock: TestClock) -> None:
    slots = Row(client, clock, 3, 2, 3, 2)
    people = [log_in(client) for _ in range(16)]
    answers: list[int] = []

    def act(number: int) -> None:
        service = SHORT if number % 4 == 3 else LONG
        answers.append(slots.by(people[number], number % 3, service).status)

    at_once(len(people), act)
    assert set(answers) <= {201, 409}
    booked = [one for who in people for one in storage.list_of(who.citizen_id, consistent=True)]
    slots.sweep()
    slots.sweep()
    held = [single.slot for one in booked for single in one.seat.singles]
    assert slots.taken == [held.count(one) for one in slots.keys]
    assert all(len(one.seats) <= one.capacity for one in slots.shards)


def test_a_family_takes_rows_beside_or_after_one_another(
    client: ApiClient, clock: TestClock
) -> None:
    slots, who = Row(client, clock, 1, 2, 2, 2, 1), log_in(client)
    people = ["self", of_family(client, who, "李一一"), of_family(client, who, "李二二")]
    answer = slots.by(who, 0, for_members=people)
    assert answer.status == 201, answer.body
    made = answer.json()["items"]
    assert [(one["start"][11:16], one["end"][11:16]) for one in made] == [
        ("09:00", "09:40"), ("09:20", "10:00"), ("09:40", "10:20"),
    ]  # fmt: skip
    assert slots.taken == [1, 2, 2, 1, 0]


def test_a_long_visit_is_one_visit_in_the_figures(client: ApiClient, clock: TestClock) -> None:
    slots = Row(client, clock, 2, 2)
    assert [slots.book(0).status, slots.book(1, SHORT).status] == [201, 201]
    day, halls = slots.keys[0].day, frozenset({HALL})
    [seats] = [one for one in statistics.bookings(halls, day, day) if one["taken"]]
    [visits] = statistics.no_shows(halls, day, day)
    assert (seats["capacity"], seats["taken"], visits["taken"]) == (4, 3, 2)


def test_a_closed_slot_of_the_row_asks_for_a_new_time_that_is_whole(
    client: ApiClient, clock: TestClock
) -> None:
    slots, who = Row(client, clock, 1, 1, 1, 1, 1, 1), log_in(client)
    path = slots.by(who, 0).headers["location"]
    [booked] = storage.list_of(who.citizen_id)
    office = catalogue.office(HALL)
    new_times.ask("system:test", [booked], office, slots.now)
    asked = client.get(path, token=who.token).json()["needs_new_time"]
    assert len(asked["alternatives"]) == 3
    [kept] = storage.list_of(who.citizen_id, consistent=True)
    assert kept.new_time
    assert kept.new_time.held
    held = kept.new_time.held.singles
    assert len(held) == 2
    slots.sweep()
    assert sum(slots.taken) == 4
    moved = post(slots, who, f"{path}/reschedule", {"slot_id": asked["alternatives"][0]["slot_id"]})
    assert moved.status == 200, moved.body
    [there] = storage.list_of(who.citizen_id, consistent=True)
    assert there.seat.singles == held
    assert [one.key for one in slots.shards if one.seats] == [one.slot for one in held]


def test_who_waits_for_a_long_visit_is_offered_a_whole_row(
    client: ApiClient, clock: TestClock
) -> None:
    slots = Row(client, clock, 1, 1, 1)
    line = Waiting(slots)
    first, second = log_in(client), log_in(client)
    one, two = slots.by(first, 0, SHORT), slots.by(second, 1)
    assert (one.status, two.status) == (201, 201)
    long, short = line.wait(LONG), line.wait(SHORT)
    # One slot alone is nothing for who waits longer, and goes to who needs no more.
    assert post(slots, first, f"{one.headers['location']}/cancel", {}).status == 200
    offers.pass_on(slots.keys[0], slots.now)
    assert (line.offered(long), line.offered(short)) == (None, slots[0])
    later = line.wait(SHORT)
    assert post(slots, second, f"{two.headers['location']}/cancel", {}).status == 200
    offers.pass_on(slots.keys[2], slots.now)
    assert (line.offered(long), line.offered(later)) == (slots[1], None)
    assert slots.book(1, SHORT).code == "slot_full"
    who = log_in_again(client, long[0])
    booked = post(slots, who, f"{long[1]}/accept", {})
    assert (booked.status, booked.json()["slot_id"]) == (201, slots[1])
    assert booked.json()["end"][11:16] == "10:00"
    slots.sweep()
    slots.sweep()
    assert slots.taken == [1, 1, 1]


def test_an_offer_of_a_row_that_lapses_goes_on_slot_by_slot(
    client: ApiClient, clock: TestClock
) -> None:
    slots = Row(client, clock, 1, 1)
    line = Waiting(slots)
    long, short = line.wait(LONG), line.wait(SHORT)
    offers.look(HALL, "business", slots.now)
    assert (line.offered(long), line.offered(short)) == (slots[0], None)
    slots.later(31)
    offers.lapse(long[1].rpartition("/")[2], slots.now)
    assert line.offered(short) == slots[0]
    assert slots.free(SHORT)[1] == ("09:20", 1, "open")


@pytest.mark.parametrize("calls", range(6))
def test_a_crash_while_a_row_is_offered(client: ApiClient, clock: TestClock, calls: int) -> None:
    slots = Row(client, clock, 1, 1)
    line = Waiting(slots)
    who, booked = (me := log_in(client)), slots.by(me, 0)
    long = line.wait(LONG)
    with crash_after(calls), contextlib.suppress(Crash):
        post(slots, who, f"{booked.headers['location']}/cancel", {})
    with crash_after(calls), contextlib.suppress(Crash):
        offers.pass_on(slots.keys[0], slots.now)
    post(slots, who, f"{booked.headers['location']}/cancel", {})
    for _ in range(3):
        slots.sweep()
    assert line.offered(long) == slots[0]
    assert slots.taken == [1, 1]
