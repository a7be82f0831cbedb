"""The embedded engine's own process: MiniStack, saving its state while it runs.

MiniStack saves only on a clean stop. Here its event loop also saves, within a second, whenever a
writing request was answered since the last time; so `kill -9` loses at most that second. The names
with an underscore are private to the engine, which is why its version is pinned exactly.
"""

import asyncio
import copy
import ctypes
import json
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as _ministack
from ministack.core import persistence as _persistence

_SAVE_EVERY_SECONDS: Final = 0.2
_POLL_SECONDS: Final = 0.02
_GIVE_UP_AFTER_POLLS: Final = 1500
# The engine is untyped, and the names with an underscore are its own.
engine: Final[Any] = _ministack
persistence: Final[Any] = _persistence
_READING: Final = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List", "Receive")
_PR_SET_PDEATHSIG: Final = 1

Scope = Mapping[str, Any]
Message = dict[str, Any]


class Saving:
    """Wraps the engine's ASGI application and keeps its state on disk."""

    def __init__(self) -> None:
        """Begin with nothing to save."""
        self._changed = False
        self._saver: asyncio.Task[None] | None = None

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer as the engine does, and note what may have changed its state."""
        if self._saver is None and persistence.PERSIST_STATE:
            self._saver = asyncio.create_task(self._save_for_ever())
        await engine.app(scope, receive, send)
        if scope["type"] == "http" and _may_write(scope):
            self._changed = True

    async def _save_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_SAVE_EVERY_SECONDS)
            if self._changed:
                self._changed = False
                self._changed = not await _save_in_a_child() or self._changed


async def _save_in_a_child() -> bool:
    """Save from a forked copy, so that requests go on; tell whether it was done."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _save_all()
            status = 0
        finally:
            os._exit(status)
    for _ in range(_GIVE_UP_AFTER_POLLS):
        # Asked without waiting; the event loop goes on between the questions.
        done, status = os.waitpid(child, os.WNOHANG)  # noqa: ASYNC222
        if done:
            return status == 0
        await asyncio.sleep(_POLL_SECONDS)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)  # noqa: ASYNC222 - it was killed, so there is nothing to wait for.
    return False


def _save_all() -> None:
    """Write what has state, in the engine's own format; `json.dumps` is ten times its `dump`."""
    # The forked process is a copy already; most of the time would go into copying again.
    setattr(copy, "deepcopy", _itself)  # noqa: B010 - its type is narrower.
    for name, get_state in engine._build_persistence_save_dict().items():  # noqa: SLF001
        state = get_state()
        if state is None:
            continue
        version = persistence._state_format_version(name)  # noqa: SLF001
        wrapped = {"__ministack_format__": version, "payload": state}
        path = Path(persistence.STATE_DIR) / f"{name}.json"
        fresh = path.with_suffix(".new")
        with fresh.open("w") as file:
            file.write(json.dumps(wrapped, default=persistence._json_default))  # noqa: SLF001
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)


def _itself(value: Any, _memo: object = None) -> Any:
    return value


def _may_write(scope: Scope) -> bool:
    target = dict(scope["headers"]).get(b"x-amz-target", b"").decode()
    if target:
        return not target.partition(".")[2].startswith(_READING)
    return scope["method"] not in ("GET", "HEAD", "OPTIONS")


def main() -> None:
    """Serve on 127.0.0.1 until told to stop, or until the parent is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    stopped = asyncio.Event()

    async def run() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        application: Any = Saving()
        await serve(application, config, shutdown_trigger=stopped.wait)

    asyncio.run(run())


if __name__ == "__main__":
    main()
