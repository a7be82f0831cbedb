"""The queue of a hall, over the API: joined, called, served, missed and taken back."""

import math
from datetime import timedelta

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.jobs import closing
from chalicelib.catalogue import service as catalogue
from tests.appointments.world import Hall, at_once, book, chief
from tests.support.faults import every_second_call_fails, stale_indexes
from tests.support.meter import metered
from tests.support.people import log_in_again


@pytest.mark.fresh_index("a queue is called empty only when its index shows nobody")
def test_the_order_is_by_time_due(hall: Hall) -> None:
    _, late = hall.booked(30)
    _, soon = hall.booked(5)
    hall.check_in(late)
    hall.check_in(soon)
    stranger = hall.walk_in()
    assert stranger["ticket_number"] == "W003"
    order = [hall.next(str(n)).json()["appointment_id"] for n in range(3)]
    assert order == [stranger["appointment_id"], soon, late]
    empty = hall.next("4")
    assert (empty.status, empty.code) == (409, "queue_empty")


def test_of_those_due_at_once_the_first_to_come_is_first(hall: Hall) -> None:
    came = [hall.walk_in()["appointment_id"] for _ in range(6)]
    assert [hall.next(str(n)).json()["appointment_id"] for n in range(6)] == came


def test_a_counter_typed_full_width_is_the_same_counter(hall: Hall) -> None:
    first, second = (hall.walk_in()["appointment_id"] for _ in range(2))
    assert hall.next("１").json()["counter"] == "1"
    assert hall.next("1").code == "counter_busy"
    assert hall.step(first, "transfer", counter=" Ａ２").status == 200
    assert hall.next("A2").json()["appointment_id"] == first
    assert hall.next("１").json()["appointment_id"] == second


def test_a_citizen_sees_who_is_ahead(hall: Hall) -> None:
    me, mine = hall.booked(20)
    before = hall.position(me, mine)
    assert before == {
        "status": "booked", "ahead": None, "estimated_wait_minutes": None, "counter": None,
    }  # fmt: skip
    hall.check_in(mine)
    for _ in range(5):
        hall.walk_in()
    hall.walk_in("passport-issue")  # Another counter's.
    seen = hall.position(me, mine)
    assert (seen["status"], seen["ahead"]) == ("checked_in", 5)
    assert seen["estimated_wait_minutes"] > 0
    for number in range(5):
        hall.next(str(number), service_id="id-card-renewal")
    called = hall.next("8", service_id="id-card-renewal").json()
    assert (called["appointment_id"], called["counter"]) == (mine, "8")
    assert hall.position(me, mine) == {
        "status": "called", "ahead": 0, "estimated_wait_minutes": 0, "counter": "8",
    }  # fmt: skip


def test_twenty_counters_at_once_call_twenty_people(hall: Hall) -> None:
    expected = {hall.walk_in()["appointment_id"] for _ in range(20)}
    called: list[str] = []
    at_once(20, lambda n: called.append(hall.next(str(n)).json()["appointment_id"]))
    assert sorted(called) == sorted(expected)


def test_a_call_sent_again_calls_nobody_else(hall: Hall) -> None:
    hall.walk_in()
    hall.walk_in()
    first = hall.next(key="press-once")
    again = hall.next(key="press-once")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    ticket = hall.walk_in(key="one-ticket")
    assert hall.walk_in(key="one-ticket") == ticket


def test_a_ticket_asked_for_again_after_midnight_is_the_same_for_a_day(hall: Hall) -> None:
    # The day after is nobody else's either.
    Hall(hall.client, hall.clock)
    hall.wait_until(0)
    ticket = hall.walk_in(key="at-closing-time")
    hall.walk_in()
    # By the contract a key holds for at least 24 hours.
    hall.wait_until(23 * 60)
    assert hall.walk_in(key="at-closing-time") == ticket
    fresh = hall.walk_in()
    assert fresh["ticket_number"] == "W001"
    assert fresh["appointment_id"] != ticket["appointment_id"]
    hall.wait_until(26 * 60)
    again = hall.walk_in(key="at-closing-time")
    assert (again["ticket_number"], again["appointment_id"] != ticket["appointment_id"]) == (
        "W002",
        True,
    )


