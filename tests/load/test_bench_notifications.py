"""What telling costs, and that each event is told once whatever is delivered twice."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from rich.progress import track

from chalicelib.core.errors import Problem
from chalicelib.notifications import service, storage
from chalicelib.notifications.domain import LEASE, PushState
from tests.load.report import table
from tests.notifications.world import Platforms, paid, somebody, subscribe
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.meter import Cost, metered

pytestmark = pytest.mark.slow
PEOPLE, WORKERS, DELIVERIES = 500, 8, 3


def crowd(work: Callable[[int], Any]) -> None:
    threads = [threading.Thread(target=work, args=(n,)) for n in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def bills(client: ApiClient) -> list[tuple[str, Cost, str]]:
    found: list[tuple[str, Cost, str]] = []

    def bill(name: str, budget: str, act: Callable[[], Any]) -> None:
        with metered() as cost:
            act()
        found.append((name, cost, budget))

    me, _ = somebody()
    subscribe(client, me, "payment", 5)
    service.on_event(paid(me, 9), MONDAY)
    bill("tell, with a message", "4 / 1 / 5", lambda: service.on_event(paid(me), MONDAY))
    bill("the same event again", "1 / 3 / 3", lambda: service.on_event(paid(me), MONDAY))
    stranger, _ = somebody()
    bill("tell, no consent", "3 / 2 / 5", lambda: service.on_event(paid(stranger), MONDAY))
    bill("the inbox", "0 / 2 / 1", lambda: service.inbox(me, None, 20))
    return found


def test_figures_of_telling(client: ApiClient, phones: Platforms, morning: TestClock) -> None:
    rows: list[tuple[object, ...]] = [
        (name, f"{cost.wcu:g}", f"{cost.rcu:g}", cost.trips, budget)
        for name, cost, budget in bills(client)
    ]
    table(
        "telling-bills",
        "Telling: what it costs",
        ["operation", "WCU", "RCU", "trips", "budget"],
        rows,
    )
    people = [somebody() for _ in track(range(PEOPLE), "citizens")]
    for me, _ in people:
        storage.add_consents(me, "payment", storage.load_consents(me, "payment"), 5, ())
    events = [paid(me) for me, _ in people] * DELIVERIES

    def work(number: int) -> None:
        for event in events[number::WORKERS]:
            # Another worker has it just now; the last round sees to that.
            with suppress(Problem):
                service.on_event(event, MONDAY)

    began = time.monotonic()
    crowd(work)
    seconds = time.monotonic() - began
    for event in events:
        service.on_event(event, MONDAY + LEASE)
    shown = [len(phones.shown(account)) for _, account in people]
    told = [storage.list_notices(me, None, 5).items for me, _ in people]
    assert shown == [1] * PEOPLE
    assert all(len(notices) == 1 and notices[0].push_state is PushState.SENT for notices in told)
    table(
        "telling",
        "Telling: events delivered three times each, to eight workers at once",
        ["events", "deliveries", "notices", "messages", "deliveries a second"],
        [(PEOPLE, len(events), PEOPLE, sum(shown), f"{len(events) / seconds:.0f}")],
    )
