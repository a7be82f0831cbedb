"""A table is made as it is declared, once."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from chalicelib.core import table_definitions, tables
from chalicelib.core.ids import new_id
from chalicelib.core.tables import Index, Table
from infra.local.engine import Engine


@pytest.fixture
def table(engine: Engine) -> Iterator[Table]:
    made = Table(
        f"t-{new_id()}",
        (Index("due", "lane", "due_at"), Index("shown", "place", "day", ("name",))),
        numbers=frozenset({"due_at"}),
    )
    yield made
    del Table.registry[made.room]
    cast("Any", tables.client()).delete_table(TableName=made.name)


def test_what_is_made_is_what_is_declared(table: Table) -> None:
    dynamodb = cast("Any", tables.client())
    assert table_definitions.create(table)
    found = dynamodb.describe_table(TableName=table.name)["Table"]
    kinds = {one["AttributeName"]: one["AttributeType"] for one in found["AttributeDefinitions"]}
    assert kinds.pop("due_at") == "N"
    assert kinds == dict.fromkeys(("pk", "sk", "lane", "place", "day"), "S")
    keys = {one["KeyType"]: one["AttributeName"] for one in found["KeySchema"]}
    assert keys == {"HASH": "pk", "RANGE": "sk"}
    shown = {one["IndexName"]: one["Projection"] for one in found["GlobalSecondaryIndexes"]}
    assert shown["due"]["ProjectionType"] == "KEYS_ONLY"
    assert shown["shown"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["name"]}
    assert found["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    lives = dynamodb.describe_time_to_live(TableName=table.name)["TimeToLiveDescription"]
    assert lives["AttributeName"] == "tidy_at"
    assert not table_definitions.create(table)


def test_a_table_without_events_has_no_stream() -> None:
    known = Table.registry.values()
    silent = [one for one in known if not one.streams]
    assert silent
    for one in known:
        assert ("StreamSpecification" in table_definitions.definition(one)) is one.streams
