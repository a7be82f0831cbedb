"""What changes in the embedded engine, as records that may be applied again and again.

A record is a list: what changed, of what (an ARN), and the keys and values that hold from now on.
Each write of the engine passes through one of the functions that are wrapped here. Their names are
private to the engine, which is why its version is pinned exactly.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from hashlib import blake2b
from typing import Any, Final

import orjson
from ministack.services import eventbridge as _eventbridge
from ministack.services import sqs as _sqs

from chalicelib.core import events
from infra.local import engine_items
from infra.local.engine_items import Partitions, database

# The engine is untyped.
bus: Final[Any] = _eventbridge
queues: Final[Any] = _sqs
Record = list[Any]
Note = Callable[[Record], None]

ITEM: Final = "item"
NO_ITEM: Final = "no item"
ITEMS: Final = "items"
ENTRY: Final = "entry"
GUARD: Final = "guard"
MESSAGE: Final = "message"
NO_MESSAGES: Final = "no messages"
# How far its reader came in a stream is an item with this key after the stream's own ARN.
POSITION: Final = "position"
# Queues are known by an address that is the same at every start, whatever port serves them.
_ADDRESS: Final = ("localhost", "4566")
_MESSAGES_ACTIONS: Final = (
    "SendMessage",
    "SendMessageBatch",
    "DeleteMessage",
    "DeleteMessageBatch",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "PurgeQueue",
)


def bound_memory() -> None:
    """Let the engine keep in its streams what somebody still reads, and no log of past events."""
    emit = database._emit_stream_event  # noqa: SLF001

    def emit_entries(name: str, event: str, old: Any, new: Any, replicate: bool = True) -> None:
        # No table has copies elsewhere, nor any other reader than its stream's.
        if events.is_entry({"eventName": event, "dynamodb": {"NewImage": new or {}}}):
            emit(name, event, old, new, replicate)

    database._emit_stream_event = emit_entries  # noqa: SLF001
    _hash_what_tokens_guard()
    bus._events_log_list = list  # noqa: SLF001
    _after("_set_item", lambda _answer, _table, *about: _forget_read(*about))
    engine_items.hold_as_text()


class _Hashed:
    """Equals the request of which it holds the hash."""

    def __init__(self, digest: str) -> None:
        self._digest = digest

    def __eq__(self, other: object) -> bool:
        return self._digest == _digest(other)

    def __hash__(self) -> int:
        return hash(self._digest)


def _digest(request: object) -> str:
    return blake2b(orjson.dumps(request, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _hash_what_tokens_guard() -> None:
    """Let the engine keep with a `ClientRequestToken` the hash of its request, not the request."""
    keep, find = database._txn_token_store, database._txn_token_lookup  # noqa: SLF001

    def keep_hashed(token: str, about: Mapping[str, Any]) -> None:
        keep(token, {**about, "signature": _digest(about["signature"])})

    def find_hashed(token: str) -> Any:
        found = find(token)
        return found and {**found, "signature": _Hashed(found["signature"])}

    database._txn_token_store = keep_hashed  # noqa: SLF001
    database._txn_token_lookup = find_hashed  # noqa: SLF001


def fix_addresses() -> None:
    """Know queues by one address, which no start changes."""
    queues.DEFAULT_HOST, queues.DEFAULT_PORT = _ADDRESS
    queues._CANONICAL_NETLOC = ":".join(_ADDRESS)  # noqa: SLF001


def tell(note: Note) -> None:
    """Give every change from now on to `note`, after it was made."""
    _tell_items(note)
    _tell_entries(note)
    _tell_tokens(note)
    _tell_messages(note)


def _after(name: str, then: Callable[..., None]) -> None:
    """Let a function of the database be followed by another, which gets its answer too."""
    function = getattr(database, name)

    @wraps(function)
    def both(*arguments: Any) -> Any:
        answer = function(*arguments)
        then(answer, *arguments)
        return answer

    setattr(database, name, both)


def _tell_items(note: Note) -> None:
    def tell_item(_: Any, table: Any, pk: str, sk: str, _item: Any) -> None:
        note([ITEM, table["TableArn"], pk, sk, table["items"][pk].held(sk)])

    _after("_set_item", tell_item)
    _after("_remove_item", lambda _, t, pk, sk: note([NO_ITEM, t["TableArn"], pk, sk]))
    _after("_items_replaced", lambda _, t: note([ITEMS, t["TableArn"], t["items"]]))


def _tell_entries(note: Note) -> None:
    def tell_entry(record: Any, *_: object) -> None:
        if events.is_entry(record):
            note([ENTRY, record["eventSourceARN"], record])

    _after("_build_change_record", tell_entry)


def _tell_tokens(note: Note) -> None:
    def tell_token(_: None, token: str, _about: object) -> None:
        arn = f"arn:aws:dynamodb:{database.get_region()}:{database.get_account_id()}:token/"
        note([GUARD, arn, token, database._txn_idempotency[token]])  # noqa: SLF001

    _after("_txn_token_store", tell_token)


def _tell_messages(note: Note) -> None:
    for action in _MESSAGES_ACTIONS:
        queues._HANDLERS[action] = _acting(queues._HANDLERS[action], note)  # noqa: SLF001
    dispatch, collect, sweep = bus._dispatch_to_sqs, queues._collect_msgs, queues._dlq_sweep  # noqa: SLF001

    def tell_dispatched(spec: Any, payload: Any, parameters: Any = None) -> None:
        queue = queues._queue_by_arn(str(spec))  # noqa: SLF001
        dispatch(spec, payload, parameters)
        if queue:
            note([MESSAGE, str(spec), dict(queue["messages"][-1])])

    def tell_collected(queue: Any, *arguments: Any) -> Any:
        collected = collect(queue, *arguments)
        for message in collected:
            note([MESSAGE, _arn(queue), dict(message)])
        return collected

    def tell_swept(queue: Any) -> None:
        before = queue["messages"]
        sweep(queue)
        if len(queue["messages"]) < len(before):
            left = {message["id"] for message in queue["messages"]}
            _tell_moved(queue, [one["id"] for one in before if one["id"] not in left], note)

    bus._dispatch_to_sqs, queues._collect_msgs = tell_dispatched, tell_collected  # noqa: SLF001
    queues._dlq_sweep = tell_swept  # noqa: SLF001


def _tell_moved(queue: Any, moved: Iterable[str], note: Note) -> None:
    """Tell of messages that went to their queue's dead letters: there first, then here."""
    redrive = queues.json.loads(queue["attributes"]["RedrivePolicy"])
    arn, moved = redrive["deadLetterTargetArn"], list(moved)
    for message in queues._queue_by_arn(arn)["messages"][-len(moved) :]:  # noqa: SLF001
        note([MESSAGE, arn, dict(message)])
    note([NO_MESSAGES, _arn(queue), moved])


