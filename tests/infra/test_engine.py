import copy
import gzip
import json
import os
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.engine import CHANGES, Engine
from infra.local.engine_items import Packed, Partition, Partitions
from infra.local.engine_journal import Journal, read_checkpoint, records, write_checkpoint

KEY: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}
NEVER = '{"maxReceiveCount": 1, "deadLetterTargetArn": "arn:aws:sqs:cn-north-1:000000000000:dead"}'


class Clients:
    """What speaks to an engine's services."""

    def __init__(self, engine: Engine) -> None:
        session = boto3.Session("x", "x", region_name="cn-north-1")
        once = Config(retries={"total_max_attempts": 1})
        make = partial(session.client, endpoint_url=engine.url, config=once)
        self.dynamodb: Any = make("dynamodb")
        self.streams: Any = make("dynamodbstreams")
        self.s3: Any = make("s3")
        self.sqs: Any = make("sqs")
        self.events: Any = make("events")
        self.stacks: Any = make("cloudformation")

    def table(self, name: str = "cut", **about: Any) -> str:
        made = self.dynamodb.create_table(TableName=name, **KEY, **about)
        return str(made["TableDescription"].get("LatestStreamArn"))

    def put(self, key: str, table: str = "cut", **attributes: str) -> None:
        item = {"pk": {"S": key}} | {name: {"S": value} for name, value in attributes.items()}
        self.dynamodb.put_item(TableName=table, Item=item)

    def keys(self) -> set[str]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName="cut")
        return {item["pk"]["S"] for page in pages for item in page["Items"]}

    def queue(self, name: str, **attributes: str) -> str:
        return str(self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def received(self, name: str) -> list[Any]:
        url = self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        given = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return list(given.get("Messages", []))

    def bodies(self, name: str) -> list[str]:
        return [one["Body"] for one in self.received(name)]

    def entries(self, stream: str) -> list[str]:
        shard = self.streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]
        where = {"StreamArn": stream, "ShardId": shard["ShardId"]}
        begin = self.streams.get_shard_iterator(**where, ShardIteratorType="TRIM_HORIZON")
        found = self.streams.get_records(ShardIterator=begin["ShardIterator"])["Records"]
        return [one["dynamodb"]["Keys"]["pk"]["S"] for one in found]


def limit(engine: Engine, size: int) -> None:
    """Let no file of an engine grow beyond a size in bytes."""
    subprocess.run(["prlimit", f"--pid={engine.pid}", f"--fsize={size}:{size}"], check=True)


Restart = Callable[[], Clients]


@pytest.fixture
def restart(tmp_path: Path) -> Iterator[Restart]:
    """Give the clients of the first or the next engine over a folder, each on a port of its own.

    The first is killed, the second stopped.
    """
    running, ends = list[Engine](), iter((Engine.kill, Engine.stop))

    def again() -> Clients:
        if running:
            next(ends)(running.pop())
        engine = Engine(tmp_path / "engine")
        engine.start()
        running.append(engine)
        return Clients(engine)

    yield again
    running.pop().kill()


def test_no_write_that_was_answered_is_lost(restart: Restart) -> None:
    first = restart()
    first.table()
    for number in range(100):
        first.put(str(number))
    for number in range(20):
        first.dynamodb.delete_item(TableName="cut", Key={"pk": {"S": str(number)}})
    change = {"UpdateExpression": "SET note = :n", "ExpressionAttributeValues": {":n": {"S": "é"}}}
    first.dynamodb.update_item(TableName="cut", Key={"pk": {"S": "20"}}, **change)
    puts = [{"Put": {"TableName": "cut", "Item": {"pk": {"S": f"t{n}"}}}} for n in range(9)]
    first.dynamodb.transact_write_items(TransactItems=puts)
    second = restart()
    assert second.keys() == {*map(str, range(20, 100)), *(f"t{n}" for n in range(9))}
    note = second.dynamodb.get_item(TableName="cut", Key={"pk": {"S": "20"}})["Item"]["note"]
    assert note == {"S": "é"}
    second.put("later")
    assert len(restart().keys()) == 90


