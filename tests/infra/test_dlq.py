import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from chalicelib.core import aws
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from functions import manifest
from functions.manifest import Function, Queue, Stream
from infra import dlq
from infra.dlq_cli import cli
from infra.local import resources
from infra.local.engine import Engine
from tests.support import effects

TABLE = "onetrip-letters-entries"


def url(name: str) -> str:
    return str(aws.client("sqs").get_queue_url(QueueName=SETTINGS.queue(name))["QueueUrl"])


def put(name: str, *bodies: str) -> None:
    for body in bodies:
        aws.client("sqs").send_message(QueueUrl=url(name), MessageBody=body)


def take(name: str) -> list[str]:
    sqs, found = aws.client("sqs"), list[str]()
    while True:
        got = sqs.receive_message(QueueUrl=url(name), MaxNumberOfMessages=10).get("Messages", [])
        if not got:
            return sorted(found)
        for one in got:
            found.append(one["Body"])
            sqs.delete_message(QueueUrl=url(name), ReceiptHandle=one["ReceiptHandle"])


def event(seq: int) -> str:
    detail = {
        "subject": "C1case", "seq": seq, "type": "case.accepted", "data": {},
        "at": "2026-12-01T09:00:00+08:00", "actor": "system:test",
    }  # fmt: skip
    return json.dumps({"detail": detail})


