"""How tables are made: on demand, encrypted, with their indexes, streams and time to live."""

from collections.abc import Mapping
from typing import Any, cast

from chalicelib.core.tables import Index, Table, client


def definition(table: Table) -> Mapping[str, object]:
    """Return the CreateTable request of a table: on demand, encrypted, with its stream."""
    names = {"pk", "sk"} | {n for i in table.indexes for n in (i.hash_key, i.range_key)}
    request: dict[str, object] = {
        "TableName": table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "N" if name in table.numbers else "S"}
            for name in sorted(names)
        ],
        "KeySchema": _keys("pk", "sk"),
    }
    if table.streams:
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        request["StreamSpecification"] = stream
    if table.indexes:
        request["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index.name,
                "KeySchema": _keys(index.hash_key, index.range_key),
                "Projection": _projection(index),
            }
            for index in table.indexes
        ]
    return request


def create(table: Table) -> bool:
    """Make a table that is not there yet, with its time to live; tell whether it was made."""
    dynamodb = cast(Any, client())
    try:
        dynamodb.create_table(**definition(table))
    except dynamodb.exceptions.ResourceInUseException:
        return False
    dynamodb.get_waiter("table_exists").wait(TableName=table.name, WaiterConfig={"Delay": 1})
    dynamodb.update_time_to_live(
        TableName=table.name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "tidy_at"},
    )
    return True


def _keys(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]


def _projection(index: Index) -> dict[str, object]:
    if not index.projection:
        return {"ProjectionType": "KEYS_ONLY"}
    return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.projection)}
