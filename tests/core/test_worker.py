import json
import logging
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.core import dependencies, events, history, logs, metrics, parallel, worker
from chalicelib.core.errors import TryAgain
from chalicelib.core.events import Event
from chalicelib.core.settings import SETTINGS

CONTEXT = SimpleNamespace(aws_request_id="R-1")
PERSON = "Zhang San 330203199001011234"
Lines = Callable[[], list[dict[str, Any]]]


def event(
    seq: int = 1, type_: str = "case.accepted", at: str = "2026-12-01T09:00:00+08:00"
) -> Event:
    return Event("C1case", seq, type_, at, "staff:S1", {"status": "ok"})


def message(one: Event, name: str = "m1") -> dict[str, Any]:
    return {"messageId": name, "body": json.dumps({"detail": json.loads(one.to_json())})}


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """The log of a process whose root logger writes plain text, as Lambda's runtime sets it up."""
    product, root = logging.getLogger("onetrip"), logging.getLogger()
    before = product.handlers[:], product.propagate, product.level
    product.handlers[:], product.propagate = [], True
    plain = logging.StreamHandler(sys.stderr)
    plain.setFormatter(logging.Formatter("[%(levelname)s]\t%(message)s"))
    root.addHandler(plain)
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    root.removeHandler(plain)
    product.handlers[:], product.propagate, _ = before
    product.setLevel(before[2])


def failed(answer: worker.Failures) -> list[str]:
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def measured(line: dict[str, Any]) -> dict[str, float]:
    """Return the metrics of a line, which must be as the specification of the format demands."""
    assert isinstance(line["_aws"]["Timestamp"], int)
    assert abs(line["_aws"]["Timestamp"] / 1000 - datetime.now().timestamp()) < 60  # noqa: DTZ005
    values: dict[str, float] = {}
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Namespace"]) <= 1024
        assert directive["Dimensions"]
        for names in directive["Dimensions"]:
            assert 1 <= len(names) <= 30
            # Dimensions are members of the root, with texts.
            assert all(isinstance(line[name], str) and line[name] for name in names)
        assert 1 <= len(directive["Metrics"]) <= 100
        for metric in directive["Metrics"]:
            assert metric["Unit"] in ("Count", "Seconds")
            values[metric["Name"]] = line[metric["Name"]]
    assert all(type(value) in (int, float) for value in values.values())
    return values


def of_run(all_: list[dict[str, Any]], function: str) -> dict[str, float]:
    """Return the one line of metrics of a run of a function."""
    [line] = [one for one in all_ if "_aws" in one]
    assert (line["function"], line["stage"]) == (function, SETTINGS.stage)
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("OneTrip", [["stage", "function"]])
    return measured(line)


def test_each_message_of_a_queue_fails_for_itself(lines: Lines) -> None:
    seen: list[str] = []

    def work(one: Event, now: datetime) -> None:
        seen.append(one.event_id)
        logging.getLogger("onetrip.room").warning("room_spoke", extra={"reason": "none"})
        if one.seq == 2:
            raise KeyError(PERSON)
        if one.seq == 3:
            raise TryAgain(retry_after=1)

    ago = (dependencies.clock().now() - timedelta(seconds=90)).isoformat()
    batch = [message(event(seq, at=ago), f"m{seq}") for seq in (1, 2, 3, 4)]
    answer = worker.queue("follow_up", work)({"Records": batch}, CONTEXT)
    assert failed(answer) == ["m2", "m3"]
    assert seen == [f"C1case.{seq}" for seq in (1, 2, 3, 4)]
    written = lines()
    spoke = [one for one in written if one["message"] == "room_spoke"]
    assert [one["event"] for one in spoke] == seen
    assert {one["reason"] for one in spoke} == {"none"}
    assert {(one["function"], one["request_id"]) for one in written} == {("follow_up", "R-1")}
    ended = {one["message"]: one for one in written if one["message"].startswith("event_")}
    assert (ended["event_failed"]["event"], ended["event_failed"]["exception"]) == (
        seen[1],
        "KeyError",
    )
    assert (ended["event_deferred"]["event"], ended["event_deferred"]["code"]) == (
        seen[2],
        "try_again",
    )
    counted = of_run(written, "follow_up")
    assert (counted["processed"], counted["failed"]) == (2, 2)
    # What events start says nothing of the clock.
    assert "by_clock" not in counted
    assert 90 <= counted["age"] < 120
    assert PERSON not in json.dumps(written)