@pytest.fixture
def worker(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Function:
    resources.create()
    function = Function(f"lettered_{new_id(8).lower()}", (Queue(("lettered.",)),))
    dead = resources.queue(SETTINGS.queue(function.dead_letters_name), {})
    resources.connect(function, SETTINGS.event_bus, dead)
    publisher = Function("publish_events", (Stream(),))
    monkeypatch.setattr(manifest, "FUNCTIONS", (function, publisher))
    return function


@pytest.fixture
def heard(engine: Engine) -> Iterator[str]:
    """A queue that hears the events of type `letters.…` from the bus."""
    name = f"hears-{new_id(8).lower()}"
    function = Function(name, (Queue(("letters.",)),))
    resources.connect(function, SETTINGS.event_bus, resources.queue(SETTINGS.queue("none"), {}))
    yield name
    aws.client("events").remove_targets(
        Rule=SETTINGS.queue(name), EventBusName=SETTINGS.event_bus, Ids=["queue"]
    )


def run(*words: str) -> str:
    done = CliRunner().invoke(cli, words, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output


def test_the_dead_letter_queues_are_counted(worker: Function) -> None:
    put(worker.dead_letters_name, event(1), event(2), "poison")
    assert f"{worker.name} │ 3 " in run("list")


def test_letters_are_shown_and_stay(worker: Function) -> None:
    put(worker.dead_letters_name, event(1), event(2), "poison")
    for _ in range(2):
        shown = run("show", worker.name)
        assert all(words in shown for words in ("C1case.1", "C1case.2", "case.accepted", "poison"))
    assert take(worker.dead_letters_name) == sorted([event(1), event(2), "poison"])


def test_a_redrive_sends_whole_messages_to_their_source(worker: Function) -> None:
    bodies = [event(seq) for seq in range(1, 24)]
    put(worker.dead_letters_name, *bodies)
    assert "23 redriven" in run("redrive", worker.name.replace("_", "-"))
    assert take(worker.queue_name) == sorted(bodies)
    assert take(worker.dead_letters_name) == []


def test_a_letter_of_the_clock_is_cleared_and_not_sent_to_the_queue(worker: Function) -> None:
    # What Lambda writes of a start by the clock that failed at each attempt.
    record = {
        "version": "1.0",
        "timestamp": "2026-12-01T01:00:00.000Z",
        "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": {"source": "aws.events", "detail": {}},
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": {"errorType": "RunFailed"},
    }
    put(worker.dead_letters_name, json.dumps(record), event(1), "poison")
    assert "3 redriven" in run("redrive", worker.name)
    assert take(worker.queue_name) == sorted([event(1), "poison"])
    put(worker.dead_letters_name, json.dumps(record))
    assert "1 redriven" in run("redrive", worker.name)
    assert take(worker.queue_name) == take(worker.dead_letters_name) == []


def test_what_fails_again_meanwhile_is_not_sent_for_ever(
    worker: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(worker.dead_letters_name, event(1))
    queue = dlq.queue_of(worker.name)
    assert queue
    deliver = dlq._deliver

    def deliver_and_fail(function: Function, some: Any) -> None:
        deliver(function, some)
        put(function.dead_letters_name, *(one.body for one in some))

    monkeypatch.setattr(dlq, "_deliver", deliver_and_fail)
    assert dlq.redrive(queue, lambda _: None) == 1
    assert take(worker.dead_letters_name) == [event(1)]


def test_what_the_queue_does_not_take_stays(worker: Function) -> None:
    put(worker.dead_letters_name, event(1))
    hooks = aws.client("sqs").meta.events

    def refuse(parsed: dict[str, Any], **_: object) -> None:
        parsed["Failed"] = parsed.pop("Successful")

    hooks.register("after-call.sqs.SendMessageBatch", refuse)
    try:
        done = CliRunner().invoke(cli, ["redrive", worker.name])
    finally:
        hooks.unregister("after-call.sqs.SendMessageBatch", refuse)
    assert done.exit_code == 1
    assert "did not take 1 messages" in done.output
    queue = dlq.queue_of(worker.name)
    assert queue
    assert (queue.waiting, queue.in_flight) == (0, 1)


def test_an_entry_that_was_set_aside_is_published_from_its_table(
    worker: Function, heard: str
) -> None:
    effects.create(TABLE, stream=True)
    subject = f"{new_id(8)}-1"
    entry = effects.entries(subject, "letters.made", 1)
    effects.write(TABLE, entry)
    stream = aws.client("dynamodbstreams").list_streams(TableName=TABLE)["Streams"][0]["StreamArn"]
    keys = {"pk": {"S": subject}, "sk": {"S": "E#000001"}}
    put("publish-events-dead", json.dumps({"stream": stream, "keys": keys}))
    assert "1 redriven" in run("redrive", "publish_events")
    assert [json.loads(body)["detail"]["subject"] for body in take(heard)] == [subject]


def test_a_batch_that_lambda_gave_up_is_published_from_the_stream(
    worker: Function, heard: str
) -> None:
    table = f"{TABLE}-2"
    effects.create(table, stream=True)
    subject = f"{new_id(8)}-1"
    effects.write(table, effects.entries(subject, "letters.made", 5))
    read = aws.client("dynamodbstreams")
    stream = read.list_streams(TableName=table)["Streams"][0]["StreamArn"]
    shard = read.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    begin = read.get_shard_iterator(
        StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )
    records = read.get_records(ShardIterator=begin["ShardIterator"])["Records"]
    numbers = [one["dynamodb"]["SequenceNumber"] for one in records]
    batch = {
        "streamArn": stream,
        "shardId": shard,
        "startSequenceNumber": numbers[1],
        "endSequenceNumber": numbers[3],
    }
    put("publish-events-dead", json.dumps({"DDBStreamBatchInfo": batch}))
    run("redrive", "publish_events")
    assert sorted(json.loads(body)["detail"]["seq"] for body in take(heard)) == [2, 3, 4]


def test_a_letter_about_what_is_gone_stays(worker: Function) -> None:
    keys = {"pk": {"S": "nobody"}, "sk": {"S": "E#1"}}
    stream = "arn:aws:dynamodb:cn-north-1:0:table/onetrip-identity/stream/1"
    put("publish-events-dead", json.dumps({"stream": stream, "keys": keys}))
    done = CliRunner().invoke(cli, ["redrive", "publish_events"])
    assert done.exit_code == 1
    assert "has no entry" in done.output
    aws.client("sqs").purge_queue(QueueUrl=url("publish-events-dead"))


def test_an_unknown_function_is_named(worker: Function) -> None:
    done = CliRunner().invoke(cli, ["show", "nobody"])
    assert done.exit_code == 2
    assert "nobody" in done.output
