"""A way to the embedded engine on which there can be trouble, as on a network: real sockets."""

import http.client
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any, Final
from urllib.parse import urlsplit

# Longer than anybody waits for an answer.
_HANGS_SECONDS: Final = 4.0
_THROTTLED: Final = json.dumps(
    {"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}
).encode()


class Ways(StrEnum):
    """What becomes of a call."""

    WELL = "answered"
    THROTTLED = "call throttled"
    HALF = "second call throttled"
    TIMED_OUT = "call left without an answer"
    CLOSED = "connection closed"


class TroubledWay:
    """Where calls come by, and what becomes of them; `calls` are all that were sent."""

    def __init__(self, engine_url: str) -> None:
        """Begin without trouble."""
        self.way, self.calls, self.url = Ways.WELL, 0, ""
        self._engine, self._lock = urlsplit(engine_url).netloc, threading.Lock()
        self._chance, self._of_thread = random.Random(1), threading.local()

    def is_throttled(self) -> bool:
        with self._lock:
            self.calls += 1
            return self.way is Ways.THROTTLED or (
                self.way is Ways.HALF and self._chance.random() < 0.5
            )

    def ask(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Ask the engine; each thread has a connection of its own."""
        line = getattr(self._of_thread, "line", None)
        if line is None:
            line = self._of_thread.line = http.client.HTTPConnection(self._engine)
        try:
            line.request("POST", path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.read()
        except OSError:
            line.close()
            raise

    def hang_up(self) -> None:
        """Close the connection of this thread, if it has one."""
        line = getattr(self._of_thread, "line", None)
        if line:
            line.close()

    @contextmanager
    def opened(self) -> Iterator[None]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        server.block_on_close = False
        self.url = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()


def _handler(way: TroubledWay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            throttled = way.is_throttled()
            if way.way in (Ways.TIMED_OUT, Ways.CLOSED):
                sleep(_HANGS_SECONDS if way.way is Ways.TIMED_OUT else 0)
                self.close_connection = True
                return
            given = {k: v for k, v in self.headers.items() if k.lower() != "host"}
            status, data = (400, _THROTTLED) if throttled else way.ask(self.path, given, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def finish(self) -> None:
            super().finish()
            way.hang_up()

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
