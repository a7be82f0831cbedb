"""A worker for tests: its effect is a mark and a count, made in one transaction, once an event."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from botocore.exceptions import ClientError

from chalicelib.core import history, tables, worker
from chalicelib.core.event_facts import FACTS
from chalicelib.core.event_types import EventType
from chalicelib.core.events import Event
from chalicelib.core.history import Entry, Head

TABLE: Final = "onetrip-effects"
_COUNTED: Final = "counted"


def work(event: Event, now: datetime) -> None:
    """Take effect once."""
    pk = {"S": event.subject.partition("-")[0]}
    mark = {"pk": pk, "sk": {"S": event.event_id}, "at": {"S": datetime.now(UTC).isoformat()}}
    once = {"TableName": TABLE, "Item": mark, "ConditionExpression": "attribute_not_exists(pk)"}
    count = {
        "TableName": TABLE,
        "Key": {"pk": pk, "sk": {"S": _COUNTED}},
        "UpdateExpression": "ADD effects :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    try:
        database().transact_write_items(TransactItems=[{"Put": once}, {"Update": count}])
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise


handler = worker.queue("effects", work)


def database() -> Any:
    return cast("Any", tables.client())


def create(name: str, *, stream: bool = False) -> None:
    request: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    }
    if stream:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    database().create_table(**request)


def entries(subject: str, type_: str, count: int) -> list[Entry]:
    """Return a subject's history of so many entries; what precedes its "-" groups the effects."""
    head, made, now = Head(), [], datetime.now(UTC)
    for _ in range(count):
        entry = history.append(
            subject, head, type_=cast("EventType", type_), at=now, actor="system:test", data={}
        )
        made.append(entry)
        head = entry.head
    return made


def write(table: str, some: Sequence[Entry]) -> None:
    """Put entries into a table, as the rooms' storage writes them."""
    for first in range(0, len(some), 25):
        puts = [{"PutRequest": {"Item": _item(one)}} for one in some[first : first + 25]]
        database().batch_write_item(RequestItems={table: puts})


def marks(group: str) -> dict[str, str]:
    """Return when each event of a group took effect."""
    found: dict[str, str] = {}
    query: dict[str, Any] = {
        "TableName": TABLE,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": group}},
    }
    while True:
        page = database().query(**query)
        found |= {one["sk"]["S"]: one["at"]["S"] for one in page["Items"] if "at" in one}
        if "LastEvaluatedKey" not in page:
            return found
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def counted(group: str) -> int:
    """Return how often events of a group took effect."""
    key = {"pk": {"S": group}, "sk": {"S": _COUNTED}}
    item = database().get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")
    return int(item["effects"]["N"]) if item else 0


def _item(entry: Entry) -> dict[str, dict[str, str]]:
    texts = ("subject", "type", "at", "actor", "prev_hash", "hash")
    return {
        **{name: {"S": getattr(entry, name)} for name in texts},
        "pk": {"S": entry.subject},
        "sk": {"S": f"E#{entry.seq:06}"},
        "seq": {"N": str(entry.seq)},
        "data": {"S": "{}"},
    }


def check_facts(entries: Sequence[Entry]) -> None:
    """See that entries say only what the list of facts knows of their kind of event."""
    for entry in entries:
        assert entry.data.keys() <= FACTS[entry.type.partition(".")[0]], entry.type