def test_a_table_that_a_stack_made_keeps_what_was_written(restart: Restart) -> None:
    first = restart()
    about = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "cut", **KEY}}
    template = json.dumps({"Resources": {"Cut": about}})
    first.stacks.create_stack(StackName="made", TemplateBody=template)
    first.stacks.get_waiter("stack_create_complete").wait(
        StackName="made", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100}
    )
    first.put("1", note="é")
    first.put("2")
    first.dynamodb.delete_item(TableName="cut", Key={"pk": {"S": "2"}})
    second = restart()
    second.put("3")
    assert second.keys() == {"1", "3"}
    assert restart().keys() == {"1", "3"}


def test_no_message_is_lost_whatever_the_port(restart: Restart) -> None:
    first = restart()
    first.queue("dead")
    url = first.queue("work")
    first.queue("quick", RedrivePolicy=NEVER)
    arn = "arn:aws:sqs:cn-north-1:000000000000:quick"
    first.events.create_event_bus(Name="bus")
    rule = {"Name": "rule", "EventBusName": "bus", "EventPattern": '{"source": ["us"]}'}
    first.events.put_rule(**rule)
    first.events.put_targets(Rule="rule", EventBusName="bus", Targets=[{"Id": "q", "Arn": arn}])
    entry = {"Source": "us", "DetailType": "x", "EventBusName": "bus"}
    first.events.put_events(Entries=[{**entry, "Detail": '{"n": 1}'}])
    for number in range(4):
        first.sqs.send_message(QueueUrl=url, MessageBody=str(number))
    done = first.received("work")[0]
    first.sqs.delete_message(QueueUrl=url, ReceiptHandle=done["ReceiptHandle"])
    # Read once, so that the second look takes it to the dead letters.
    first.received("quick")
    assert first.received("quick") == []
    second = restart()
    assert sorted(second.bodies("work")) == ["1", "2", "3"]
    assert len(second.bodies("dead")) == 1
    second.events.put_events(Entries=[{**entry, "Detail": '{"n": 2}'}])
    third = restart()
    assert json.loads(third.bodies("quick")[0])["detail"] == {"n": 2}
    assert len(third.bodies("dead")) == 1


def test_it_tells_what_waits_in_the_queues(restart: Restart) -> None:
    now = restart()
    now.queue("empty")
    url = now.queue("work")
    for _ in range(3):
        now.sqs.send_message(QueueUrl=url, MessageBody="one")
    now.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=60)
    with urlopen(f"{now.sqs.meta.endpoint_url}{CHANGES}?0", timeout=5) as answer:
        assert json.load(answer) == {"ends": {}, "waiting": {"work": 2}}


@pytest.mark.parametrize(
    ("scope", "is_compressed", "found"),
    [
        ("x/20260101/cn-north-1", False, True),
        ("x/20260101/cn-north-1", True, True),
        ("x/20260101/cn-north-2", False, False),
        ("123456789012/20260101/cn-north-1", False, False),
        ("", False, False),
    ],
)
def test_a_request_is_of_the_account_and_the_region_that_it_is_signed_for(
    restart: Restart, scope: str, is_compressed: bool, found: bool
) -> None:
    now = restart()
    now.table()
    body = json.dumps({"TableName": "cut", "Key": {"pk": {"S": "a"}}}).encode()
    headers = {"X-Amz-Target": "DynamoDB_20120810.GetItem"}
    if scope:
        signed = f"AWS4-HMAC-SHA256 Credential={scope}/dynamodb/aws4_request"
        headers["Authorization"] = signed
    if is_compressed:
        headers["Content-Encoding"], body = "gzip", gzip.compress(body)
    asked = Request(now.dynamodb.meta.endpoint_url, body, headers, method="POST")
    if found:
        with urlopen(asked, timeout=5) as answer:
            assert json.load(answer) == {}
    else:
        with pytest.raises(HTTPError, match="400"):
            urlopen(asked, timeout=5)


