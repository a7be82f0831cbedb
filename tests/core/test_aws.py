import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest

from chalicelib.appointments.storage import TABLE
from chalicelib.core import aws, retry
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from infra.local.engine import Engine


def test_threads_share_one_client_of_a_service() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: id(aws.client("events")), range(32)))
    assert len(made) == 1
    assert aws.client("sqs") is not aws.client("events")


@pytest.mark.parametrize(
    ("service", "seconds", "attempts"),
    [("dynamodb", retry.READ_SECONDS, 1), ("s3", retry.READ_SECONDS, 1), ("sqs", 10, 3)],
)
def test_what_a_request_waits_for_is_asked_once_and_shortly(
    service: str, seconds: float, attempts: int
) -> None:
    config = aws.client(service).meta.config
    assert config.read_timeout == seconds
    assert config.connect_timeout == retry.CONNECT_SECONDS
    assert config.retries["total_max_attempts"] == attempts


@pytest.mark.parametrize(
    "more", [{}, {"bytes": {"B": b"\x00\xff"}, "several": {"BS": [b"1", b"2"]}}]
)
def test_answers_about_items_are_what_the_sdk_makes_of_them(
    engine: Engine, more: dict[str, object]
) -> None:
    ours, bare = (
        aws.client("dynamodb"),
        botocore.session.get_session().create_client("dynamodb", SETTINGS.region),
    )
    table, key = TABLE.name, {"pk": {"S": new_id()}, "sk": {"S": "1"}}
    item = {
        **key,
        "says": {"S": '"B": in words, 中文'},
        "number": {"N": "12.5"},
        "yes": {"BOOL": True},
        "none": {"NULL": True},
        "list": {"L": [{"M": {"a": {"SS": ["x"]}}}]},
        **more,
    }
    ours.put_item(TableName=table, Item=item)
    calls = (
        ("get_item", {"Key": key, "ReturnConsumedCapacity": "TOTAL"}),
        ("get_item", {"Key": {**key, "sk": {"S": "none"}}}),
        (
            "query",
            {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": key["pk"]}},
        ),
    )
    for name, given in calls:
        answers = [getattr(one, name)(TableName=table, **given) for one in (ours, bare)]
        for answer in answers:
            assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
        assert answers[0] == answers[1]
    assert ours.get_item(TableName=table, Key=key)["Item"] == item


def _asked(client: Any, operation: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the request that a client would send, which is not sent."""
    seen: list[Mapping[str, Any]] = []

    def take(params: Mapping[str, Any], **_: object) -> tuple[object, dict[str, Any]]:
        seen.append(params)
        return SimpleNamespace(status_code=200), {}

    client.meta.events.register_first("before-call.dynamodb", take)
    getattr(client, operation)(**given)
    client.meta.events.unregister("before-call.dynamodb", take)
    return seen[0]


@pytest.mark.parametrize("region", ["cn-north-1", "cn-northwest-1", "us-east-1"])
def test_what_is_asked_about_items_is_what_the_sdk_would_ask(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setattr(aws, "SETTINGS", replace(SETTINGS, region=region))
    ours: Any = aws._client.__wrapped__("dynamodb")
    bare: Any = botocore.session.get_session().create_client("dynamodb", region)
    item = {
        "pk": {"S": '"引号", \\ and é'},
        "number": {"N": "-12.5"},
        "yes": {"BOOL": True},
        "none": {"NULL": True},
        "list": {"L": [{"M": {"a": {"SS": ["x"]}}}]},
        "bytes": {"B": b"\x00\xff"},
        "several": {"BS": [b"1", bytearray(b"2")]},
    }
    key = {"pk": item["pk"]}
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("put_item", {"TableName": "t", "Item": item}),
        ("get_item", {"TableName": "t", "Key": key, "ConsistentRead": True}),
        ("query", {"TableName": "t", "KeyConditionExpression": "pk = :a", "Limit": 3}),
        (
            "transact_write_items",
            {
                "TransactItems": [{"Put": {"TableName": "t", "Item": item}}],
                "ClientRequestToken": "a",
            },
        ),
        ("describe_table", {"TableName": "t"}),
    )
    for name, given in calls:
        mine, theirs = _asked(ours, name, given), _asked(bare, name, given)
        assert json.loads(mine["body"]) == json.loads(theirs["body"])
        for part in ("url", "method", "query_string", "url_path"):
            assert mine[part] == theirs[part], (name, part)
        for header in ("X-Amz-Target", "Content-Type"):
            assert mine["headers"][header] == theirs["headers"][header]
