"""The embedded engine's own process: MiniStack, keeping its state while it runs.

MiniStack saves only on a clean stop. Here what a request changed is written to a journal before the
request is answered, so that a `kill -9` loses nothing that was answered.
"""

import asyncio
import ctypes
import gc
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson
import uvicorn
from ministack import app as _ministack
from ministack.services import dynamodb as _dynamodb

from infra.local import engine_changes, engine_expressions, engine_state
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
_NOT_OF_AWS: Final = re.compile(
    rb"access-control-|x-amz-request-id|x-amz-id-2", re.IGNORECASE
).match

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
            await _tell_ends(scope["query_string"], send)
            return
        if _is_anonymous_look(scope):
            # The engine enforces no policy; the bucket's block on public access is kept here.
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        if self._state and scope["type"] == "http":
            send = self._once_written(self._state, _may_set(scope), send)
        await engine.app(scope, receive, _as_aws_does(send) if _target(scope) else send)

    def _once_written(self, state: engine_state.State, may_set: bool, send: Send) -> Send:
        async def send_written(message: Message) -> None:
            if message["type"] == "http.response.start":
                if may_set:
                    state.note_settings()
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


def _may_set(scope: Scope) -> bool:
    """Tell whether a request may change anything but items and messages."""
    target = _target(scope)
    if target:
        return not target.partition(".")[2].startswith(_OF_DATA)
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
    os.umask(0o077)
    engine_changes.fix_addresses()
    engine_changes.bound_memory()
    engine_expressions.read_once()
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
    )
    # The server raises the signal once more when it has stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        uvicorn.Server(config).run()
    finally:
        keeping.finish()


if __name__ == "__main__":
    main()