def test_an_answer_has_the_headers_that_dynamodb_sends(restart: Restart) -> None:
    told = restart().dynamodb.list_tables()["ResponseMetadata"]["HTTPHeaders"]
    assert {*told} == {
        "server", "date", "content-type", "content-length", "connection", "x-amzn-requestid",
        "x-amz-crc32",
    }  # fmt: skip


def test_no_file_that_has_arrived_is_lost(restart: Restart) -> None:
    s3 = restart().s3
    here = {"LocationConstraint": "cn-north-1"}
    s3.create_bucket(Bucket="papers", CreateBucketConfiguration=here)
    s3.put_object(Bucket="papers", Key="a/b", Body=b"%PDF-", ContentType="application/pdf")
    s3.put_object(Bucket="papers", Key="gone", Body=b"x")
    s3.delete_object(Bucket="papers", Key="gone")
    restart()
    s3 = restart().s3
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="papers")["Contents"]] == ["a/b"]
    found = s3.get_object(Bucket="papers", Key="a/b")
    assert (found["Body"].read(), found["ContentType"]) == (b"%PDF-", "application/pdf")


def test_no_unread_entry_is_lost_and_what_was_read_is_forgotten(restart: Restart) -> None:
    first = restart()
    view = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    stream = first.table("entries", StreamSpecification=view)
    first.dynamodb.create_table(
        TableName="positions",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    for number in range(20):
        first.put(str(number), "entries", prev_hash="0")
        first.put(f"thing {number}", "entries")
    assert first.entries(stream) == [str(n) for n in range(20)]
    second = restart()
    assert second.entries(stream) == [str(n) for n in range(20)]
    shard = second.streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]
    where = {"StreamArn": stream, "ShardId": shard["ShardId"]}
    begin = second.streams.get_shard_iterator(**where, ShardIteratorType="TRIM_HORIZON")
    given = second.streams.get_records(ShardIterator=begin["ShardIterator"], Limit=15)
    read = given["Records"][-1]["dynamodb"]["SequenceNumber"]
    position = {"pk": {"S": stream}, "sk": {"S": "position"}, "number": {"S": read}}
    second.dynamodb.put_item(TableName="positions", Item=position)
    # Who reads on meets what is next, although what lay before it is gone.
    rest = second.streams.get_records(ShardIterator=given["NextShardIterator"])["Records"]
    assert len(rest) == 5
    assert second.entries(stream) == [str(n) for n in range(14, 20)]
    assert restart().entries(stream) == [str(n) for n in range(14, 20)]


