"""Old items moved to their newer form while the former release and this one run side by side.

A migration pages through one table and gives each old item its new attributes, each by a write of
its own, on the condition that these attributes are still as they were read: whoever changes an item
meanwhile is not undone, and an item that is new already is left alone. What has a table of its own
now is written in the same transaction. So it can run twice, or two
at once. The position is kept in the table after every page; what was killed goes on from there.

An item that the former release writes behind the runner has the old form again. Run it once more
when that release is gone: a pass that moves nothing is the last.
"""

import json
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, cast

from chalicelib.cases.storage import _records as cases
from chalicelib.core import tables
from chalicelib.core.tables import CONDITION_FAILED, SCHEMA_OF_BUCKETS, Table
from chalicelib.identity.domain import KEPT_APART
from chalicelib.identity.keys import storage as keys
from chalicelib.identity.storage import _records as identity
from chalicelib.identity.tombstones import storage as tombstones
from chalicelib.notifications.storage import _records as notifications
from chalicelib.payments.storage import _records as payments

# As DynamoDB has it: {"pk": {"S": …}, …}.
Item = Mapping[str, Any]
_PARTITION: Final = "MIGRATION"
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Migration:
    """What is moved: `renew` returns the text attributes that an old item should have instead.

    `also` returns the items of other tables that are written with it; again they are the same.
    """

    name: str
    table: Table
    schema: int
    renew: Callable[[Item], Mapping[str, str]]
    also: Callable[[Item], Sequence[tuple[Table, Item]]] = lambda _item: ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pass is: items seen and moved, and the key of the last one, if there are more."""

    seen: int = 0
    moved: int = 0
    after: tuple[str, str] | None = None
    ended: bool = False


def _of_watch(item: Item) -> Mapping[str, str]:
    return {"watch": cases.WATCH.of(item["pk"]["S"][2:])} if "watch" in item else {}


def _of_ask(item: Item) -> Mapping[str, str]:
    if "ask" not in item:
        return {}
    has_ended = item["ask"]["S"] in payments.ENDED.keys
    buckets = payments.ENDED if has_ended else payments.ASK
    return {"ask": buckets.of(item["sk"]["S"][2:])}


def _of_due(item: Item) -> Mapping[str, str]:
    if "bucket" not in item:
        return {}
    return {"bucket": notifications.DUE.of(item["sk"]["S"].split("#")[1])}


def _of_key(item: Item) -> Mapping[str, str]:
    if item["sk"]["S"] != "profile":
        return {}
    # Who was erased has no key to move, and stays without.
    return {"key": KEPT_APART if item["key"]["S"] else ""}


def _beside_key(item: Item) -> Sequence[tuple[Table, Item]]:
    if item["sk"]["S"] != "profile" or "schema" in item:
        return ()
    citizen_id, wrapped = item["pk"]["S"].removeprefix("C#"), item["key"]["S"]
    if wrapped:
        return [(keys.TABLE, keys.item_of(citizen_id, bytes.fromhex(wrapped)))]
    # The release that erased left no tombstone. It was no later than now.
    return [(tombstones.TABLE, tombstones.item_of(citizen_id, datetime.now(UTC)))]


MIGRATIONS: Final = (
    Migration("buckets-of-limits", cases.TABLE, SCHEMA_OF_BUCKETS, _of_watch),
    Migration("buckets-of-payments", payments.TABLE, SCHEMA_OF_BUCKETS, _of_ask),
    Migration("buckets-of-reminders", notifications.TABLE, SCHEMA_OF_BUCKETS, _of_due),
    Migration("keys-apart", identity.TABLE, identity.SCHEMA_OF_OWN_KEYS, _of_key, _beside_key),
)


def progress_of(migration: Migration) -> Progress:
    """Return how far a migration is."""
    key = {"pk": {"S": _PARTITION}, "sk": {"S": migration.name}}
    found = _client().get_item(TableName=migration.table.name, Key=key, ConsistentRead=True)
    if "Item" not in found:
        return Progress()
    kept = json.loads(found["Item"]["progress"]["S"])
    return Progress(**{**kept, "after": tuple(kept["after"]) if kept["after"] else None})


def run(
    migration: Migration,
    items_a_second: float,
    wait: Callable[[float], None] = time.sleep,
    page: int = _PAGE,
) -> Generator[Progress, None, None]:
    """Go on with a pass, or begin the next; yield how far it is after each page.

    At most so many items are read a second, each of which costs up to one write.
    """
    known = progress_of(migration)
    state = Progress() if known.ended else known
    while not state.ended:
        state = _page(migration, state, page)
        _keep(migration, state)
        yield state
        if not state.ended:
            wait(page / items_a_second)


def _page(migration: Migration, state: Progress, limit: int) -> Progress:
    begin = {"ExclusiveStartKey": _key(*state.after)} if state.after else {}
    found = _client().scan(TableName=migration.table.name, Limit=limit, **begin)
    moved = sum(_move(migration, item) for item in found["Items"])
    last = found.get("LastEvaluatedKey")
    after = (last["pk"]["S"], last["sk"]["S"]) if last else None
    seen = state.seen + len(found["Items"])
    return replace(state, seen=seen, moved=state.moved + moved, after=after, ended=after is None)


def _move(migration: Migration, item: Item) -> bool:
    """Give an item what it lacks; False when it lacks nothing, or was changed meanwhile."""
    wanted, also = migration.renew(item), migration.also(item)
    new = {name: v for name, v in wanted.items() if also or item[name]["S"] != v}
    if not new:
        return False
    puts = [{"Put": {"TableName": table.name, "Item": one}} for table, one in also]
    return _written(_update(migration, item, new), puts)


def _written(update: Item, puts: Sequence[Item]) -> bool:
    """Write it all or nothing; False when the item was changed meanwhile."""
    database = _client()
    refused = database.exceptions
    try:
        if puts:
            database.transact_write_items(TransactItems=[{"Update": update}, *puts])
        else:
            database.update_item(**update)
    except refused.ConditionalCheckFailedException:
        return False
    except refused.TransactionCanceledException as error:
        codes = {reason["Code"] for reason in error.response["CancellationReasons"]}
        if codes - {"None", CONDITION_FAILED}:
            raise
        return False
    return True


def _update(migration: Migration, item: Item, new: Mapping[str, str]) -> Item:
    names = {f"#{n}": name for n, name in enumerate(new)}
    values = {f":new{n}": {"S": value} for n, value in enumerate(new.values())}
    values |= {f":old{n}": item[name] for n, name in enumerate(new)}
    sets = [f"#{n} = :new{n}" for n in range(len(new))]
    return {
        "TableName": migration.table.name,
        "Key": _key(item["pk"]["S"], item["sk"]["S"]),
        "UpdateExpression": f"SET {', '.join(sets)}, #schema = :schema",
        "ConditionExpression": " AND ".join(f"#{n} = :old{n}" for n in range(len(new))),
        "ExpressionAttributeNames": {**names, "#schema": "schema"},
        "ExpressionAttributeValues": {**values, ":schema": {"N": str(migration.schema)}},
    }


def _keep(migration: Migration, state: Progress) -> None:
    item = {**_key(_PARTITION, migration.name), "progress": {"S": json.dumps(asdict(state))}}
    _client().put_item(TableName=migration.table.name, Item=item)


def _key(pk: str, sk: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _client() -> Any:
    return cast("Any", tables.client())
