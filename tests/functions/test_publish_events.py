import itertools
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from chalicelib.appointments import storage as appointments
from chalicelib.core import aws, events, logs, tables, worker
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from infra.local import resources
from infra.local.engine import Engine
from tests.appointments.world import book, new_slot
from tests.support import functions
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash
from tests.support.people import log_in

LETTERS = "publish-events-dead"


def record(subject: str, seq: int, words: str = "") -> dict[str, Any]:
    image = {
        "subject": {"S": subject},
        "seq": {"N": str(seq)},
        "type": {"S": f"test-{subject}.happened"},
        "at": {"S": "2026-12-01T09:00:00+08:00"},
        "actor": {"S": "system:test"},
        "data": {"S": json.dumps({"words": words})},
        "prev_hash": {"S": "0" * 32},
        "hash": {"S": "1" * 32},
    }
    return {
        "eventName": "INSERT",
        "eventSourceARN": "arn:aws:dynamodb:cn-north-1:0:table/onetrip-cases/stream/1",
        "dynamodb": {
            "Keys": {"pk": {"S": subject}, "sk": {"S": f"E#{seq}"}},
            "NewImage": image,
            "SequenceNumber": f"{seq:05}",
        },
    }


class Body:
    """The body of an answer that never was on the wire."""

    def __init__(self, text: str) -> None:
        self._data = text.encode()

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._data


class Listener:
    """A queue on the bus that hears all events of one subject."""

    def __init__(self) -> None:
        self.subject = new_id(8)
        name = f"listener-{self.subject}"
        bus, self._sqs = aws.client("events"), aws.client("sqs")
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = resources.queue(name, {})
        pattern = {"detail-type": [{"prefix": f"test-{self.subject}."}]}
        where = {"EventBusName": SETTINGS.event_bus}
        bus.put_rule(Name=name, EventPattern=json.dumps(pattern), **where)
        bus.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}], **where)

    def heard(self) -> list[int]:
        found: list[int] = []
        while True:
            got = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            if "Messages" not in got:
                return found
            found += [json.loads(one["Body"])["detail"]["seq"] for one in got["Messages"]]


@pytest.fixture
def listener(engine: Engine) -> Listener:
    resources.create()
    return Listener()


@contextmanager
def on_the_wire(act: Any) -> Iterator[None]:
    hooks = aws.client("events").meta.events
    hooks.register_first("before-send.eventbridge", act)
    try:
        yield
    finally:
        hooks.unregister("before-send.eventbridge", act)


@contextmanager
def refusing(seqs: set[int], code: str = "ThrottlingException") -> Iterator[None]:
    """Let the bus refuse some entries of a batch and take the others, as it does under load."""
    client = aws.client("events")

    def refuse(parsed: dict[str, Any], **_: object) -> None:
        for entry, wanted in zip(parsed["Entries"], sent, strict=True):
            if wanted in seqs:
                entry.clear()
                entry["ErrorCode"] = code

    sent: list[int] = []

    def note(params: dict[str, Any], **_: object) -> None:
        sent[:] = [json.loads(one["Detail"])["seq"] for one in params["Entries"]]

    client.meta.events.register("provide-client-params.eventbridge.PutEvents", note)
    client.meta.events.register("after-call.eventbridge.PutEvents", refuse)
    try:
        yield
    finally:
        client.meta.events.unregister("provide-client-params.eventbridge.PutEvents", note)
        client.meta.events.unregister("after-call.eventbridge.PutEvents", refuse)


def publish(records: list[dict[str, Any]]) -> list[str]:
    answer = functions.call("publish_events", {"Records": records})
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_entries_reach_the_bus_in_their_order(listener: Listener) -> None:
    records = [record(listener.subject, seq) for seq in range(1, 26)]
    assert publish(records) == []
    assert listener.heard() == list(range(1, 26))


def test_what_is_no_new_entry_is_left_alone(listener: Listener) -> None:
    changed = record(listener.subject, 1) | {"eventName": "MODIFY"}
    thing = record(listener.subject, 2)
    del thing["dynamodb"]["NewImage"]["prev_hash"]
    gone = {"eventName": "REMOVE", "dynamodb": {"Keys": {}, "SequenceNumber": "3"}}
    assert publish([changed, thing, gone]) == []
    assert listener.heard() == []


def test_a_refused_entry_comes_again_with_all_behind_it(listener: Listener) -> None:
    records = [record(listener.subject, seq) for seq in range(1, 31)]
    with refusing({14, 16}):
        assert publish(records) == ["00014"]
    listener.heard()
    assert publish(records[13:]) == []
    assert listener.heard() == list(range(14, 31))


def test_a_silent_bus_keeps_the_batch(listener: Listener) -> None:
    def cut(request: Any, **_: object) -> None:
        raise ReadTimeoutError(endpoint_url=request.url)

    with on_the_wire(cut):
        assert publish([record(listener.subject, 1)]) == ["00001"]
    assert listener.heard() == []


def test_killed_in_between_it_publishes_again_from_the_start(listener: Listener) -> None:
    records = [record(listener.subject, seq) for seq in range(1, 31)]
    number = itertools.count(1)

    def stop(**_: object) -> None:
        if next(number) > 2:
            raise Crash

    with on_the_wire(stop), pytest.raises(Crash):
        publish(records)
    assert listener.heard() == list(range(1, 21))
    assert publish(records) == []
    assert listener.heard() == list(range(1, 31))