def test_a_file_that_cannot_be_written_is_not_answered_as_if_it_were(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.start()
    s3 = Clients(engine).s3
    here = {"LocationConstraint": "cn-north-1"}
    s3.create_bucket(Bucket="papers", CreateBucketConfiguration=here)
    s3.put_object(Bucket="papers", Key="a", Body=b"before")
    for key in ("a", "b/c"):
        limit(engine, 60_000)
        with pytest.raises((HTTPClientError, ClientError)):
            s3.put_object(Bucket="papers", Key=key, Body=os.urandom(60_001))
        engine.kill()
        engine.start()
        s3 = Clients(engine).s3
    found = s3.list_objects_v2(Bucket="papers")["Contents"]
    body = s3.get_object(Bucket="papers", Key="a")["Body"].read()
    engine.kill()
    assert [(one["Key"], one["Size"]) for one in found] == [("a", 6)]
    assert body == b"before"


def test_a_token_guards_a_transaction_through_a_kill(restart: Restart, tmp_path: Path) -> None:
    clients, tokens = restart(), ("a", "é/b:c-", "0" * 36)
    clients.table()

    def write(token: str, by: str = "1") -> None:
        add = {
            "TableName": "cut",
            "Key": {"pk": {"S": token}},
            "UpdateExpression": "ADD times :n",
            "ExpressionAttributeValues": {":n": {"N": by}},
        }
        clients.dynamodb.transact_write_items(
            TransactItems=[{"Update": add}], ClientRequestToken=token
        )

    write(tokens[0])
    # What the checkpoint holds, and what came after it.
    while not (tmp_path / "engine" / "checkpoint.gz").exists():
        clients.put("filler", filler="x" * 300_000)
    for token in tokens[1:]:
        write(token)
    clients = restart()
    for token in tokens:
        write(token)
        with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
            write(token, "2")
        item = clients.dynamodb.get_item(TableName="cut", Key={"pk": {"S": token}})["Item"]
        assert item["times"] == {"N": "1"}


def test_a_kill_while_writing_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    engine, answered = Engine(tmp_path), list[str]()
    engine.start()
    clients = Clients(engine)
    clients.table()

    def write() -> None:
        # Checkpoints are written in between.
        for number in range(100_000):
            try:
                clients.put(f"{number:06}", filler=os.urandom(20_000).hex())
            except Exception:  # noqa: BLE001 - the engine is gone.
                return
            answered.append(f"{number:06}")

    writer = threading.Thread(target=write)
    writer.start()
    while not (tmp_path / "checkpoint.gz").exists():
        writer.join(0.05)
    writer.join(0.2)
    engine.kill()
    writer.join()
    with Engine(tmp_path) as again:
        found = Clients(again).keys()
    # The one that was under way may be there too.
    assert set(answered) <= found
    assert len(found) <= len(answered) + 1


def test_what_is_written_over_again_and_again_takes_little_room(tmp_path: Path) -> None:
    with Engine(tmp_path) as engine:
        clients = Clients(engine)
        clients.table()
        for _ in range(60):
            clients.put("one", filler=os.urandom(150_000).hex())
        # Sixty times 300 kB were written, of which one lives; a journal may grow to 4 MiB.
        room = 4 * 2**20 + 2 * 300_000 + 2**20
        for _ in range(200):
            if sum(file.stat().st_size for file in tmp_path.iterdir()) <= room:
                break
            time.sleep(0.05)
        else:
            raise AssertionError([(file.name, file.stat().st_size) for file in tmp_path.iterdir()])
    with Engine(tmp_path) as again:
        assert Clients(again).keys() == {"one"}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SORT_KEYS = st.sampled_from(["a", "b", "c"])


@given(st.lists(st.tuples(SORT_KEYS, st.none() | st.dictionaries(st.text(), JSON_VALUES))))
def test_a_partition_is_a_dict_of_items_that_nobody_changes(
    steps: list[tuple[str, dict[str, Any] | None]],
) -> None:
    partition, expected = Partition(), dict[str, Any]()
    for key, item in steps:
        if item is None:
            assert partition.pop(key, None) == expected.pop(key, None)
        else:
            partition[key] = expected[key] = item
            # What is read is a copy: changing it changes nothing.
            partition[key]["changed"] = True
        assert partition.get(key) == expected.get(key)
        assert partition.get(key, "none") == expected.get(key, "none")
    copied = copy.deepcopy(partition)
    partition["d"] = {"n": 1}
    for one in (copied, Partitions(dict, {"p": expected})["p"], Partition(copied)):
        assert list(one) == list(expected)
        assert list(one.values()) == list(expected.values())
        assert list(one.items()) == list(expected.items())
        assert (len(one), "d" in one) == (len(expected), False)
        assert [one[key] for key in one] == list(expected.values())
    with pytest.raises(KeyError):
        _ = copied["d"]
    with pytest.raises(KeyError):
        copied.pop("d")


def test_partitions_hold_whatever_is_put_under_a_new_key() -> None:
    partitions = Partitions(dict)
    partitions.setdefault("p", {})["s"] = {"pk": {"S": "p"}}
    assert partitions.setdefault("p", {}) is partitions["p"]
    assert isinstance(partitions["p"].held("s"), Packed)
    assert partitions.get("q", {}) == {}
    assert copy.deepcopy(dict(partitions))["p"]["s"] == {"pk": {"S": "p"}}
    assert isinstance(Partitions(dict, copy.deepcopy(dict(partitions)))["p"], Partition)


def test_items_of_the_same_values_change_alone(restart: Restart) -> None:
    clients = restart()
    clients.table()
    values = {
        "n": {"N": "1"},
        "s": {"S": "same"},
        "b": {"BOOL": True},
        "m": {"M": {"n": {"N": "1"}}},
    }
    for key in ("one", "other"):
        clients.dynamodb.put_item(TableName="cut", Item={"pk": {"S": key}, **values})

    def change(key: str) -> None:
        change = "ADD n :n SET s = :s, b = :b, m.n = m.n + :n"
        by = {":n": {"N": "1"}, ":s": {"S": "else"}, ":b": {"BOOL": False}}
        clients.dynamodb.update_item(
            TableName="cut",
            Key={"pk": {"S": key}},
            UpdateExpression=change,
            ExpressionAttributeValues=by,
        )

    def found(key: str) -> Any:
        item = clients.dynamodb.get_item(TableName="cut", Key={"pk": {"S": key}})["Item"]
        return {name: item[name] for name in values}

    change("one")
    clients = restart()
    assert found("other") == values
    changed = {
        "n": {"N": "2"},
        "s": {"S": "else"},
        "b": {"BOOL": False},
        "m": {"M": {"n": {"N": "2"}}},
    }
    assert found("one") == changed
    change("other")
    clients = restart()
    assert found("one") == found("other") == changed


def test_it_listens_on_the_loopback_only() -> None:
    with Engine() as engine:
        Clients(engine).dynamodb.list_tables()
        inodes = {str(link.readlink()) for link in Path(f"/proc/{engine.pid}/fd").iterdir()}
        lines = [
            line.split()
            for name in ("tcp", "tcp6", "udp", "udp6")
            for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
        ]
    here = [
        line[1] for line in lines if f"socket:[{line[9]}]" in inodes and line[3] in ("0A", "07")
    ]
    assert here == [f"0100007F:{int(engine.url.rpartition(':')[2]):04X}"]


def test_nobody_else_reads_its_files(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Engine(tmp_path / "engine") as engine:
            s3 = Clients(engine).s3
            here = {"LocationConstraint": "cn-north-1"}
            s3.create_bucket(Bucket="papers", CreateBucketConfiguration=here)
            s3.put_object(Bucket="papers", Key="a/b", Body=b"x")
    finally:
        os.umask(before)
    for path in [tmp_path / "engine", *(tmp_path / "engine").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@settings(max_examples=50, deadline=None)
@given(
    payloads=st.lists(st.binary(max_size=40), max_size=8),
    turn=st.integers(0, 8),
    cut=st.integers(0, 30),
    later=st.lists(st.binary(max_size=10), max_size=3),
)
def test_a_journal_gives_back_what_was_appended_up_to_a_torn_record(
    tmp_path_factory: pytest.TempPathFactory,
    payloads: list[bytes],
    turn: int,
    cut: int,
    later: list[bytes],
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder)
    for payload in payloads[:turn]:
        journal.append(payload)
    number = journal.turn()
    for payload in payloads[turn:]:
        journal.append(payload)
    last = folder / f"journal-{number:08}"
    os.truncate(last, max(0, last.stat().st_size - cut))
    after = Journal(folder)
    for payload in later:
        after.append(payload)
    found = list(records(folder, 0))
    kept = found[: len(found) - len(later)] if later else found
    assert found == [*kept, *later]
    assert kept == payloads[: len(kept)]
    assert len(kept) >= min(turn, len(payloads))
    write_checkpoint(folder, number, b"state")
    assert read_checkpoint(folder) == (number, b"state")
    assert list(records(folder, number)) == found[len(payloads[:turn]) :]


def test_a_journal_that_cannot_be_written_answers_nothing(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.start()
    clients = Clients(engine)
    clients.table()
    clients.put("before")
    limit(engine, 60_000)
    answered = []

    def write() -> None:
        for number in range(1000):
            clients.put(f"{number}", filler="x" * 1000)
            answered.append(str(number))

    with pytest.raises(HTTPClientError):
        write()
    engine.kill()
    with Engine(tmp_path) as again:
        assert Clients(again).keys() == {"before", *answered}
