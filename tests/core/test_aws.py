from concurrent.futures import ThreadPoolExecutor

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
