"""The embedded engine's state on disk: all of one moment, the unread streams with it.

The services are saved together or not at all, because they hold each other's past: a queue without
a message that a stream's reader counts as published would have lost an event. The files are written
beside the old ones and then change places behind a mark, which a start after a power cut finds and
goes on from. The engine itself forgets its streams; what they hold of new history entries is kept
in the same file as the tables. The names with an underscore are private to the engine, which is
why its version is pinned exactly.
"""

import copy
import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from ministack import app as _ministack
from ministack.core import persistence as _persistence
from ministack.services import dynamodb as _dynamodb

from chalicelib.core import events

# The engine is untyped.
engine: Final[Any] = _ministack
persistence: Final[Any] = _persistence
dynamodb: Final[Any] = _dynamodb
_STREAMS: Final = "streams"
_FRESH: Final = ".new"
_MARK: Final = "all-written"
_held: list[int] = []


def is_kept() -> bool:
    """Tell whether the engine's state outlives it."""
    return bool(persistence.PERSIST_STATE)


def open_folder() -> None:
    """Take the folder, finish what a power cut left half done, and teach the engine its streams."""
    if not is_kept():
        return
    # A saving child of a killed engine holds the lock until it is done.
    lock = os.open(_folder() / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    _held.append(lock)
    recover(_folder())
    _keep_streams()
    # At its end the engine would save in its own slow way what `save` writes right after.
    engine.save_all = _itself


def save() -> None:
    """Write what has state, in the engine's own format, in a forked copy of its process."""
    # One that was stopped in between may have left its mark.
    recover(_folder())
    # The forked process is a copy already; most of the time would go into copying again.
    setattr(copy, "deepcopy", _itself)  # noqa: B010 - its type is narrower.
    for name, get_state in engine._build_persistence_save_dict().items():  # noqa: SLF001
        state = get_state()
        if state is not None:
            version = persistence._state_format_version(name)  # noqa: SLF001
            wrapped = {"__ministack_format__": version, "payload": state}
            write(_folder() / f"{name}.json{_FRESH}", _as_json(wrapped))
    commit(_folder())


def write(path: Path, data: bytes) -> None:
    """Write a file and see it on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def commit(folder: Path) -> None:
    """Let the fresh files take the places of the old ones, all of them even if it is cut short."""
    write(folder / _MARK, b"")
    recover(folder)


def recover(folder: Path) -> None:
    """Finish a saving that was marked as all written; forget one that was not."""
    whole = (folder / _MARK).exists()
    for fresh in folder.glob(f"*{_FRESH}"):
        if whole:
            fresh.replace(fresh.with_suffix(""))
        else:
            fresh.unlink()
    (folder / _MARK).unlink(missing_ok=True)


def _as_json(state: Mapping[str, Any]) -> bytes:
    """Write a state as the engine does, which takes a hundred times as long with `json.dump`."""
    known = persistence._json_default  # noqa: SLF001
    try:
        return orjson.dumps(state, known, orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:
        # Half a surrogate pair, or an integer of more than 64 bits.
        return json.dumps(state, default=known).encode()


def _keep_streams() -> None:
    get_state, load = dynamodb.get_state, dynamodb.load_persisted_state

    def with_streams() -> Mapping[str, Any]:
        kept = type(dynamodb._stream_records)()  # noqa: SLF001
        for (*scope, table), records in dynamodb._stream_records.all_items():  # noqa: SLF001
            kept.set_scoped(*scope, table, [r for r in records if events.is_entry(r)])
        return {**get_state(), _STREAMS: kept}

    def load_with_streams(data: Mapping[str, Any]) -> None:
        load(data)
        dynamodb._stream_records.update(data.get(_STREAMS, {}))  # noqa: SLF001

    dynamodb.get_state, dynamodb.load_persisted_state = with_streams, load_with_streams


def _folder() -> Path:
    return Path(persistence.STATE_DIR)


def _itself(value: Any, _memo: object = None) -> Any:
    return value
