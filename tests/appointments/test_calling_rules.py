"""Who is called next, and how long people wait, by the order of the queue alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from tests.appointments.made import booked

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
    there = replace(
        booked(), status=AppointmentStatus.CHECKED_IN, ticket_number="A012", place=place
    )
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


def test_a_key_has_called_once_whichever_counter_it_asks() -> None:
    attempt = Attempt("key1----", "f")
    first = Counter("1").calling("id1", "A001", attempt, NOW)
    hall = HallDay({"1": first, "2": Counter("2")})
    assert hall.called_before(attempt) == "id1"
    assert hall.called_before(Attempt("key2----", "f")) is None
    assert HallDay().called_before(attempt) is None
    with pytest.raises(IdempotencyKeyReused):
        hall.called_before(Attempt("key1----", "other"))


def test_a_line_is_of_who_waits_for_its_counters() -> None:
    mine = waits("1")
    others = [waits("0", category="b"), replace(waits("2"), stage="C"), replace(mine, stage="S")]
    assert HallDay().line_up([*others, mine], "a") == [mine]
    assert HallDay().line_up(others, "a") == []
    assert HallDay().line_up([], "a") == []


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