@pytest.mark.parametrize("then", [(), ("start",), ("start", "fulfil"), ("no-show",)])
def test_a_call_sent_again_while_the_index_is_behind_calls_nobody_else(
    hall: Hall, then: tuple[str, ...]
) -> None:
    for _ in range(3):
        hall.walk_in()
    with stale_indexes(60):
        first = hall.next(key="press-behind").json()
        for step in then:
            assert hall.step(first["appointment_id"], step).status == 200
        again = hall.next(key="press-behind")
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json()["appointment_id"] == first["appointment_id"]
        assert (
            hall.next("2", key="press-another").json()["appointment_id"] != first["appointment_id"]
        )


@pytest.mark.fresh_index("waits and counts on screens are what the index shows by now")
def test_the_wait_is_by_the_counters_that_are_open(hall: Hall) -> None:
    me, mine = hall.booked(0)
    people = [hall.walk_in()["appointment_id"] for _ in range(6)]
    hall.check_in(mine)
    group = catalogue.group(hall.office, "identity")
    assert group.counters > 2
    assert group.counters == group.capacity
    # Nobody has called yet: those that are planned end a visit one after the other.
    expected = math.ceil(7 * group.minutes / group.counters)
    assert hall.position(me, mine)["estimated_wait_minutes"] == expected
    for counter in ("1", "2"):
        hall.next(counter)
    # Two are open: they end one visit each, and two more, before they call the fifth.
    assert hall.position(me, mine)["ahead"] == 4
    visit = group.minutes * group.counters // group.capacity
    assert hall.position(me, mine)["estimated_wait_minutes"] == 3 * visit
    assert hall.step(people[0], "fulfil").status == 200
    assert hall.position(me, mine)["estimated_wait_minutes"] == 2 * visit
    assert hall.close_counter("1").status == 200
    assert hall.position(me, mine)["estimated_wait_minutes"] == 5 * visit


def test_a_visit_from_call_to_end_and_back(hall: Hall) -> None:
    _, mine = hall.booked(0)
    hall.check_in(mine)
    assert hall.step(mine, "start").code == "wrong_status"
    assert hall.next().json()["status"] == "called"
    assert hall.step(mine, "recall").json()["status"] == "called"
    started = hall.step(mine, "start").json()
    assert started["status"] == "serving"
    stale = hall.step(mine, "fulfil", version=started["version"] - 1)
    assert (stale.status, stale.code, stale.json()["current"]) == (409, "stale_version", "serving")
    assert hall.step(mine, "fulfil", version=started["version"]).json()["status"] == "fulfilled"
    undone = [hall.step(mine, "undo").json()["status"] for _ in range(4)]
    assert undone == ["serving", "called", "checked_in", "booked"]
    refused = hall.step(mine, "undo")
    assert (refused.code, refused.json()["current"]) == ("wrong_status", "booked")
    assert hall.check_in(mine)


def test_missing_thrice_suspends_and_undo_forgives(hall: Hall) -> None:
    me, first = hall.booked(0)
    ids = [first]
    for minutes, service in ((20, "id-card-replacement"), (40, "residence-permit")):
        slot = hall.slot(minutes)
        ids.append(book(hall.client, me, slot, service=service).json()["appointment_id"])
    early = hall.step(ids[-1], "no-show")
    assert early.code == "wrong_status"
    hall.wait_until(41)
    me = log_in_again(hall.client, me)
    for one in ids:
        assert hall.step(one, "no-show").json()["status"] == "no_show"
    refused = book(hall.client, me, hall.slot(60))
    assert refused.code == "booking_suspended"
    assert hall.step(ids[0], "undo").json()["status"] == "booked"
    assert book(hall.client, me, hall.slot(60)).code == "already_booked"
    assert hall.step(ids[0], "fulfil").code == "wrong_status"
    again = book(hall.client, me, hall.slot(60), service="id-card-replacement")
    assert again.status == 201
    assert hall.step(ids[1], "undo").code == "already_booked"


def test_whoever_came_missed_nothing(hall: Hall) -> None:
    me, first = hall.booked(0)
    hall.check_in(first)
    assert hall.step(first, "no-show").json()["status"] == "no_show"
    assert storage.load_guard(me.citizen_id).no_shows == frozenset()
    _, second = hall.booked(1)
    hall.check_in(second)
    hall.next()
    assert hall.step(second, "no-show").status == 200
    assert counts(hall).get("no_shows", 0) == 0
    assert hall.step(second, "undo").json()["status"] == "called"


