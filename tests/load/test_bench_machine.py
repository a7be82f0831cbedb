"""A thousand applications decided by the machine at once; writes docs/benchmarks.md."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from chalicelib.cases import handlers, storage
from chalicelib.core import dependencies, events, history
from chalicelib.core.errors import TryAgain
from chalicelib.core.events import Event
from tests.cases.world import aged
from tests.load.report import table
from tests.support.cases import lodge
from tests.support.client import ApiClient
from tests.support.clock import TestClock

pytestmark = pytest.mark.slow
PEOPLE, EACH, WORKERS, TIMES = 50, 20, 8, 3
SERVICE = "elder-card"


def test_a_thousand_at_once_are_decided_once_each(client: ApiClient, morning: TestClock) -> None:
    people = [aged(client) for _ in range(PEOPLE)]
    with ThreadPoolExecutor(WORKERS) as threads:
        made = threads.map(
            lambda who: [
                lodge(client, who, service=SERVICE).json()["case_id"] for _ in range(EACH)
            ],
            people,
        )
        case_ids = [case_id for some in made for case_id in some]
    lodged = [events.of_entry(storage.load_entries(case_id)[0]) for case_id in case_ids]
    # Each event comes three times, and two of one case stand beside each other.
    words = [*(event for event in lodged for _ in range(TIMES - 1)), *reversed(lodged)]
    now = dependencies.clock().now()
    with ThreadPoolExecutor(WORKERS) as threads:
        again = sum(threads.map(lambda event: _heard(event, now), words))
    for case_id in case_ids:
        case, entries = storage.load(case_id), storage.load_entries(case_id)
        assert case
        assert [entry.type for entry in entries] == ["case.submitted", "case.approved"]
        assert history.check(case_id, entries, case.head) is None
    table(
        "machine",
        f"Decided by machine: {len(case_ids):,} applications at once, each told {TIMES} times"
        f" to {WORKERS} workers",
        ["", "measured"],
        [
            ["decided", f"{len(case_ids):,}"],
            ["decided twice, or not", 0],
            ["told again, as others were faster", again],
        ],
    )


def _heard(event: Event, now: datetime) -> int:
    """Tell the room of an event until it took effect; return how often it had to be told again."""
    for again in range(20):
        try:
            handlers.follow_up(event, now)
        except TryAgain:
            continue
        return again
    raise AssertionError(event.event_id)
