"""Records that nobody can read, and what is told of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.core import tables


@contextmanager
def poison(table: str, keys: tuple[str, str], **more: str | int) -> Iterator[None]:
    """Keep a record with nothing in it but what puts it on a list."""
    dynamodb: Any = tables.client()
    key = {"pk": {"S": keys[0]}, "sk": {"S": keys[1]}}
    rest = {n: {"S": v} if isinstance(v, str) else {"N": str(v)} for n, v in more.items()}
    dynamodb.put_item(TableName=table, Item={**key, **rest})
    try:
        yield
    finally:
        dynamodb.delete_item(TableName=table, Key=key)


def set_aside(lines: list[dict[str, Any]], function: str) -> list[str]:
    metrics = [line for line in lines if "failed" in line and line["function"] == function]
    named = [line["item"] for line in lines if line.get("item") and line["function"] == function]
    assert sum(line["failed"] for line in metrics) == len(named)
    for line in metrics:
        [told] = line["_aws"]["CloudWatchMetrics"]
        assert told["Namespace"] == "OneTrip"
        assert all(name in line for name in told["Dimensions"][0])
    return named