@pytest.mark.parametrize("end", ["no-show", "fulfil"])
@pytest.mark.parametrize("started", [False, True])
def test_whoever_comes_back_after_the_next_call_waits_again(
    hall: Hall, end: str, *, started: bool
) -> None:
    first, second = (hall.walk_in()["appointment_id"] for _ in range(2))
    assert hall.next().json()["appointment_id"] == first
    if started and end == "fulfil":
        hall.step(first, "start")
    assert hall.step(first, end).status == 200
    assert hall.next().json()["appointment_id"] == second
    back = hall.step(first, "undo").json()
    assert (back["status"], back["counter"]) == ("checked_in", None)
    assert hall.next("2").json()["appointment_id"] == first
    assert hall.step(first, "fulfil").status == 200
    # The counter that has called nobody since has them again.
    assert hall.step(first, "undo").json()["counter"] == "2"
    assert hall.next("2").code == "counter_busy"


def test_an_undoing_and_a_call_at_once_leave_one_at_a_counter(hall: Hall) -> None:
    for number in range(3):
        counter = str(number)
        first, _ = (hall.walk_in()["appointment_id"] for _ in range(2))
        assert hall.next(counter).json()["appointment_id"] == first
        hall.step(first, "fulfil")

        def act(which: int, first: str = first, counter: str = counter) -> None:
            answer = hall.next(counter) if which else hall.step(first, "undo")
            assert answer.status == 200 or answer.code == "counter_busy", answer.body

        at_once(2, act)
        line = storage.list_queue(hall.office, hall.morning.date())
        assert sorted(one.stage for one in line) == ["C", "W"]
        while (answer := hall.next(counter, fulfil=True)).status == 200:
            continue
        assert answer.code == "queue_empty"
        for one in storage.list_queue(hall.office, hall.morning.date()):
            hall.step(one.appointment_id, "fulfil")


@pytest.mark.parametrize(("minutes", "refusal"), [(-90, "too_early"), (45, "too_late")])
def test_who_is_early_or_late_can_be_let_in(hall: Hall, minutes: int, refusal: str) -> None:
    me, mine = hall.booked(90 if minutes < 0 else 0)
    hall.wait_until(max(0, minutes))
    body = {"appointment_id": mine}
    refused = hall.post("/checkins", body).json()
    assert (refused["result"], refused["reason"]) == ("refused", refusal)
    assert hall.post("/checkins", {**body, "override": {}}).status == 422
    let_in = hall.post("/checkins", {**body, "override": {"reason": "堵车"}}).json()
    assert (let_in["result"], let_in["appointment"]["status"]) == ("ok", "checked_in")
    facts = storage.load_entries(mine)[-1].data
    assert (facts["override"], facts["reason"]) == (refusal, "堵车")
    # Who was let in is called like all others, and has missed nothing.
    assert hall.next().json()["appointment_id"] == mine
    assert storage.load_guard(me.citizen_id).no_shows == frozenset()
    again = hall.post("/checkins", {**body, "override": {"reason": "堵车"}}).json()
    assert again["reason"] == "already_checked_in"


def test_a_strike_is_taken_back(hall: Hall) -> None:
    me, first = hall.booked(0)
    ids = [first]
    for minutes, service in ((20, "id-card-replacement"), (40, "residence-permit")):
        answer = book(hall.client, me, hall.slot(minutes), service=service)
        ids.append(answer.json()["appointment_id"])
    hall.wait_until(41)
    me = log_in_again(hall.client, me)
    for one in ids:
        assert hall.step(one, "no-show").status == 200
    assert book(hall.client, me, hall.slot(90)).code == "booking_suspended"
    path, token = f"/v1/admin/appointments/{ids[1]}/excuse", chief(hall)
    assert hall.client.post(path, {}, token=token).status == 422
    for _ in range(2):
        answer = hall.client.post(path, {"reason": "医院证明"}, token=token)
        assert (answer.status, answer.json()["status"]) == (200, "no_show")
    assert storage.load_entries(ids[1])[-1].data["reason"] == "医院证明"
    assert len(storage.load_guard(me.citizen_id).no_shows) == 2
    booked = book(hall.client, me, hall.slot(90))
    assert booked.status == 201
    other = booked.json()["appointment_id"]
    refused = hall.client.post(
        f"/v1/admin/appointments/{other}/excuse", {"reason": "x"}, token=token
    )
    assert refused.code == "wrong_status"


