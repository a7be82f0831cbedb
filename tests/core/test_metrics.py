import contextlib
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import metrics

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.counted: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        known = vars(record)
        names = ("function", "processed", "failed", "age", "orphans")
        self.counted.append({name: known[name] for name in names if name in known})


@pytest.fixture
def counted() -> Iterator[list[dict[str, Any]]]:
    handler, logger = Lines(), logging.getLogger("onetrip.metrics")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler.counted
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_a_run_writes_one_line_also_when_it_did_nothing_or_broke(
    counted: list[dict[str, Any]],
) -> None:
    with metrics.of_run("sweep", NOW):
        pass
    with contextlib.suppress(ZeroDivisionError), metrics.of_run("sweep", NOW):
        metrics.count("sweep", processed=2)
        metrics.count("sweep", processed=1, failed=1)
        raise ZeroDivisionError
    assert counted == [
        {"function": "sweep", "processed": 0, "failed": 0},
        {"function": "sweep", "processed": 3, "failed": 1},
    ]


def test_the_age_is_that_of_the_oldest_and_never_negative(counted: list[dict[str, Any]]) -> None:
    with metrics.of_run("sweep", NOW):
        metrics.waited("sweep", [NOW - timedelta(seconds=age) for age in (5, 60)])
        metrics.waited("sweep", [NOW - timedelta(seconds=30)])
        metrics.waited("sweep", [])
        metrics.waited("other", [NOW - timedelta(days=1)])
    with metrics.of_run("sweep", NOW):
        metrics.waited("sweep", [NOW + timedelta(seconds=1)])
    assert [line["age"] for line in counted] == [60.0, 0.0]


def test_outside_of_its_run_only_a_failure_is_written(counted: list[dict[str, Any]]) -> None:
    metrics.count("sweep", processed=1)
    metrics.waited("sweep", [NOW])
    with metrics.of_run("other", NOW):
        metrics.count("sweep", processed=1, failed=1)
    assert counted == [
        {"function": "sweep", "processed": 1, "failed": 1},
        {"function": "other", "processed": 0, "failed": 0},
    ]


def test_what_is_of_one_function_alone_is_written_when_there_was_some(
    counted: list[dict[str, Any]],
) -> None:
    with metrics.of_run("sweep", NOW):
        metrics.note("sweep", "orphans", 2)
        metrics.note("sweep", "orphans")
        metrics.note("other", "orphans", 0)
    metrics.note("sweep", "orphans")
    assert counted == [
        {"function": "sweep", "processed": 0, "failed": 0, "orphans": 3},
        {"function": "sweep", "orphans": 1},
    ]


def test_threads_lose_no_count() -> None:
    tally = metrics._Tally("sweep")

    def count() -> None:
        for _ in range(1000):
            tally.add(1, 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tally.processed, tally.failed) == (4000, 4000)
