"""The embedded engine's state on disk: what was answered is there, `kill -9` or not.

What a request changed is written to the journal, in one record, before its answer goes out. Items,
stream entries and messages are written one by one; the little else there is (tables, queues, rules,
buckets) is written whole when a request changed it. When the journal has outgrown what lives, a
forked copy of the process writes a checkpoint, while requests go on into the next journal.
"""

import copy
import fcntl
import json
import logging
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import orjson
from ministack import app as _ministack
from ministack.core import persistence as _persistence
from ministack.services import s3 as _s3

from infra.local import engine_changes
from infra.local.engine_changes import queues
from infra.local.engine_items import Packed, Partitions, database, unpack
from infra.local.engine_journal import Journal, read_checkpoint, records, write_checkpoint

# The engine is untyped.
engine: Final[Any] = _ministack
persistence: Final[Any] = _persistence
files: Final[Any] = _s3
_DATABASE: Final = "dynamodb"
_QUEUES: Final = "sqs"
_STREAMS: Final = "streams"
_TOKENS: Final = "tokens"
_WHOLE: Final = "whole"
EVERY_SERVICE: Final = tuple(engine._state_map)  # noqa: SLF001
# What the database keeps beside its tables; all of it is small.
_SETTINGS: Final = ("tags", "ttl_settings", "pitr_settings", "resource_policies")
_held: list[int] = []


def is_kept() -> bool:
    """Tell whether the engine's state outlives it."""
    return bool(persistence.PERSIST_STATE)


class State:
    """The engine's state and its journal."""

    def __init__(self) -> None:
        """Take the folder, once a copy that a killed engine left behind has finished."""
        self._folder = Path(persistence.STATE_DIR)
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        _held.append(lock)
        self._unwritten: list[Any] = []
        self._told: dict[str, bytes] = {}
        self._journal: Journal | None = None
        files.logger.addFilter(_end_when_files_fail)
        # The engine restores from here at its start, and at its end saves nothing of its own.
        self._load = engine._load_persisted_state  # noqa: SLF001
        engine._load_persisted_state, engine.save_all = self.restore, _itself  # noqa: SLF001

    def restore(self) -> None:
        """Load the checkpoint and apply the journals; the next change goes into a new journal."""
        first, kept = read_checkpoint(self._folder)
        services = _loaded(kept.decode()) if kept else _older_files(self._folder)
        # Of what is written whole the last holds; tables and queues must be there at once.
        whole = {r[1]: r[2] for r in self._changes(first) if r[0] == _WHOLE}
        services |= {n: _loaded(t) for n, t in whole.items() if n not in (_DATABASE, _QUEUES)}
        engine.load_state = services.get
        self._load()
        for name, store in _beside_tables().items():
            store.update(services.get(_DATABASE, {}).get(name, {}))
        _join_queues()
        replay = engine_changes.Replay()
        for record in self._changes(first):
            if record[0] != _WHOLE:
                replay.apply(record)
            elif record[1] in _TAKING:
                _TAKING[record[1]](_loaded(record[2]))
        replay.finish()
        self._journal = Journal(self._folder)
        engine_changes.tell(self._unwritten.append)
        self.note_settings(EVERY_SERVICE)
        self.flush()

    def _changes(self, first: int) -> Iterator[engine_changes.Record]:
        for group in records(self._folder, first):
            yield from orjson.loads(group)

    def note_settings(self, services: Collection[str]) -> None:
        """Note what of some services is written whole, if it is not what was written last."""
        if not services:
            return
        for name, get_state in engine._build_persistence_save_dict().items():  # noqa: SLF001
            if name not in services:
                continue
            text = as_json(_GIVING.get(name, get_state)())
            if self._told.get(name) != text:
                self._told[name] = text
                self._unwritten.append([_WHOLE, name, text.decode()])

    def flush(self) -> None:
        """Write what was noted; an engine that cannot must not answer, so it ends."""
        if not self._unwritten or self._journal is None:
            return
        # In place: the list is where changes are noted.
        group = as_json(self._unwritten)
        self._unwritten.clear()
        try:
            self._journal.append(group)
        except OSError as error:
            _end(f"the journal cannot be written: {error}")

    def is_long(self) -> bool:
        """Tell whether a checkpoint is due."""
        return self._journal is not None and self._journal.is_long()

    def fork(self) -> int:
        """Let a copy of this process write a checkpoint of now; return the copy's number."""
        self.flush()
        if self._journal is None:
            return 0
        before = self._journal.turn()
        child = os.fork()
        if child:
            return child
        status = 1
        try:
            # The process is a copy already; most of the time would go into copying again.
            setattr(copy, "deepcopy", _itself)  # noqa: B010 - its type is narrower.
            write_checkpoint(self._folder, before, as_json(_everything(), _as_text))
            _forget_older_files(self._folder)
            status = 0
        finally:
            os._exit(status)

    def forked(self) -> None:
        """Take note that the copy has written its checkpoint."""
        if self._journal:
            self._journal.shorten()


def _end(why: str) -> NoReturn:
    print(why, file=sys.stderr, flush=True)
    os._exit(1)