@pytest.mark.fresh_index("a queue is called empty only when its index shows nobody")
@pytest.mark.parametrize("called", [False, True])
@pytest.mark.parametrize("by", ["void", "undo"])
def test_a_ticket_that_was_a_mistake_is_taken_back(hall: Hall, by: str, *, called: bool) -> None:
    one = hall.walk_in()["appointment_id"]
    if called:
        hall.next()
        assert by == "void" or hall.step(one, "undo").json()["status"] == "checked_in"
    taken = hall.step(one, by, **({"reason": "误取"} if by == "void" else {}))
    assert (taken.status, taken.json()["status"]) == (200, "cancelled")
    assert counts(hall) == dict.fromkeys(counts(hall), 0)
    assert hall.next().code == "queue_empty"


def test_a_booking_is_no_ticket_to_void(hall: Hall) -> None:
    _, mine = hall.booked(0)
    hall.check_in(mine)
    assert hall.step(mine, "void", reason="误取").code == "wrong_status"


def test_the_evening_empties_the_hall(hall: Hall) -> None:
    me, mine = hall.booked(0)
    hall.check_in(mine)
    served, left = hall.walk_in(), hall.walk_in()
    hall.next()
    hall.next()
    hall.step(served["appointment_id"], "start")
    tomorrow = hall.morning + timedelta(days=1)
    day = (hall.morning + timedelta(hours=8)).date()
    list(closing._close(hall.office, day, day + timedelta(days=1), tomorrow))
    ends = [storage.load(i) for i in (mine, served["appointment_id"], left["appointment_id"])]
    assert [end.status for end in ends if end] == ["expired", "fulfilled", "expired"]
    assert book(hall.client, me, hall.slot(60)).status == 201


def counts(hall: Hall) -> dict[str, int]:
    day = f"{hall.morning + timedelta(hours=8):%Y%m%d}"
    return {
        name: amount
        for _, category, found in storage.load_days(hall.office, day, day)
        if category == "identity"
        for name, amount in found.items()
    }


def test_what_happened_is_counted_and_undone(hall: Hall) -> None:
    one = hall.walk_in()["appointment_id"]
    hall.clock.set(hall.morning + timedelta(minutes=1))
    hall.next()
    hall.clock.set(hall.morning + timedelta(minutes=2))
    hall.step(one, "start")
    hall.clock.set(hall.morning + timedelta(minutes=6))
    hall.step(one, "fulfil")
    seen = {"served": 1, "waited": 360, "serving": 240, "no_shows": 0, "walk_ins": 1}
    assert counts(hall) == pytest.approx(seen, abs=5)
    assert counts(hall)["served"] == 1
    hall.step(one, "undo")
    assert counts(hall) == {**dict.fromkeys(seen, 0), "walk_ins": 1}


def test_under_faults_nobody_is_called_twice_or_lost(hall: Hall) -> None:
    people = {hall.walk_in()["appointment_id"] for _ in range(6)}
    with every_second_call_fails():
        called = {_until_done(hall, f"counter-{number}") for number in range(6)}
    assert called == people


def _until_done(hall: Hall, key: str) -> str:
    for _ in range(30):
        answer = hall.next(key, key)
        if answer.status == 200:
            return str(answer.json()["appointment_id"])
    raise AssertionError


@pytest.mark.fresh_index("each whom an index still shows costs a read")
def test_calling_costs_little_however_many_are_called_already(hall: Hall) -> None:
    people = [hall.walk_in()["appointment_id"] for _ in range(12)]
    with metered() as cost:
        assert hall.next("0").status == 200
    assert cost.wcu <= 8
    assert cost.rcu <= 2
    assert cost.trips <= 3
    for number in range(1, 11):
        assert hall.next(str(number)).status == 200
    assert hall.step(people[0], "fulfil").status == 200
    with metered() as cost:
        assert hall.next("0").status == 200
    assert cost.wcu <= 8
    assert cost.rcu <= 4
    assert cost.trips <= 4
