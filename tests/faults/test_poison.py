"""One record that nobody can read must not keep the others waiting."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import Seat, parse_slot_id
from chalicelib.cases.storage._records import TABLE as CASES
from chalicelib.core import logs, parallel, tables, worker
from chalicelib.core.ids import new_id
from chalicelib.deliveries.storage._records import TABLE as DELIVERIES
from chalicelib.deliveries.storage._records import delivery_keys
from chalicelib.payments.storage._records import TABLE as PAYMENTS
from chalicelib.payments.storage._records import payment_keys
from infra.local.engine import Engine
from tests.appointments.world import HALL, MONDAY, morning, new_slot, seats
from tests.support import functions
from tests.support.client import ApiClient
from tests.support.clock import TestClock

__all__ = ["morning"]
LATER = MONDAY + timedelta(minutes=30)


class Lines(logging.Handler):
    """Keeps the lines of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.all.append(json.loads(logs.JsonLines().format(record)))


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    handler, logger = Lines(), logging.getLogger("onetrip")
    logger.addHandler(handler)
    yield handler.all
    logger.removeHandler(handler)


@contextmanager
def poison(table: str, keys: tuple[str, str], **more: str | int) -> Iterator[None]:
    """Keep a record with nothing in it but what puts it on a list."""
    dynamodb: Any = tables.client()
    key = {"pk": {"S": keys[0]}, "sk": {"S": keys[1]}}
    rest = {n: {"S": v} if isinstance(v, str) else {"N": str(v)} for n, v in more.items()}
    dynamodb.put_item(TableName=table, Item={**key, **rest})
    try:
        yield
    finally:
        dynamodb.delete_item(TableName=table, Key=key)


def set_aside(lines: list[dict[str, Any]], function: str) -> list[str]:
    metrics = [line for line in lines if "failed" in line and line["function"] == function]
    named = [line["item"] for line in lines if line.get("item") and line["function"] == function]
    assert sum(line["failed"] for line in metrics) == len(named)
    for line in metrics:
        [told] = line["_aws"]["CloudWatchMetrics"]
        assert told["Namespace"] == "OneTrip"
        assert all(name in line for name in told["Dimensions"][0])
    return named


@pytest.mark.parametrize("keys", [("S#nonsense", "x"), ("S#a#b", "2#x")])
def test_a_slot_that_nobody_can_read_does_not_stop_the_sweep(
    client: ApiClient, morning: TestClock, lines: list[dict[str, Any]], keys: tuple[str, str]
) -> None:
    slot, orphan = new_slot(2), new_id()
    key = parse_slot_id(slot)
    assert key
    assert storage.take_seat(Seat(key, 0, orphan), MONDAY)
    with poison(storage._records.TABLE.name, keys, sweep="0", sweep_at=1):
        functions.run("release_expired", LATER)
    assert set_aside(lines, "release_expired") == [keys[0]]
    assert seats(slot) == set()
    assert storage.closed_until(HALL) is not None


def test_a_payment_that_nobody_can_read(engine: Engine, lines: list[dict[str, Any]]) -> None:
    bad = new_id(16)
    with poison(PAYMENTS.name, payment_keys(bad), ask="0", ask_at=1):
        functions.run("reconcile_payments", LATER)
    assert bad in set_aside(lines, "reconcile_payments")


def test_a_case_that_nobody_can_read(engine: Engine, lines: list[dict[str, Any]]) -> None:
    bad = new_id(16)
    with poison(CASES.name, (f"K#{bad}", "case"), watch="0", watch_at=1):
        functions.run("watch_deadlines", LATER)
    assert bad in set_aside(lines, "watch_deadlines")


def test_a_parcel_that_nobody_can_read(engine: Engine, lines: list[dict[str, Any]]) -> None:
    bad = new_id(32)
    lane = {"lane": f"H#{HALL}", "turn": "2#0000000001"}
    with poison(DELIVERIES.name, delivery_keys(bad), **lane):
        functions.run("watch_deliveries", LATER)
    assert bad in set_aside(lines, "watch_deliveries")


@pytest.mark.parametrize("through", [None, parallel.map_concurrently])
def test_the_rest_goes_on(lines: list[dict[str, Any]], through: Any) -> None:
    done = worker.each("compare_books", range(-5, 6), lambda n: 10 // n, through=through)
    assert done == [10 // n for n in range(-5, 6) if n]
    assert set_aside(lines, "compare_books") == ["0"]
    assert worker.each("compare_books", [], lambda n: 10 // n) == []
