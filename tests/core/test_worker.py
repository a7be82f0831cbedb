import io
import json
import logging
from datetime import datetime
from typing import Any

import pytest

from chalicelib.core import events, history, logs, worker
from chalicelib.core.errors import TryAgain
from chalicelib.core.events import Event


def event(seq: int = 1, type_: str = "case.accepted") -> Event:
    return Event("C1case", seq, type_, "2026-12-01T09:00:00+08:00", "staff:S1", {"status": "ok"})


def message(one: Event, name: str = "m1") -> dict[str, Any]:
    return {"messageId": name, "body": json.dumps({"detail": json.loads(one.to_json())})}


def failed(answer: worker.Failures) -> list[str]:
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_each_message_fails_for_itself() -> None:
    seen: list[str] = []

    def work(one: Event, now: datetime) -> None:
        seen.append(one.event_id)
        if one.seq == 2:
            raise KeyError("who")
        if one.seq == 3:
            raise TryAgain(retry_after=1)

    batch = [message(event(seq), f"m{seq}") for seq in (1, 2, 3, 4)]
    answer = worker.handler(work)({"Records": batch}, None)
    assert failed(answer) == ["m2", "m3"]
    assert seen == [f"C1case.{seq}" for seq in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    "body", ["", "no JSON", "[]", "{}", '{"detail": null}', '{"detail": {"subject": "a"}}']
)
def test_what_is_no_event_fails_and_its_neighbours_go_on(body: str) -> None:
    seen: list[str] = []
    batch = [{"messageId": "bad", "body": body}, message(event())]
    assert failed(worker.run(batch, lambda one, now: seen.append(one.event_id))) == ["bad"]
    assert seen == ["C1case.1"]


def test_the_log_tells_ids_and_no_words_of_the_failure() -> None:
    logger, text = logging.getLogger("onetrip.worker"), io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logs.JsonLines())
    logger.addHandler(handler)

    def work(one: Event, now: datetime) -> None:
        raise ValueError("Zhang San 330203199001011234")

    try:
        worker.run([message(event())], work)
    finally:
        logger.removeHandler(handler)
    line = json.loads(text.getvalue())
    assert (line["event"], line["exception"]) == ("C1case.1", "ValueError")
    assert "Zhang" not in text.getvalue()


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
