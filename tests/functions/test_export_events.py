"""What goes out to the province: what subscribers are told, nothing of a person."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.errors import TryAgain
from chalicelib.core.event_types import EVENT_TYPES
from chalicelib.core.events import Event
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.subscribers.domain import OFFERED, OFFERED_TYPES
from functions import export_events, manifest
from infra.local import resources
from infra.local.engine import Engine
from tests.support.clock import MONDAY

BUS = "onetrip-test-export"


def event(type_: str = "appointment.booked", seq: int = 1, at: str = "") -> Event:
    facts = {"service": "passport", "slot": "hall-330200.identity.202612010900", "reason": "王小明"}
    return Event(new_id(16), seq, type_, at or MONDAY.isoformat(), "citizen:C1", facts)


@pytest.fixture
def bucket(engine: Engine) -> Iterator[None]:
    """The bucket, empty before and after."""
    resources.create_export_bucket()
    yield
    for key in objects():
        aws.client("s3").delete_object(Bucket=SETTINGS.export_bucket, Key=key)


def objects() -> dict[str, list[dict[str, Any]]]:
    """Return what is in the bucket: the lines of each object."""
    s3, where = aws.client("s3"), {"Bucket": SETTINGS.export_bucket}
    keys = [one["Key"] for one in s3.list_objects_v2(**where).get("Contents", [])]
    bodies = {key: s3.get_object(**where, Key=key)["Body"].read() for key in keys}
    return {key: [json.loads(one) for one in body.splitlines()] for key, body in bodies.items()}


@pytest.fixture
def published(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was put on a bus; the second request of a test has one event refused."""
    put: list[dict[str, Any]] = []
    client = aws.client("events")

    def put_events(**given: Any) -> dict[str, Any]:
        put.append(given)
        return {"FailedEntryCount": int(len(put) == 2), "Entries": []}

    monkeypatch.setattr(client, "put_events", put_events)
    monkeypatch.setattr(export_events, "SETTINGS", replace(SETTINGS, export_bus=BUS))
    return put


def test_a_batch_is_one_object_of_lines_that_say_nothing_of_a_person(bucket: None) -> None:
    some = [event(), event("case.accepted", 2), event("account.closed"), event("mandate.given")]
    for _ in range(2):
        export_events.export(some, MONDAY)
    ((key, lines),) = objects().items()
    assert key.startswith(f"events/day={MONDAY.astimezone(UTC).date()}/")
    assert {one["event_id"] for one in lines} == {one.event_id for one in some[:2]}
    first = next(one for one in lines if one["type"] == "appointment.booked")
    assert first == {
        "event_id": some[0].event_id,
        "type": "appointment.booked",
        "occurred_at": some[0].at,
        "sequence": 1,
        "data": {
            "subject_id": some[0].subject,
            "office_id": "hall-330200",
            "service_id": "passport",
            "slot_id": "hall-330200.identity.202612010900",
        },
    }
    assert "citizen:" not in json.dumps(lines)
    assert "王" not in json.dumps(lines, ensure_ascii=False)


def test_what_the_province_does_not_hear_makes_no_object(bucket: None) -> None:
    export_events.export([event("account.closed"), event("staff.changed")], MONDAY)
    assert objects() == {}


def test_another_batch_is_another_object_on_the_day_of_its_first_event(bucket: None) -> None:
    early = event(at="2026-12-01T07:59:59+08:00")
    export_events.export([event(at="2026-12-01T09:00:00+08:00"), early], MONDAY)
    export_events.export([event(at="2026-12-01T09:00:00+08:00")], MONDAY)
    days = sorted(key.split("/")[1] for key in objects())
    assert days == ["day=2026-11-30", "day=2026-12-01"]


def test_the_bus_gets_the_same_lines_ten_at_once(
    bucket: None, published: list[dict[str, Any]]
) -> None:
    some = [event(seq=n) for n in range(1, 8)]
    export_events.export(some, MONDAY)
    (entries,) = [one["Entries"] for one in published]
    assert {one["EventBusName"] for one in entries} == {BUS}
    told = sorted((json.loads(one["Detail"]) for one in entries), key=lambda one: one["sequence"])
    (lines,) = objects().values()
    assert told == sorted(lines, key=lambda one: one["sequence"])
    with pytest.raises(TryAgain):
        export_events.export([event(seq=n) for n in range(1, 24)], MONDAY)
    assert [len(one["Entries"]) for one in published] == [7, 10]


def test_a_bucket_that_cannot_be_written_lets_all_come_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_events, "SETTINGS", replace(SETTINGS, export_bucket="nowhere"))
    with pytest.raises(ClientError, match="NoSuchBucket"):
        export_events.export([event()], MONDAY)


def test_its_queue_takes_what_subscribers_may_hear() -> None:
    queue = manifest.named("export_events").queue
    assert queue
    assert {prefix.removesuffix(".") for prefix in queue.prefixes} == set(OFFERED)
    heard = {one for one in EVENT_TYPES if one.startswith(queue.prefixes)}
    assert heard == OFFERED_TYPES