def test_a_run_that_has_no_time_left_leaves_the_rest_and_keeps_what_is_done(lines: Lines) -> None:
    # One message waits for a provider that does not answer.
    left = iter([60_000, 20_000, 14_000])
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: next(left))
    batch = [message(event(seq), f"m{seq}") for seq in range(1, 6)]
    handler = worker.queue("follow_up", lambda one, now: None)
    assert failed(handler({"Records": batch}, context)) == ["m4", "m5"]
    written = lines()
    assert [one["size"] for one in written if one["message"] == "messages_left"] == [2]
    counted = of_run(written, "follow_up")
    assert (counted["processed"], counted["failed"]) == (3, 0)


def test_a_run_with_little_time_does_one_message(lines: Lines) -> None:
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 3_000)
    batch = [message(event(seq), f"m{seq}") for seq in (1, 2)]
    handler = worker.queue("follow_up", lambda one, now: None)
    assert failed(handler({"Records": batch}, context)) == ["m2"]


@pytest.mark.parametrize(
    "body", ["", "no JSON", "[]", "{}", '{"detail": null}', '{"detail": {"subject": "a"}}']
)
def test_what_is_no_event_fails_and_its_neighbours_go_on(body: str, lines: Lines) -> None:
    seen: list[str] = []
    batch = [{"messageId": "bad", "body": body}, message(event())]
    handler = worker.queue("follow_up", lambda one, now: seen.append(one.event_id))
    assert failed(handler({"Records": batch}, None)) == ["bad"]
    assert seen == ["C1case.1"]
    written = lines()
    assert [one["item"] for one in written if one["message"] == "event_failed"] == ["bad"]
    assert of_run(written, "follow_up")["failed"] == 1


def test_a_room_in_trouble_does_not_keep_the_others_waiting() -> None:
    heard: list[str] = []

    def fail(one: Event, now: datetime) -> None:
        heard.append("failed")
        raise LookupError

    def hear(one: Event, now: datetime) -> None:
        heard.append(one.event_id)

    with pytest.raises(LookupError):
        worker.together(hear, fail, hear)(event(), dependencies.clock().now())
    assert heard == ["C1case.1", "failed", "C1case.1"]


