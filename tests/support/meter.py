"""What an operation costs: round trips and capacity units, by DynamoDB's documented rules.

Sizes: "DynamoDB item sizes and formats", units: "Read and write operations", in the Amazon DynamoDB
developer guide. No emulator reports them rightly, so they are computed from the items.
"""

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import botocore.session

from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel, tables
from chalicelib.identity.service.revocations import revocations

_WRITES = {"PutItem": "Item", "UpdateItem": "Key", "DeleteItem": "Key"}


@dataclass(frozen=True)
class Call:
    """One call, with what it costs the table, its indexes, and in read units."""

    operation: str
    table_wcu: float
    index_wcu: float
    rcu: float


@dataclass
class Cost:
    """The bill; `trips` are those that waited for one another."""

    trips: int = 0
    bill: list[Call] = field(default_factory=list)

    @property
    def calls(self) -> list[str]:
        """Return the operations in their order."""
        return [call.operation for call in self.bill]

    @property
    def wcu(self) -> float:
        """Return the write units of tables and indexes."""
        return sum(call.table_wcu + call.index_wcu for call in self.bill)

    @property
    def rcu(self) -> float:
        """Return the read units."""
        return sum(call.rcu for call in self.bill)


def item_size(item: Mapping[str, Any]) -> int:
    """Return an item's size in bytes: names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    [(kind, given)] = value.items()
    if kind == "S":
        return len(given.encode())
    if kind == "N":
        return _number_size(given)
    if kind in ("SS", "NS"):
        return sum(len(one.encode()) if kind == "SS" else _number_size(one) for one in given)
    if kind == "L":
        return 3 + sum(1 + _value_size(one) for one in given)
    if kind == "M":
        return 3 + sum(1 + len(n.encode()) + _value_size(v) for n, v in given.items())
    return len(given) if kind == "B" else 1


def _number_size(text: str) -> int:
    digits = text.lstrip("-").replace(".", "").strip("0")
    return min(21, math.ceil(len(digits) / 2) + 1 + text.startswith("-"))


@contextmanager
def metered() -> Iterator[Cost]:
    """Meter what one thread does; the images are read by a client that is not metered."""
    cost, before, own_thread = Cost(), {}, threading.local()
    events: Any = tables.client().meta.events
    own: Any = botocore.session.get_session().create_client("dynamodb")
    # The catalogue is asked about every 30 seconds; no single request owes that.
    catalogue.forget()
    catalogue.current()
    revocations.refresh(older_than=0)

    def image(table: str, key: Mapping[str, Any]) -> Mapping[str, Any]:
        wanted = {"pk": key["pk"], "sk": key["sk"]}
        found = own.get_item(TableName=table, Key=wanted, ConsistentRead=True).get("Item", {})
        return dict(found)

    def asked(params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:
        context["asked"] = (model.name, params)
        before[id(params)] = [image(t, k) for t, k in _writes(model.name, params)]

    def answered(parsed: Mapping[str, Any], context: Mapping[str, Any], **_: object) -> None:
        operation, params = context["asked"]
        if hasattr(own_thread, "trips"):
            own_thread.trips += 1
        else:
            cost.trips += 1
        writes = zip(_writes(operation, params), before.pop(id(params)), strict=True)
        images = [(table, old, image(table, key)) for (table, key), old in writes]
        cost.bill.append(_bill(operation, images, _read_units(operation, params, parsed)))

    def each(act: Callable[[Any], Any], arguments: Sequence[Any]) -> list[Any]:
        """What is asked side by side takes as long as the longest of them."""
        longest = [0]

        def one(argument: Any) -> Any:
            own_thread.trips = 0
            try:
                return act(argument)
            finally:
                longest.append(own_thread.trips)
                del own_thread.trips

        try:
            return side_by_side(one, arguments)
        finally:
            cost.trips += max(longest)

    side_by_side, parallel.map_concurrently = parallel.map_concurrently, each
    events.register("before-parameter-build.dynamodb", asked)
    events.register("after-call.dynamodb", answered)
    try:
        yield cost
    finally:
        parallel.map_concurrently = side_by_side
        events.unregister("before-parameter-build.dynamodb", asked)
        events.unregister("after-call.dynamodb", answered)


def _bill(
    operation: str, images: Sequence[tuple[str, Mapping[str, Any], Mapping[str, Any]]], read: float
) -> Call:
    """Return what a call costs that turned the old images of items into the new."""
    factor = 2 if operation == "TransactWriteItems" else 1
    sizes = [max(item_size(old), item_size(new), 1) for _, old, new in images]
    written = factor * sum(math.ceil(size / 1024) for size in sizes)
    return Call(operation, written, sum(_index_units(*one) for one in images), read)


def _writes(operation: str, params: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    if operation in _WRITES:
        return [(params["TableName"], params[_WRITES[operation]])]
    if operation != "TransactWriteItems":
        return []
    parts = [part for item in params["TransactItems"] for part in item.values()]
    return [(part["TableName"], part.get("Item") or part["Key"]) for part in parts]


def _index_units(table: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> int:
    room = next(t for t in tables.Table.registry.values() if t.name == table)
    units = 0
    for index in room.indexes:
        keys = [
            tuple(str(item.get(name)) for name in (index.hash_key, index.range_key))
            if index.hash_key in item
            else None
            for item in (old, new)
        ]
        if keys[0] != keys[1]:
            units += sum(key is not None for key in keys)
        elif keys[0] is not None:
            units += any(old.get(name) != new.get(name) for name in index.projection)
    return units


def _read_units(operation: str, params: Mapping[str, Any], parsed: Mapping[str, Any]) -> float:
    if operation == "Query":
        size = sum(item_size(item) for item in parsed["Items"])
        return _units(size, consistent=params.get("ConsistentRead", False))
    if operation == "GetItem":
        size = item_size(parsed.get("Item", {}))
        return _units(size, consistent=params.get("ConsistentRead", False))
    if operation == "BatchGetItem":
        asked = params["RequestItems"].items()
        return sum(_of_batch(part, parsed["Responses"].get(name, ())) for name, part in asked)
    return 0


def _of_batch(asked: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> float:
    """Return the units of what a BatchGetItem asks of one table; what is missing costs as well."""
    consistent = bool(asked.get("ConsistentRead"))
    missing = (len(asked["Keys"]) - len(found)) * _units(1, consistent=consistent)
    return missing + sum(_units(item_size(item), consistent=consistent) for item in found)


def _units(size: int, *, consistent: bool) -> float:
    return math.ceil(max(size, 1) / 4096) * (1 if consistent else 0.5)
