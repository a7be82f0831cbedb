"""The embedded engine's own process: MiniStack, saving its state while it runs.

MiniStack saves only on a clean stop. Here its event loop also saves, within a second or so,
whenever a writing request was answered since the last time; so `kill -9` loses at most that second.
"""

import asyncio
import ctypes
import gc
import os
import re
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson
import uvicorn
from ministack import app as _ministack
from ministack.services import dynamodb as _dynamodb

from infra.local import engine_state
from infra.local.engine import CHANGES

_SAVE_EVERY_SECONDS: Final = 0.4
# Saving a large state takes a seventh of one core at most.
_PAUSE_FOR_EACH_SECOND_OF_SAVING: Final = 6
_POLL_SECONDS: Final = 0.02
_GIVE_UP_AFTER_POLLS: Final = 1500
# The engine is untyped.
engine: Final[Any] = _ministack
database: Final[Any] = _dynamodb
_EXPRESSIONS_KEPT: Final = 4096
_TELL_AFTER_POLLS: Final = 250
_READING: Final = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List", "Receive")
_PR_SET_PDEATHSIG: Final = 1
_BUCKET: Final = os.environ.get("UPLOAD_BUCKET", "onetrip-uploads")
_NOT_OF_AWS: Final = re.compile(
    rb"access-control-|x-amz-request-id|x-amz-id-2", re.IGNORECASE
).match

Scope = Mapping[str, Any]
Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


def read_expressions_once() -> None:
    """Let the engine remember expressions, which it reads anew for every item that it looks at.

    What these make of a text follows from the text alone and is never changed.
    """
    for name in ("_tokenize", "_condition_syntax_error"):
        setattr(database, name, lru_cache(_EXPRESSIONS_KEPT)(getattr(database, name)))


class Saving:
    """Wraps the engine's ASGI application and keeps its state on disk."""

    def __init__(self) -> None:
        """Begin with nothing to save."""
        self._dirty = False
        self._child = 0
        self._saver: asyncio.Task[None] | None = None

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Message]],
        send: Send,
    ) -> None:
        """Answer as the engine does, and note what may have changed its state."""
        if self._saver is None and engine_state.is_kept():
            self._saver = asyncio.create_task(self._save_for_ever())
        if scope.get("path") == CHANGES:
            await _tell_ends(scope["query_string"], send)
            return
        if _is_anonymous_look(scope):
            # The engine enforces no policy; the bucket's block on public access is kept here.
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await engine.app(scope, receive, _as_aws_does(send) if _target(scope) else send)
        if scope["type"] == "http" and _may_write(scope):
            self._dirty = True

    async def _save_for_ever(self) -> None:
        pause = _SAVE_EVERY_SECONDS
        while True:
            await asyncio.sleep(pause)
            if not self._dirty:
                continue
            # What is written from here on is for the next time.
            self._dirty, began = False, time.monotonic()
            if not await self._save_in_a_child():
                self._dirty = True
            took = time.monotonic() - began
            pause = max(_SAVE_EVERY_SECONDS, _PAUSE_FOR_EACH_SECOND_OF_SAVING * took)

    async def _save_in_a_child(self) -> bool:
        """Save from a forked copy, so that requests go on; tell whether it was done."""
        self._child = os.fork()
        if self._child == 0:
            status = 1
            try:
                engine_state.save()
                status = 0
            finally:
                os._exit(status)
        for _ in range(_GIVE_UP_AFTER_POLLS):
            # Asked without waiting; the event loop goes on between the questions.
            done, status = os.waitpid(self._child, os.WNOHANG)  # noqa: ASYNC222
            if done:
                self._child = 0
                return status == 0
            await asyncio.sleep(_POLL_SECONDS)
        self._end_child()
        return False

    def finish(self) -> None:
        """Save all once more after the last answer; an older saving must not come after it."""
        self._end_child()
        if engine_state.is_kept():
            engine_state.save()

    def _end_child(self) -> None:
        if self._child:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
            self._child = 0


async def _tell_ends(seen: bytes, send: Send) -> None:
    """Answer where each table's stream ends, as soon as that is not what the asker has seen.

    The answer is an object of the last records' numbers by table; `seen` is the highest of them.
    """
    ends = _ends()
    for _ in range(_TELL_AFTER_POLLS):
        if seen != max(ends.values(), default="").encode():
            break
        await asyncio.sleep(_POLL_SECONDS)
        ends = _ends()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": orjson.dumps(ends)})


def _ends() -> Mapping[str, str]:
    streams = database._stream_records.all_items()  # noqa: SLF001
    return {key[-1]: r[-1]["dynamodb"]["SequenceNumber"] for key, r in streams if r}


def _as_aws_does(send: Send) -> Send:
    """Leave out what is for browsers and for S3; to read a header takes longer than to send it."""

    async def send_less(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [h for h in message["headers"] if not _NOT_OF_AWS(h[0])]
        await send(message)

    return send_less


def _target(scope: Scope) -> str:
    """Return the operation of a request in AWS's JSON protocol; of no other is there any."""
    return str(dict(scope.get("headers", ())).get(b"x-amz-target", b""), "ascii")


def _may_write(scope: Scope) -> bool:
    target = _target(scope)
    if target:
        return not target.partition(".")[2].startswith(_READING)
    return scope["method"] not in ("GET", "HEAD", "OPTIONS")


def _is_anonymous_look(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] == "OPTIONS":
        return False
    if not scope["path"].startswith(f"/{_BUCKET}/"):
        return False
    signed_header = b"authorization" in dict(scope["headers"])
    return not signed_header and b"X-Amz-Signature=" not in scope["query_string"]


def main() -> None:
    """Serve on 127.0.0.1 until told to stop, or until the parent is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    engine_state.open_folder()
    read_expressions_once()
    # Nearly all that it makes stays, and looking through it for garbage takes long.
    gc.set_threshold(100_000, 50, 100)
    saving = Saving()
    config = uvicorn.Config(
        saving,
        port=int(os.environ["GATEWAY_PORT"]),
        http="httptools",
        loop="uvloop",
        timeout_keep_alive=75,
        # Who waits for messages may wait longer.
        timeout_graceful_shutdown=1,
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
    )
    # The server raises the signal once more when it has stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        uvicorn.Server(config).run()
    finally:
        saving.finish()


if __name__ == "__main__":
    main()