def _acting(act: Callable[..., Any], note: Note) -> Callable[..., Any]:
    """Tell what an action made of a queue's messages."""

    def acting(data: Any, url: str) -> Any:
        queue = queues._get_q(data.get("QueueUrl", url))  # noqa: SLF001
        before = {one["id"]: one["visible_at"] for one in queue["messages"]}
        try:
            return act(data, url)
        finally:
            for message in queue["messages"]:
                if before.pop(message["id"], None) != message["visible_at"]:
                    note([MESSAGE, _arn(queue), dict(message)])
            if before:
                note([NO_MESSAGES, _arn(queue), list(before)])

    return acting


class Replay:
    """Applies records to the engine; messages are put into their queues at the end."""

    def __init__(self) -> None:
        """Begin with what the engine has."""
        self._messages: dict[str, dict[str, Any]] = {}

    def apply(self, record: Record) -> None:
        """Make a change once more; what was of a table or queue that is gone is left out."""
        kind, arn, *rest = record
        if kind in (MESSAGE, NO_MESSAGES):
            self._apply_to_queue(kind, arn, rest[0])
        elif kind == ENTRY:
            _remember(arn, rest[0])
        elif kind == GUARD:
            database._txn_idempotency.set_scoped(*_scope(arn)[:2], *rest)  # noqa: SLF001
        elif table := database._tables.get_scoped(*_scope(arn)):  # noqa: SLF001
            _apply_to_table(kind, table, rest)

    def finish(self) -> None:
        """Give the queues their messages, in the order in which they came."""
        for arn, messages in self._messages.items():
            if queue := queues._queue_by_arn(arn):  # noqa: SLF001
                queue["messages"] = list(messages.values())

    def _apply_to_queue(self, kind: str, arn: str, what: Any) -> None:
        if arn not in self._messages:
            queue = queues._queue_by_arn(arn) or {"messages": []}  # noqa: SLF001
            self._messages[arn] = {one["id"]: one for one in queue["messages"]}
        if kind == MESSAGE:
            self._messages[arn][what["id"]] = what
        else:
            for number in what:
                self._messages[arn].pop(number, None)


def _apply_to_table(kind: str, table: Any, rest: Record) -> None:
    if kind == ITEM:
        database._set_item(table, *rest)  # noqa: SLF001
    elif kind == NO_ITEM:
        database._remove_item(table, *rest)  # noqa: SLF001
    else:
        table["items"] = Partitions(dict, rest[0])
        database._items_replaced(table)  # noqa: SLF001


def _remember(stream: str, record: Any) -> None:
    scope = _scope(stream)
    records = database._stream_records.get_scoped(*scope)  # noqa: SLF001
    if records is None:
        database._stream_records.set_scoped(*scope, [record])  # noqa: SLF001
    elif not records or _number(records[-1]) < _number(record):
        records.append(record)


def _forget_read(pk: str, sk: str, item: Mapping[str, Any]) -> None:
    """Forget a stream's records before the position that its one reader has reached.

    The record at the position stays: the reader names it when it begins again.
    """
    if sk != POSITION or not pk.startswith("arn:"):
        return
    scope = _scope(pk)
    records = database._stream_records.get_scoped(*scope) or []  # noqa: SLF001
    read = bisect_left(records, item["number"]["S"], key=_number)
    del records[:read]
    trimmed = database._stream_trimmed  # noqa: SLF001
    trimmed.set_scoped(*scope, trimmed.get_scoped(*scope, 0) + read)


def _number(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def _scope(arn: str) -> tuple[str, str, str]:
    """Return the account, the region and the table of a table's or a stream's ARN."""
    _, _, _, region, account, resource = arn.split(":", 5)
    return account, region, resource.split("/")[1]


def _arn(queue: Any) -> str:
    return str(queue["attributes"]["QueueArn"])
