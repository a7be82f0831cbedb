import threading
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from infra.local import engine_state
from infra.local.engine import Engine


def clients(engine: Engine) -> dict[str, Any]:
    session = boto3.Session("x", "x", region_name="cn-north-1")
    once = Config(retries={"total_max_attempts": 1})
    names = ("dynamodb", "dynamodbstreams", "s3", "sqs")
    return {name: session.client(name, endpoint_url=engine.url, config=once) for name in names}


def table(engine: Engine) -> Any:
    dynamodb = clients(engine)["dynamodb"]
    if "cut" not in dynamodb.list_tables()["TableNames"]:
        dynamodb.create_table(
            TableName="cut",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
    return dynamodb


def keys(dynamodb: Any) -> set[str]:
    pages = dynamodb.get_paginator("scan").paginate(TableName="cut")
    return {item["pk"]["S"] for page in pages for item in page["Items"]}


def test_a_power_cut_loses_at_most_the_last_second(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.start()
    dynamodb = table(engine)
    for number in range(200):
        dynamodb.put_item(TableName="cut", Item={"pk": {"S": str(number)}})
    time.sleep(3)
    engine.kill()
    with Engine(tmp_path) as again:
        assert keys(table(again)) == {str(number) for number in range(200)}


def test_a_power_cut_loses_no_file_that_has_arrived(tmp_path: Path) -> None:
    engine, here = Engine(tmp_path), {"LocationConstraint": "cn-north-1"}
    engine.start()
    s3 = clients(engine)["s3"]
    s3.create_bucket(Bucket="papers", CreateBucketConfiguration=here)
    time.sleep(3)
    s3.put_object(Bucket="papers", Key="a/b", Body=b"%PDF-", ContentType="application/pdf")
    engine.kill()
    with Engine(tmp_path) as again:
        found = clients(again)["s3"].get_object(Bucket="papers", Key="a/b")
        assert (found["Body"].read(), found["ContentType"]) == (b"%PDF-", "application/pdf")


def test_a_power_cut_while_writing_leaves_a_whole_state(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.start()
    dynamodb, stopped = table(engine), threading.Event()

    def write() -> None:
        number = 0
        while not stopped.is_set():
            try:
                dynamodb.put_item(TableName="cut", Item={"pk": {"S": f"{number:06}"}})
            except Exception:  # noqa: BLE001 - the engine is gone.
                return
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(2)
    engine.kill()
    stopped.set()
    writer.join()
    with Engine(tmp_path) as again:
        found = sorted(keys(table(again)))
    assert found
    assert found == [f"{number:06}" for number in range(len(found))]


def test_it_listens_on_the_loopback_only() -> None:
    with Engine() as engine:
        port = f":{int(engine.url.rpartition(':')[2]):04X}"
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        listening = {line[1] for line in lines if line[1].endswith(port) and line[3] == "0A"}
    assert listening == {f"0100007F{port}"}


def test_a_power_cut_loses_no_unread_entry_and_no_message(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.start()
    made = clients(engine)
    dynamodb, sqs = made["dynamodb"], made["sqs"]
    stream = dynamodb.create_table(
        TableName="entries",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]["LatestStreamArn"]
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    for number in range(20):
        entry = {"pk": {"S": str(number)}, "prev_hash": {"S": "0"}}
        dynamodb.put_item(TableName="entries", Item=entry)
        dynamodb.put_item(TableName="entries", Item={"pk": {"S": f"thing {number}"}})
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    time.sleep(3)
    engine.kill()
    with Engine(tmp_path) as again:
        made = clients(again)
        read = made["dynamodbstreams"]
        shard = read.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
        begin = read.get_shard_iterator(
            StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = read.get_records(ShardIterator=begin)["Records"]
        where = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
        attributes = made["sqs"].get_queue_attributes(**where)["Attributes"]
    assert [one["dynamodb"]["Keys"]["pk"]["S"] for one in records] == [str(n) for n in range(20)]
    assert attributes["ApproximateNumberOfMessages"] == "20"


@pytest.mark.parametrize("whole", [True, False])
def test_services_are_saved_together_or_not_at_all(tmp_path: Path, whole: bool) -> None:
    for name in ("dynamodb.json", "sqs.json"):
        (tmp_path / name).write_text("old")
        (tmp_path / f"{name}.new").write_text("new")
    if whole:
        # A power cut fell between the two.
        (tmp_path / "all-written").touch()
        (tmp_path / "sqs.json.new").replace(tmp_path / "sqs.json")
    engine_state.recover(tmp_path)
    texts = {path.name: path.read_text() for path in tmp_path.iterdir()}
    expected = "new" if whole else "old"
    assert texts == {"dynamodb.json": expected, "sqs.json": expected}
