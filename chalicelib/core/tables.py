"""The tables: how records are kept in DynamoDB, and what all rooms' storage shares.

Every table has a partition key `pk` and a sort key `sk`, both text. Expiry is always compared with
`now` in a condition; the time-to-live attribute only tidies.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeVar, cast

from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.constants import ITEM
from pynamodb.exceptions import CancellationReason, PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import Index as RecordIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.core import aws, logs
from chalicelib.core.errors import TryAgain
from chalicelib.core.history import Entry
from chalicelib.core.pagination import Page
from chalicelib.core.settings import SETTINGS

# The form of items in lists that have buckets (decision 71); one that names no form has the first.
SCHEMA_OF_BUCKETS: Final = 2
# The longest that DynamoDB offers, and its default.
LONGEST_RECOVERY_DAYS: Final = 35
CONDITION_FAILED: Final = "ConditionalCheckFailed"
T = TypeVar("T")
R = TypeVar("R", bound="Record")
# A partition key and a sort key.
Keys = tuple[str, str]
# What one room adds to the transaction of another: both are kept, or neither.
Addition = Callable[[TransactWrite], None]


@dataclass(frozen=True, slots=True)
class Index:
    """A sparse index; `projection` lists what it carries beside the keys."""

    name: str
    hash_key: str
    range_key: str
    projection: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One room's table, or one of its own for what is kept otherwise than the rest of the room.

    It `streams` its changes where events are among them. It can be restored to any second of its
    `recovery_days`; what was deleted before is gone for good.
    """

    room: str
    indexes: tuple[Index, ...] = ()
    numbers: frozenset[str] = frozenset()
    streams: bool = True
    recovery_days: int = LONGEST_RECOVERY_DAYS

    registry: ClassVar[dict[str, "Table"]] = {}

    def __post_init__(self) -> None:
        """Enter the table in the registry, from which all tables are made."""
        Table.registry[self.room] = self

    @property
    def name(self) -> str:
        """Return the table's name in this stage."""
        return f"{SETTINGS.table_prefix}{self.room}"


def client() -> BaseClient:
    """Return the one DynamoDB client of this process."""
    return cast(BaseClient, aws.client("dynamodb"))


class Record(Model):
    """The base of all records: two keys, and the process's one client."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        # A class would take its base's, once that has one, and it knows none of its own indexes.
        if "_connection" not in cls.__dict__:
            cls._connection = None
        connection = super()._get_connection()
        # Without this each record class would build a client of its own, 50 ms each.
        connection.connection._client = cast(Any, client())  # noqa: SLF001
        return connection


class EntryRecord(Record):
    """A history entry as it is kept, in the table of its subject's room; also the outbox."""

    subject = UnicodeAttribute()
    seq = NumberAttribute()
    type = UnicodeAttribute()
    at = UnicodeAttribute()
    actor = UnicodeAttribute()
    data = JSONAttribute()
    prev_hash = UnicodeAttribute()
    hash = UnicodeAttribute()
    salt = UnicodeAttribute(null=True)
    # The request from which it follows; no part of what is hashed, and of nobody's history.
    cause = UnicodeAttribute(null=True)

    columns: ClassVar[tuple[str, ...]] = (
        "subject", "seq", "type", "at", "actor", "data", "prev_hash", "hash", "salt",
    )  # fmt: skip

    @staticmethod
    def keys_of(entry: Entry) -> dict[str, Any]:
        """Return the columns of an entry."""
        known = {name: getattr(entry, name) for name in EntryRecord.columns}
        return {**known, "salt": entry.salt or None, "cause": logs.cause()}

    @classmethod
    def entries_of(cls, pk: str, prefix: str) -> list[Entry]:
        """Return the entries of a partition whose keys begin so, in their order; one Query a MB."""
        found = cls.query(pk, cls.sk.startswith(prefix), consistent_read=True)
        return [record.to_entry() for record in found]

    def to_entry(self) -> Entry:
        """Return the entry that this record keeps."""
        known = {name: getattr(self, name) for name in self.columns}
        return Entry(**{**known, "salt": self.salt or ""})


def shard_of(id_: str, shards: int) -> int:
    """Return the shard of an index that an id belongs to, from 0; it never changes."""
    return sum(id_.encode()) % shards


