"""What a restore does to tables, in small: items are put back as they were."""

from collections.abc import Iterator
from typing import Any, cast

from chalicelib.core import tables
from chalicelib.core.tables import Table
from chalicelib.identity.service import profiles

Items = dict[str, list[dict[str, Any]]]


def backed_up(*rooms: str) -> Items:
    """Return all items of the tables of rooms."""
    return {room: list(_items(Table.registry[room].name)) for room in rooms}


def restore(backup: Items) -> None:
    """Let tables have the items of a backup and no others."""
    for room, items in backup.items():
        name, kept = Table.registry[room].name, {(i["pk"]["S"], i["sk"]["S"]) for i in items}
        for new in list(_items(name)):
            if (new["pk"]["S"], new["sk"]["S"]) not in kept:
                key = {"pk": new["pk"], "sk": new["sk"]}
                _client().delete_item(TableName=name, Key=key)
        for item in items:
            _client().put_item(TableName=name, Item=item)


def _items(name: str) -> Iterator[dict[str, Any]]:
    for page in _client().get_paginator("scan").paginate(TableName=name):
        yield from page["Items"]


def _client() -> Any:
    return cast("Any", tables.client())


def stored(room: str, pk: str, sk: str) -> dict[str, Any]:
    """Return an item as it is kept; nothing where there is none."""
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    found = _client().get_item(TableName=Table.registry[room].name, Key=key, ConsistentRead=True)
    return dict(found.get("Item", {}))


def put(room: str, item: dict[str, Any]) -> None:
    _client().put_item(TableName=Table.registry[room].name, Item=item)


def as_the_former_release_kept(citizen_id: str) -> str:
    """Let a citizen's key be in the profile, as the former release wrote it; return it wrapped."""
    pk = f"C#{citizen_id}"
    profile, key = stored("identity", pk, "profile"), stored("keys", pk, "key")
    wrapped = key["key"]["B"].hex()
    del profile["schema"]
    put("identity", {**profile, "key": {"S": wrapped}})
    place = {"pk": key["pk"], "sk": key["sk"]}
    _client().delete_item(TableName=Table.registry["keys"].name, Key=place)
    profiles.keys.drop(citizen_id)
    return str(wrapped)
