"""The benchmarks that need the engine; each adds its table to docs/benchmarks.md."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, cast

import pytest

from chalicelib.appointments import storage
from chalicelib.core import tables
from chalicelib.core.ids import new_id
from tests.appointments.world import HALL, book, clerk, new_slot, seats
from tests.load import containers, textbook
from tests.load.containers import Crowd
from tests.load.report import table
from tests.load.week import half_taken_week
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.meter import Cost, metered
from tests.support.people import log_in

pytestmark = pytest.mark.slow
CROWD, CLIENTS, SEATS = 2000, 64, 20
Bill = tuple[str, Cost, str]


def bills(client: ApiClient, clock: TestClock) -> list[Bill]:
    """Meter each operation once."""
    me, late, later = log_in(client), log_in(client), log_in(client)
    half_taken_week()
    found: list[Bill] = []

    def bill(name: str, budget: str, act: Callable[[], Any]) -> Any:
        with metered() as cost:
            answer = act()
        found.append((name, cost, budget))
        return answer

    slot = new_slot(20)
    made = bill("book", "8 / 1 / 2", lambda: book(client, me, slot))
    path = made.headers["location"]
    full = new_slot(1)
    book(client, late, full)
    book(client, later, full)
    bill("book, known to this process to be full", "0 / 0 / 0", lambda: book(client, me, full))
    bill("list mine", "0 / 4 / 1", lambda: client.get("/v1/appointments", token=me.token))
    week = f"/v1/offices/{HALL}/availability?service_id=id-card-renewal&days=7"
    bill("availability, 7 days", "0 / 6 / 1", lambda: client.get(week))
    second = book(client, late, new_slot(), service="residence-permit").headers["location"]
    bill("cancel", "8 / 1 / 3", lambda: client.post(f"{second}/cancel", {}, token=late.token))
    text = client.get(f"{path}/pass", token=me.token).json()["pass"]
    clock.set(datetime.fromisoformat(made.json()["start"]))
    desk = clerk(client)
    scan = {"pass": text}
    bill("check-in", "7 / 1 / 2", lambda: client.post("/v1/admin/checkins", scan, token=desk))
    name = f"BOOK#{new_id()}"
    textbook.make_slot(name, SEATS)
    bill("textbook: book", "", lambda: textbook.book(name, new_id()))
    return found


def rows(found: list[Bill]) -> list[list[object]]:
    return [[name, f"{c.wcu:g} / {c.rcu:g} / {c.trips}", budget] for name, c, budget in found]


def test_the_budget_table_stays_the_same_when_the_tables_grow(
    client: ApiClient, morning: TestClock
) -> None:
    before = bills(client, morning)
    _grow(5000)
    morning.reset()
    morning.set(datetime.fromisoformat("2027-03-01T09:00:00+08:00"))
    after = bills(client, morning)
    joined = [[*row, again[1]] for row, again in zip(rows(before), rows(after), strict=True)]
    title = "Budgets: write units / read units / round trips, and with 5,000 more bookings"
    table("budgets", title, ["operation", "measured", "budget", "grown"], joined)
    for (name, small, _), (_, grown, _) in zip(before, after, strict=True):
        costs = [(cost.wcu, cost.rcu, cost.trips) for cost in (small, grown)]
        assert costs[0] == costs[1], name


def test_a_flash_crowd(client: ApiClient, morning: TestClock) -> None:
    people = [log_in(client) for _ in range(CROWD)]
    slot, another = new_slot(SEATS), new_slot(SEATS)
    together = _crowd(lambda n: str(book(client, people[n], slot).status))
    apart = containers.rush(people, CLIENTS, another, "id-card-replacement")
    assert len(seats(slot)) == len(seats(another)) == SEATS
    name = f"CROWD#{new_id()}"
    textbook.make_slot(name, SEATS)
    theirs = _crowd(lambda number: str(textbook.book(name, f"{number}{name}")))
    assert textbook.taken(name) == SEATS
    crowds = together, apart, theirs
    given = [sum(one in ("201", "True") for one in crowd.answers) for crowd in crowds]
    failed = [sum(one.startswith("5") for one in crowd.answers) for crowd in crowds]
    table(
        "crowd",
        f"Flash crowd: {CROWD:,} requests from {CLIENTS} clients on {SEATS} seats",
        ["", "one memory for all", "each client a process", "textbook, bare SDK call"],
        [
            ["seats given", *given],
            ["5xx", *failed],
            ["calls of the database", *(crowd.calls for crowd in crowds)],
            ["requests a second", *(round(CROWD / crowd.seconds) for crowd in crowds)],
        ],
    )
    assert [len(crowd.answers) for crowd in crowds] == [CROWD] * 3
    assert given == [SEATS] * 3
    assert failed == [0] * 3
    # Each learns for itself that the slot is full, and asks the database no more.
    assert together.calls < apart.calls < theirs.calls


def _crowd(act: Callable[[int], str]) -> Crowd:
    calls, lock = [0], threading.Lock()

    def count(**_: object) -> None:
        with lock:
            calls[0] += 1

    events: Any = tables.client().meta.events
    events.register("before-send.dynamodb", count)
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(act, range(CROWD)))
    seconds = time.perf_counter() - began
    events.unregister("before-send.dynamodb", count)
    return Crowd(answers, calls[0], seconds)


def _grow(count: int) -> None:
    sdk = cast("Any", tables.client())
    for _ in range(0, count, 25):
        items = [
            {"pk": {"S": f"C#{new_id(8)}"}, "sk": {"S": f"A#{new_id()}"}, "status": {"S": "booked"}}
            for _ in range(25)
        ]
        puts = [{"PutRequest": {"Item": item}} for item in items]
        sdk.batch_write_item(RequestItems={storage.TABLE.name: puts})