class Transaction(TransactWrite):
    """All of its writes, or none."""

    def put(
        self, kind: type[Record], item: Mapping[str, Any], condition: Condition | None = None
    ) -> None:
        """Add a put of an item that is written already (`core.items.item_of`)."""
        table = kind._get_connection()  # noqa: SLF001 - as a record's save() does.
        asked = table.get_operation_kwargs("", "", key=ITEM, condition=condition)
        self._put_items.append({**asked, ITEM: item})

    def put_as(self, parameters: dict[str, Any]) -> None:
        """Add a put that is put together already (`core.prepared`)."""
        self._put_items.append(parameters)

    def update_as(self, parameters: dict[str, Any]) -> None:
        """Add an update that is put together already (`core.prepared`)."""
        self._update_items.append(parameters)


def transaction() -> Transaction:
    """Return a transaction to be used as a context manager; it commits on a clean exit."""
    connection = Connection(region=SETTINGS.region)
    connection._client = cast(Any, client())  # noqa: SLF001
    return Transaction(connection=connection)


def page_of_keys(
    index: "RecordIndex[Any]", lane: str, span: Condition, position: str | None, limit: int
) -> Page[tuple[str, str]]:
    """Return the keys that a page of an index has; a position is the last key that was seen."""
    start = json.loads(position) if position else None
    found = index.query(
        lane,
        span,
        limit=limit,
        last_evaluated_key={name: {"S": value} for name, value in start.items()} if start else None,
    )
    items = tuple((record.pk, record.sk) for record in found)
    last = found.last_evaluated_key
    after = {name: value["S"] for name, value in last.items()} if last else None
    return Page(items, json.dumps(after, sort_keys=True) if after else None)


def load_in_order(
    kind: type[R], keys: Sequence[tuple[str, str]], read: Callable[[R], T]
) -> Iterator[T]:
    """Read records by their keys and yield them in this order; what is gone is left out."""
    found = {(record.pk, record.sk): record for record in kind.batch_get(list(keys))}
    return (read(found[key]) for key in keys if key in found)


def store_once(marker: Record, also: Iterable[Addition]) -> bool:
    """Store a marker and what is kept `also`, all or nothing; False when the marker is there."""
    is_new = type(marker).pk.does_not_exist()
    return store_together([lambda write: write.save(marker, condition=is_new), *also])


def store_together(additions: Iterable[Addition]) -> bool:
    """Store what belongs together, all or nothing; False when a condition of it fails."""
    try:
        with transaction() as write:
            for add in additions:
                add(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def condition_failed(error: PynamoDBException) -> bool:
    """Tell whether a single write was refused by its condition; other failures are raised on."""
    if _code(error.cause) == "ConditionalCheckFailedException":
        return True
    raise_on(error)
    return False


def failed_conditions(error: TransactWriteError) -> list[CancellationReason | None]:
    """Return, write by write, the condition that cancelled a transaction; others are raised on."""
    reasons = error.cancellation_reasons
    if not any(reason and reason.code == CONDITION_FAILED for reason in reasons):
        raise_on(error)
    return [reason if reason and reason.code == CONDITION_FAILED else None for reason in reasons]


def raise_on(error: PynamoDBException) -> None:
    """Raise TryAgain for what a retry can mend, else the error itself."""
    known = problem_of(error)
    if known is None:
        raise error
    raise known from error


def problem_of(error: Exception) -> TryAgain | None:
    """Return the problem that a failing table or service of AWS means for a caller, if any."""
    cause = error.cause if isinstance(error, PynamoDBException) else error
    if not isinstance(cause, (ClientError, BotoCoreError)) or _code(cause) in _OUR_MISTAKES:
        return None
    return TryAgain(retry_after=2)


# To send the same once more would not mend these.
_OUR_MISTAKES: Final = frozenset({"SerializationException", "ValidationException"})


def _code(cause: Exception | None) -> str | None:
    """Return what DynamoDB refused a call with; a call without an answer has no code.

    pynamodb's own reader fails where botocore keeps `None` for the answer that never came.
    """
    answer: Mapping[str, Any] = getattr(cause, "response", None) or {}
    code: str | None = answer.get("Error", {}).get("Code")
    return code


def reachable(table: Table) -> bool:
    """Tell whether a table answers a read."""
    key = {"pk": {"S": "-"}, "sk": {"S": "-"}}
    answer = cast(Any, client()).get_item(TableName=table.name, Key=key)
    return "ResponseMetadata" in answer
