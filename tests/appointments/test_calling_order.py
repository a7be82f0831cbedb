"""A hall in the day: priority, parking, sending elsewhere, counters opened and closed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import AppointmentStatus, QueuePlace
from chalicelib.appointments.domain.calling_order import (
    Calls,
    Counter,
    HallDay,
    InLine,
    PastCall,
    Priority,
)
from chalicelib.appointments.domain.queue_steps import in_line, queue_key
from chalicelib.appointments.domain.waiting_times import Plan, forecast, mean_seconds, newcomer
from chalicelib.core.errors import IdempotencyKeyReused
from chalicelib.core.idempotency import Attempt
from tests.appointments.world import Hall, at_once, visit
from tests.support.faults import stale_indexes

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def waits(name: str, *, priority: bool = False, category: str = "a", **more: Any) -> InLine:
    return InLine(f"W{name}", name, "W", category, priority=priority, **more)


def ids(line: list[InLine]) -> list[str]:
    return [one.appointment_id for one in line]


@given(priorities=st.lists(st.booleans(), max_size=12), since=st.integers(0, 2))
def test_of_three_calls_at_most_one_is_with_priority_while_others_wait(
    priorities: list[bool], since: int
) -> None:
    line = [waits(f"{n:02}", priority=one) for n, one in enumerate(priorities)]
    hall = HallDay(calls={"a": Calls(since)})
    called = hall.line_up(line, "a")
    assert sorted(ids(called)) == ids(line)
    flags = [one.priority for one in called]
    others_end = max((n for n, one in enumerate(flags) if not one), default=-1)
    history = [True] + [False] * since if since < 2 else []
    marks = [n for n, one in enumerate(history + flags[: others_end + 1]) if one]
    assert all(later - sooner > 2 for sooner, later in pairwise(marks))
    # Within each kind, who came first is first; and priority waits no longer than for two others.
    for kind in (True, False):
        assert ids([c for c in called if c.priority is kind]) == sorted(
            ids([c for c in called if c.priority is kind])
        )
    if any(flags):
        assert flags.index(True) <= 2 - since


def test_one_by_one_as_the_line_up_says() -> None:
    line = [waits(str(n), priority=n in (2, 3, 5)) for n in range(7)]
    hall, order = HallDay(), []
    rest = list(line)
    while one := hall.next_of(rest, Counter("1"), None):
        order.append(one.appointment_id)
        rest.remove(one)
        calls = hall.calls_of("a").after(one, parked=False)
        hall = replace(hall, calls={"a": calls}) if calls else hall
    assert order == ["2", "0", "1", "3", "4", "6", "5"] == ids(HallDay().line_up(line, "a"))


@pytest.mark.parametrize(
    ("calls", "priority", "parked", "after"),
    [
        (Calls(), False, False, None),
        (Calls(), True, False, Calls(0, 1)),
        (Calls(0, 4, 3), False, False, Calls(1, 5, 3)),
        (Calls(1, 4), False, False, Calls(2, 5)),
        (Calls(1, 4), True, False, Calls(0, 5)),
        (Calls(2, 4), False, True, Calls(2, 5)),
    ],
)
def test_what_is_kept_of_a_call(
    calls: Calls, *, priority: bool, parked: bool, after: Calls | None
) -> None:
    assert calls.after(waits("x", priority=priority), parked=parked) == after


def test_who_is_parked_comes_back_after_the_calls_or_when_nobody_else_waits() -> None:
    away = waits("0", parked_until=3)
    line = [away, waits("1")]
    for count, first in ((0, "1"), (2, "1"), (3, "0"), (4, "0")):
        hall = HallDay(calls={"a": Calls(count=count)})
        called = hall.next_of(line, Counter("1"), None)
        assert called
        assert called.appointment_id == first
    assert HallDay().next_of([away], Counter("1"), None) == away
    others = [waits(str(n)) for n in range(1, 6)]
    assert ids(HallDay().line_up([away, *others], "a")) == ["1", "2", "3", "0", "4", "5"]


def test_who_a_counter_may_call() -> None:
    a, b = waits("1"), waits("2", category="b")
    sent = waits("0", only_at="7", category="b")
    hall = HallDay({"7": Counter("7", categories=frozenset({"a"})), "8": Counter("8", open=False)})
    line = [sent, a, b]
    assert hall.next_of(line, Counter("1"), None) == a
    assert hall.next_of(line, Counter("1"), "b") == b
    assert hall.next_of(line, Counter("1", categories=frozenset({"b"})), None) == b
    assert hall.next_of(line, Counter("1", categories=frozenset({"b"})), "a") is None
    assert hall.next_of(line, hall.counter("7"), None) == sent
    assert hall.next_of([waits("0", only_at="8")], Counter("1"), None)
    assert hall.next_of([a], Counter("1", open=False), None) is None
    assert hall.next_of([replace(a, stage="C")], Counter("1"), None) is None


@given(
    priority=st.sampled_from(list(Priority)),
    parked=st.integers(0, 999),
    only_at=st.none() | st.text("0123456789AB#号", min_size=1, max_size=20),
    category=st.sampled_from(["identity", "exit-entry"]),
)
def test_the_order_of_the_queue_says_all_that_a_call_needs(
    priority: Priority, parked: int, only_at: str | None, category: str
) -> None:
    place = QueuePlace(
        NOW, NOW, priority=priority, parked_until=parked, only_at=only_at, category=category
    )
    there = replace(visit(), status=AppointmentStatus.CHECKED_IN, ticket_number="A012", place=place)
    key = queue_key(there)
    assert key
    one = in_line(key[1], "x")
    assert (one.stage, one.category, one.priority, one.parked_until, one.only_at) == (
        "W", category, priority is not Priority.NONE, parked, only_at,
    )  # fmt: skip
    assert key[1].startswith("W090000.00012#")


def test_a_counter_knows_its_last_calls() -> None:
    counter = Counter("1")
    for number in range(9):
        counter = counter.calling(f"id{number}", "A001", Attempt(f"key{number}---", "f"), NOW)
    assert counter.past[0] == PastCall("key1---", "f", "id1")
    assert counter.called_before(Attempt("key8---", "f")) == "id8" == counter.appointment_id
    assert counter.called_before(Attempt("key0---", "f")) is None
    with pytest.raises(IdempotencyKeyReused):
        counter.called_before(Attempt("key8---", "other"))


PLANS = {"a": Plan(2, 600.0), "b": Plan(1, 300.0)}


def test_a_visit_takes_what_was_planned_until_more_is_seen() -> None:
    assert mean_seconds(HallDay(), "a", PLANS["a"]) == 600
    counters = {"1": Counter("1", served={"a": (2, 200), "b": (9, 9)}), "2": Counter("2")}
    counters["2"] = counters["2"].having_served("a", 100).having_served("a", 300)
    assert mean_seconds(HallDay(counters), "a", PLANS["a"]) == (1800 + 600) / 7


def test_the_wait_is_what_the_open_counters_need() -> None:
    at_work = replace(waits("0"), stage="S")
    line = [at_work, *(waits(str(n)) for n in range(1, 4))]
    busy = Counter("1", appointment_id="0", called_at=NOW - timedelta(minutes=4))
    seen = forecast(line, HallDay({"1": busy}), {"a": PLANS["a"]}, NOW)
    assert seen == {"1": 360, "2": 960, "3": 1560, newcomer("a"): 2160}
    # Who stays longer than others will stay for three tenths of a visit.
    late = replace(busy, called_at=NOW - timedelta(minutes=30))
    assert forecast(line, HallDay({"1": late}), {"a": PLANS["a"]}, NOW)["1"] == 180
    two = {"1": busy, "2": Counter("2", called_at=NOW)}
    assert forecast(line, HallDay(two), {"a": PLANS["a"]}, NOW) == {
        "1": 0, "2": 360, "3": 600, newcomer("a"): 960,
    }  # fmt: skip
    closed = {**two, "2": Counter("2", open=False, called_at=NOW)}
    assert forecast(line, HallDay(closed), {"a": PLANS["a"]}, NOW) == seen
    idle = {**two, "2": Counter("2", called_at=NOW - timedelta(minutes=21))}
    assert forecast(line, HallDay(idle), {"a": PLANS["a"]}, NOW) == seen
    barely = {**two, "2": Counter("2", called_at=NOW - timedelta(minutes=20))}
    assert forecast(line, HallDay(barely), {"a": PLANS["a"]}, NOW)["1"] == 0


def test_before_the_first_call_the_plan_tells_the_wait() -> None:
    line = [waits("1"), waits("2"), waits("3", category="b"), waits("4", category="gone")]
    assert forecast(line, HallDay(), PLANS, NOW) == {
        "1": 300, "2": 600, "3": 300, newcomer("a"): 900, newcomer("b"): 600,
    }  # fmt: skip
    only_b = {"1": Counter("1", categories=frozenset({"b"}))}
    seen = forecast(line, HallDay(only_b), PLANS, NOW)
    assert (seen["1"], seen["3"]) == (300, 0)


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
