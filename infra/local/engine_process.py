"""The embedded engine's own process: MiniStack, keeping its state while it runs.

MiniStack saves only on a clean stop. Here what a request changed is written to a journal before the
request is answered, so that a `kill -9` loses nothing that was answered.
"""

import asyncio
import ctypes
import gc
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final

import orjson
import uvicorn
from ministack import app as _ministack
from ministack.services import dynamodb as _dynamodb

from infra.local import (
    engine_changes,
    engine_expressions,
    engine_json,
    engine_requests,
    engine_state,
)
from infra.local.engine import CHANGES

_POLL_SECONDS: Final = 0.02
_GIVE_UP_AFTER_POLLS: Final = 1500
_TROUBLE_SECONDS: Final = 5
# The engine is untyped.
engine: Final[Any] = _ministack
database: Final[Any] = _dynamodb
_TELL_AFTER_POLLS: Final = 250
# Operations that read, and those that write what is noted one by one.
_OF_DATA: Final = (
    *("Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List", "Receive"),
    *("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"),
    *("SendMessage", "DeleteMessage", "ChangeMessageVisibility", "PurgeQueue", "PutEvents"),
)
_PR_SET_PDEATHSIG: Final = 1
_BUCKET: Final = os.environ.get("UPLOAD_BUCKET", "onetrip-uploads")

Scope = Mapping[str, Any]
Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


class Keeping:
    """Wraps the engine's ASGI application: what a request changed is on disk before its answer."""

    def __init__(self) -> None:
        """Begin with the folder, if the state is to be kept."""
        self._state = engine_state.State() if engine_state.is_kept() else None
        self._child = 0
        self._keeper: asyncio.Task[None] | None = None

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Message]],
        send: Send,
    ) -> None:
        """Answer as the engine does, once what was changed is written."""
        if scope.get("path") == CHANGES:
            await _tell_changes(scope["query_string"], send)
            return
        headers = dict(scope.get("headers", ()))
        if _is_anonymous_look(scope, headers):
            # The engine enforces no policy; the bucket's block on public access is kept here.
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        if self._state and scope["type"] == "http":
            send = self._once_written(self._state, _set_by(scope, headers), send)
        if engine_requests.is_plain(headers):
            await engine_requests.pass_on(headers, receive, send)
            return
        await engine.app(scope, receive, send)

    def _once_written(
        self, state: engine_state.State, services: Collection[str], send: Send
    ) -> Send:
        async def send_written(message: Message) -> None:
            if message["type"] == "http.response.start":
                state.note_settings(services)
                state.flush()
                if self._keeper is None and state.is_long():
                    self._keeper = asyncio.create_task(self._write_checkpoint(state))
            await send(message)

        return send_written

    async def _write_checkpoint(self, state: engine_state.State) -> None:
        """Let a forked copy write what lives, so that requests go on."""
        self._child = state.fork()
        done, status = 0, 1
        for _ in range(_GIVE_UP_AFTER_POLLS):
            await asyncio.sleep(_POLL_SECONDS)
            # Asked without waiting; the event loop goes on between the questions.
            done, status = os.waitpid(self._child, os.WNOHANG)  # noqa: ASYNC222
            if done:
                self._child = 0
                break
        self._end_child()
        if done and status == 0:
            state.forked()
        else:
            await asyncio.sleep(_TROUBLE_SECONDS)
        self._keeper = None

    def finish(self) -> None:
        """Write what was changed after the last answer."""
        self._end_child()
        if self._state:
            self._state.flush()

    def _end_child(self) -> None:
        if self._child:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
            self._child = 0


async def _tell_changes(seen: bytes, send: Send) -> None:
    """Answer where each table's stream ends, as soon as that is not what the asker has seen.

    `ends` holds the last records' numbers by table; `seen` is the highest of them. `waiting` tells
    how many messages each queue would give out now.
    """
    ends = _ends()
    for _ in range(_TELL_AFTER_POLLS):
        if seen != max(ends.values(), default="").encode():
            break
        await asyncio.sleep(_POLL_SECONDS)
        ends = _ends()
    said = orjson.dumps({"ends": ends, "waiting": _waiting()})
    length = [(b"content-length", b"%d" % len(said))]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    await send({"type": "http.response.body", "body": said})


def _ends() -> Mapping[str, str]:
    """Return the number of the last record of each table's stream."""
    streams = database._stream_records.all_items()  # noqa: SLF001
    return {key[-1]: r[-1]["dynamodb"]["SequenceNumber"] for key, r in streams if r}


def _waiting() -> Mapping[str, int]:
    """Return how many messages each queue that has any would give out now."""
    now = time.time()
    return {
        queue["name"]: sum(one["visible_at"] <= now for one in queue["messages"])
        for _, queue in engine_changes.queues._queues.all_items()  # noqa: SLF001
        if queue["messages"]
    }


def _set_by(scope: Scope, headers: engine_requests.Headers) -> Collection[str]:
    """Return the services of which a request may change anything but items and messages."""
    target = engine_requests.target_of(headers)
    if target:
        return () if target.partition(".")[2].startswith(_OF_DATA) else engine_state.EVERY_SERVICE
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return ()
    # A file in a bucket is nothing to others.
    is_file = all(scope["path"].strip("/").partition("/"))
    return ("s3",) if is_file else engine_state.EVERY_SERVICE


def _is_anonymous_look(scope: Scope, headers: engine_requests.Headers) -> bool:
    if scope["type"] != "http" or scope["method"] == "OPTIONS":
        return False
    if not scope["path"].startswith(f"/{_BUCKET}/"):
        return False
    return b"authorization" not in headers and b"X-Amz-Signature=" not in scope["query_string"]


def main() -> None:
    """Serve on 127.0.0.1 until told to stop, or until the parent is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    os.umask(0o077)
    engine_changes.fix_addresses()
    engine_changes.bound_memory()
    engine_expressions.read_once()
    engine_json.make_quick()
    # Nearly all that it makes stays, and looking through it for garbage takes long.
    gc.set_threshold(100_000, 50, 100)
    keeping = Keeping()
    config = uvicorn.Config(
        keeping,
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
        proxy_headers=False,
    )
    # The server raises the signal once more when it has stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        uvicorn.Server(config).run()
    finally:
        keeping.finish()


if __name__ == "__main__":
    main()