def test_large_entries_share_no_request_that_the_bus_would_refuse(listener: Listener) -> None:
    sizes: list[int] = []

    def weigh(params: dict[str, Any], **_: object) -> None:
        sizes.append(sum(len(one["Detail"].encode()) for one in params["Entries"]))

    hooks = aws.client("events").meta.events
    hooks.register("provide-client-params.eventbridge.PutEvents", weigh)
    try:
        assert publish([record(listener.subject, seq, "字" * 20_000) for seq in range(1, 9)]) == []
    finally:
        hooks.unregister("provide-client-params.eventbridge.PutEvents", weigh)
    assert len(sizes) == 2
    assert max(sizes) < 256 * 1024
    assert listener.heard() == list(range(1, 9))


@pytest.mark.parametrize("kind", ["too large", "no entry"])
def test_what_cannot_be_published_goes_aside_and_holds_up_nobody(
    listener: Listener, kind: str
) -> None:
    bad = record(listener.subject, 2, "字" * 90_000)
    if kind == "no entry":
        bad["dynamodb"]["NewImage"]["seq"] = {"S": "two"}
    assert publish([record(listener.subject, 1), bad, record(listener.subject, 3)]) == []
    assert listener.heard() == [1, 3]
    assert letters() == [2]


def letters() -> list[int]:
    """Take the dead letters away; return which entries they name."""
    sqs, found = aws.client("sqs"), list[int]()
    url = sqs.get_queue_url(QueueName=SETTINGS.queue(LETTERS))["QueueUrl"]
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for one in got:
            found.append(int(json.loads(one["Body"])["keys"]["sk"]["S"].partition("#")[2]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return sorted(found)


@pytest.mark.parametrize("code", ["MalformedDetail", "InvalidArgument", "RedactionFailure"])
def test_what_the_bus_refuses_for_good_goes_aside_and_holds_up_nobody(
    listener: Listener, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    caplog.set_level("INFO", "onetrip")
    logging.getLogger("onetrip").addHandler(caplog.handler)
    records = [record(listener.subject, seq) for seq in range(1, 24)]
    try:
        with refusing({2, 10, 11}, code):
            assert publish(records) == []
    finally:
        logging.getLogger("onetrip").removeHandler(caplog.handler)
    assert letters() == [2, 10, 11]
    assert set(range(1, 24)) - set(listener.heard()) <= {2, 10, 11}
    counted = [vars(one) for one in caplog.records if one.name == "onetrip.metrics"]
    assert sum(one["failed"] for one in counted) == 3
    assert {one["function"] for one in counted} == {"publish_events"}
    told = [vars(one) for one in caplog.records if one.getMessage() == "entry_unpublishable"]
    assert {one["reason"] for one in told} == {code}
    assert all(listener.subject in one["item"] for one in told)


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalFailure", "Unheard"])
def test_what_the_bus_may_take_later_comes_again(listener: Listener, code: str) -> None:
    records = [record(listener.subject, seq) for seq in range(1, 5)]
    with refusing({3}, code):
        assert publish(records) == ["00003"]
    assert letters() == []


@pytest.mark.parametrize(
    ("status", "code"), [(400, "ValidationException"), (413, "RequestEntityTooLarge"), (413, "")]
)
def test_a_request_refused_for_one_entry_brings_all_others(
    listener: Listener, status: int, code: str
) -> None:
    def refuse(request: Any, **_: object) -> AWSResponse | None:
        if b"unbearable" not in request.body:
            return None
        headers: Any = {"content-type": "application/x-amz-json-1.1"}
        return AWSResponse(request.url, status, headers, Body(json.dumps({"__type": code})))

    records = [record(listener.subject, seq) for seq in range(1, 15)]
    records[3] = record(listener.subject, 4, "unbearable")
    with on_the_wire(refuse):
        assert publish(records) == []
    assert listener.heard() == [seq for seq in range(1, 15) if seq != 4]
    assert letters() == [4]


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_a_request_refused_for_none_of_its_entries_comes_again(
    listener: Listener, code: str
) -> None:
    def refuse(request: Any, **_: object) -> AWSResponse:
        headers: Any = {"content-type": "application/x-amz-json-1.1"}
        return AWSResponse(request.url, 400, headers, Body(json.dumps({"__type": code})))

    with on_the_wire(refuse):
        assert publish([record(listener.subject, seq) for seq in (1, 2)]) == ["00001"]
    assert letters() == []


def test_what_a_request_causes_is_found_by_its_id_up_to_the_workers_log(
    client: ApiClient, morning: TestClock
) -> None:
    me = log_in(client)
    answer = book(client, me, new_slot())
    asked = answer.headers["x-request-id"]
    subject = answer.json()["appointment_id"]
    found = cast("Any", tables.client()).query(
        TableName=appointments.TABLE.name,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :entry)",
        ExpressionAttributeValues={
            ":pk": {"S": f"C#{me.citizen_id}"},
            ":entry": {"S": f"E#{subject}#"},
        },
    )
    image = found["Items"][0]
    stream = {"eventName": "INSERT", "dynamodb": {"NewImage": image}}
    event = events.of_record(stream)
    assert (event.cause, event.type) == (asked, "appointment.booked")
    # A worker's lines, and what it writes, have the same cause; an event without one has none.
    causes: list[str | None] = []
    handle = worker.queue("w", lambda *_: causes.append(logs.cause()))
    for one in (event, replace(event, cause="")):
        body = json.dumps({"detail": json.loads(one.to_json())})
        handle({"Records": [{"messageId": "m", "body": body}]}, None)
    assert causes == [asked, None]