@pytest.mark.parametrize("pool", [None, "pool", "concurrently"])
def test_a_timer_sets_one_bad_item_aside(lines: Lines, pool: str | None) -> None:
    done: list[int] = []

    def run(now: datetime) -> None:
        def divide(number: int) -> None:
            done.append(12 // number)
            logging.getLogger("onetrip.room").info("divided")

        metrics.waited("watch_deadlines", [now - timedelta(seconds=n) for n in (7, 42, 3)])
        with ThreadPoolExecutor(2) as threads:
            through = {None: None, "pool": threads.map, "concurrently": parallel.map_concurrently}
            worker.each("watch_deadlines", (1, 0, 2), divide, through=through[pool])

    assert failed(worker.timer("watch_deadlines", run)({}, CONTEXT)) == []
    assert sorted(done) == [6, 12]
    written = lines()
    # A fact of a line is there as JSON, and lines of a pool's threads know their run as well.
    [aside] = [one for one in written if one["message"] == "item_set_aside"]
    assert (aside["item"], aside["exception"]) == ("0", "ZeroDivisionError")
    assert {(one["function"], one["request_id"]) for one in written} == {("watch_deadlines", "R-1")}
    assert of_run(written, "watch_deadlines") == {
        "processed": 2,
        "failed": 1,
        "age": 42.0,
        "by_clock": 1,
    }


def test_a_timer_that_fails_tells_its_type_alone(lines: Lines) -> None:
    def run(now: datetime) -> None:
        raise ValueError(PERSON)

    with pytest.raises(worker.RunFailed, match=r"^ValueError$") as raised:
        worker.timer("compare_books", run)({}, CONTEXT)
    assert raised.value.__suppress_context__
    written = lines()
    [line] = [one for one in written if one["message"] == "run_failed"]
    assert (line["exception"], line["places"][-1].split()[-1]) == ("ValueError", "run")
    assert PERSON not in json.dumps(written)
    assert of_run(written, "compare_books") == {"processed": 0, "failed": 0, "by_clock": 1}


def test_a_stream_asks_for_what_must_come_again(lines: Lines) -> None:
    def take(records: Any) -> str | None:
        metrics.count("publish_events", processed=len(records))
        return "0007" if len(records) > 1 else None

    handler = worker.stream("publish_events", take)
    assert failed(handler({"Records": [{}]}, CONTEXT)) == []
    assert of_run(lines(), "publish_events")["processed"] == 1
    assert failed(handler({"Records": [{}, {}]}, CONTEXT)) == ["0007"]


def test_what_fails_outside_of_a_run_is_counted_too(lines: Lines) -> None:
    assert worker.each("compare_books", (0, 1), lambda n: 1 // n) == [1]
    assert of_run(lines(), "compare_books") == {"processed": 1, "failed": 1}
    worker.each("compare_books", (1,), lambda n: 1 // n)
    assert lines() == []


def test_every_metric_is_valid_in_the_embedded_format(lines: Lines) -> None:
    logs.configure()
    logs.count_repaired("reconcile_events", "payment.succeeded", 3)
    [line] = lines()
    assert measured(line) == {"repaired": 3}


def test_a_record_of_a_stream_is_the_event_of_its_entry() -> None:
    entry = history.append(
        "C1case",
        history.Head(),
        type_="case.submitted",
        at=datetime.fromisoformat("2026-12-01T09:00:00+08:00"),
        actor="citizen:C1",
        data={"office": "北仑", "status": "submitted"},
    )
    image = {
        **{name: {"S": getattr(entry, name)} for name in ("subject", "type", "at", "actor")},
        "seq": {"N": "1"},
        "prev_hash": {"S": entry.prev_hash},
        "data": {"S": json.dumps(entry.data)},
    }
    record = {"eventName": "INSERT", "dynamodb": {"NewImage": image}}
    assert events.is_entry(record)
    assert events.of_record(record) == events.of_entry(entry)
    assert not events.is_entry({**record, "eventName": "MODIFY"})
    assert not events.is_entry({"eventName": "REMOVE", "dynamodb": {"Keys": {}}})


@pytest.mark.parametrize("change", [{"seq": {"N": "x"}}, {"data": {"M": {}}}, {"subject": {}}])
def test_an_image_that_is_no_entry_is_refused(change: dict[str, Any]) -> None:
    image = {
        **{name: {"S": "x"} for name in ("subject", "type", "at", "actor", "prev_hash")},
        "seq": {"N": "1"},
        "data": {"S": "{}"},
    }
    with pytest.raises(ValueError, match=r"event|invalid literal"):
        events.of_record({"dynamodb": {"NewImage": {**image, **change}}})


def test_a_batch_is_taken_together_and_fails_together_but_for_what_is_no_event(
    lines: Lines,
) -> None:
    taken: list[list[str]] = []

    def collect(some: Any, now: datetime) -> None:
        taken.append([one.event_id for one in some])
        if len(taken) == 2:
            raise KeyError(PERSON)

    handle = worker.batch("test", collect)
    messages = [message(event(1), "m1"), {"messageId": "m2", "body": "{"}, message(event(2), "m3")]
    assert failed(handle({"Records": messages}, CONTEXT)) == ["m2"]
    said = lines()
    assert of_run(said, "test") | {"age": 0} == {"processed": 2, "failed": 1, "age": 0}
    assert failed(handle({"Records": messages}, CONTEXT)) == ["m1", "m2", "m3"]
    assert failed(handle({"Records": messages[1:2]}, CONTEXT)) == ["m2"]
    assert taken == [["C1case.1", "C1case.2"]] * 2
    assert PERSON not in json.dumps(said)