def _end_when_files_fail(record: logging.LogRecord) -> bool:
    """End over a file of the bucket that was not written or not removed.

    The engine would answer as if it were; that it tells its log is common to all such places.
    """
    if str(record.msg).startswith(("Failed to persist", "Failed to delete")):
        _end(record.getMessage())
    return True


def _as_fragment(item: Packed) -> orjson.Fragment:
    return orjson.Fragment(bytes(item))


def _as_text(item: Packed) -> str:
    """Write an item as a text, of which no objects are made when it is read."""
    return item.decode()


def as_json(state: Any, item: Callable[[Packed], Any] = _as_fragment) -> bytes:
    """Write a state as the engine does, which takes a hundred times as long with `json.dump`."""

    def default(value: Any) -> Any:
        return item(value) if isinstance(value, Packed) else persistence._json_default(value)  # noqa: SLF001

    try:
        return orjson.dumps(state, default, orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:
        # Half a surrogate pair, or an integer of more than 64 bits.
        return json.dumps(state, default=_as_objects).encode()


def _as_objects(value: Any) -> Any:
    return unpack(value) if isinstance(value, Packed) else persistence._json_default(value)  # noqa: SLF001


def _loaded(text: str) -> Any:
    return json.loads(text, object_hook=persistence._json_object_hook)  # noqa: SLF001


def _everything() -> Mapping[str, Any]:
    given = engine._build_persistence_save_dict().items()  # noqa: SLF001
    states = {name: state for name, get in given if (state := get()) is not None}
    states[_DATABASE] = {**states[_DATABASE], **_beside_tables()}
    return states


def _beside_tables() -> Mapping[str, Any]:
    """Return what is written one by one and is in no table."""
    return {_STREAMS: database._stream_records, _TOKENS: database._txn_idempotency}  # noqa: SLF001


def _give_database() -> Mapping[str, Any]:
    """Return the tables without their items."""
    left_out = ("items", "ItemCount", "TableSizeBytes", database._INDEX_MEMBERS)  # noqa: SLF001
    tables = type(database._tables)()  # noqa: SLF001
    for scope, table in database._tables.all_items():  # noqa: SLF001
        tables.set_scoped(*scope, {k: v for k, v in table.items() if k not in left_out})
    return {"tables": tables} | {name: getattr(database, f"_{name}") for name in _SETTINGS}


def _take_database(state: Mapping[str, Any]) -> None:
    tables = database._tables  # noqa: SLF001
    for scope, _ in tables.all_items():
        if state["tables"].get_scoped(*scope) is None:
            tables.pop_scoped(*scope)
            database._stream_records.pop_scoped(*scope, None)  # noqa: SLF001
    for scope, table in state["tables"].all_items():
        known = tables.get_scoped(*scope) or {"items": Partitions(), "ItemCount": 0}
        # An index may be new.
        known.pop(database._INDEX_MEMBERS, None)  # noqa: SLF001
        tables.set_scoped(*scope, known | table)
    for name in _SETTINGS:
        getattr(database, f"_{name}").clear()
        getattr(database, f"_{name}").update(state[name])


def _give_queues() -> Mapping[str, Any]:
    """Return the queues without their messages and their counts."""
    given = type(queues._queues)()  # noqa: SLF001
    for scope, queue in queues._queues.all_items():  # noqa: SLF001
        attributes = {k: v for k, v in queue["attributes"].items() if "NumberOf" not in k}
        given.set_scoped(*scope, {**queue, "attributes": attributes, "messages": []})
    return {"queues": given}


def _take_queues(state: Mapping[str, Any]) -> None:
    known = queues._queues  # noqa: SLF001
    for scope, queue in state["queues"].all_items():
        if found := known.get_scoped(*scope):
            queue["messages"] = found["messages"]
    known.clear()
    queues.load_persisted_state(state)


def _join_queues() -> None:
    """Bring queues that were known by the ports of earlier starts together under one address."""
    found = queues._queues.all_items()  # noqa: SLF001
    queues._queues.clear()  # noqa: SLF001
    for (account, region, _), queue in found:
        url = queues._queue_url_for_account(account, queue["name"])  # noqa: SLF001
        joined = queues._queues.get_scoped(account, region, url) or {"messages": []}  # noqa: SLF001
        messages = [*joined["messages"], *queue["messages"]]
        queues._queues.set_scoped(  # noqa: SLF001
            account, region, url, {**queue, "url": url, "messages": messages}
        )
    queues._queue_name_to_url.clear()  # noqa: SLF001
    queues._rebuild_queue_name_index()  # noqa: SLF001


_GIVING: Final[Mapping[str, Callable[[], Any]]] = {
    _DATABASE: _give_database,
    _QUEUES: _give_queues,
}
_TAKING: Final[Mapping[str, Callable[[Any], None]]] = {
    _DATABASE: _take_database,
    _QUEUES: _take_queues,
}


def _older_files(folder: Path) -> dict[str, Any]:
    """Return what an engine before the journal has saved, one file for each service."""
    names = (path.stem for path in folder.glob("*.json"))
    return {name: state for name in names if (state := persistence.load_state(name)) is not None}


def _forget_older_files(folder: Path) -> None:
    for path in folder.glob("*.json*"):
        path.unlink()


def _itself(value: Any, _memo: object = None) -> Any:
    return value
