import threading
import time
from pathlib import Path
from typing import Any

import boto3

from infra.local.engine import Engine


def table(engine: Engine) -> Any:
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=engine.url,
        region_name="cn-north-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
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
