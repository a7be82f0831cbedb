"""Items as they come and go: to make a record of one takes longer than to ask for it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, cast

from pynamodb.expressions.condition import Condition
from pynamodb.pagination import ResultIterator

from chalicelib.core.tables import Keys, Record, Table, client

# An item as DynamoDB's JSON has it, each attribute under the name of its type.
RawItem = dict[str, dict[str, Any]]
_NONE: Final = frozenset[str]()
# What BatchGetItem takes.
_AT_ONCE: Final = 100


def items_in(
    kind: type[Record], pk: str, span: Condition, *, consistent: bool = False
) -> Iterator[RawItem]:
    """Yield a partition's items in a span of sort keys; one Query a MB."""
    given = {"range_key_condition": span, "consistent_read": consistent}
    return ResultIterator(kind._get_connection().query, (pk,), given)  # noqa: SLF001


def item_at(table: Table, keys: Keys) -> RawItem | None:
    """Return one item as it is now; None where there is none."""
    dynamodb = cast(Any, client())
    answer = dynamodb.get_item(TableName=table.name, Key=key_of(keys), ConsistentRead=True)
    found: RawItem | None = answer.get("Item")
    return found


def items_at(table: Table, keys: Iterable[Keys], *, consistent: bool = False) -> list[RawItem]:
    """Return the items that exist of these, in any order; one read a hundred."""
    found, wanted = list[RawItem](), iter({*keys})
    while some := [key_of(one) for one in islice(wanted, _AT_ONCE)]:
        asked = {table.name: {"Keys": some, "ConsistentRead": consistent}}
        found += [item for _, item in _batch(asked)]
    return found


def item_and_other(
    table: Table, keys: Keys, other: Table, other_keys: Keys
) -> tuple[RawItem | None, RawItem | None]:
    """Return an item as it is now, and one of another table as it was moments ago; one read."""
    asked = {
        table.name: {"Keys": [key_of(keys)], "ConsistentRead": True},
        other.name: {"Keys": [key_of(other_keys)], "ConsistentRead": False},
    }
    found = dict(_batch(asked))
    return found.get(table.name), found.get(other.name)


def _batch(asked: Mapping[str, Any]) -> Iterator[tuple[str, RawItem]]:
    """Yield what a BatchGetItem finds with its tables' names, until all of it was answered."""
    dynamodb, unread = cast(Any, client()), asked
    while unread:
        answer = dynamodb.batch_get_item(RequestItems=unread)
        for name, items in answer["Responses"].items():
            yield from ((name, item) for item in items)
        unread = answer.get("UnprocessedKeys", {})


def item_of(kind: type[Record], keys: Keys, columns: Mapping[str, Any]) -> RawItem:
    """Return the item of a record with these columns; what is None is left out."""
    item, attributes = key_of(keys), kind.get_attributes()
    for name, value in columns.items():
        if value is not None:
            attribute = attributes[name]
            item[attribute.attr_name] = {attribute.attr_type: attribute.serialize(value)}
    return item


def text(item: RawItem, name: str) -> str | None:
    """Return a text of an item, if it has it."""
    value: str | None = item[name]["S"] if name in item else None
    return value


def number(item: RawItem, name: str) -> int | None:
    """Return a whole number of an item, if it has it."""
    return int(item[name]["N"]) if name in item else None


def texts(item: RawItem, name: str) -> frozenset[str]:
    """Return a set of texts of an item; it is empty where the item has none."""
    return frozenset(item[name]["SS"]) if name in item else _NONE


def document(item: RawItem, name: str) -> Any:
    """Return what an item keeps as JSON; None where it has it not."""
    return json.loads(item[name]["S"]) if name in item else None


def key_of(keys: Keys) -> RawItem:
    """Return a key as DynamoDB is asked for it, and as the beginning of its item."""
    pk, sk = keys
    return {"pk": {"S": pk}, "sk": {"S": sk}}
