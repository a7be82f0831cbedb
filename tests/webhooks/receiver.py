"""A courier's endpoint, written with the official package alone, that can be made to misbehave."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.core.settings import SETTINGS

Play = Callable[[int], tuple[int, Mapping[str, str], bytes]]


def takes(_number: int) -> tuple[int, Mapping[str, str], bytes]:
    return 200, {}, b"ok"


def answers(status: int, **headers: str) -> Play:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _number: (status, named, b"no")


@dataclass
class Got:
    """One request: its id, whether it was verified, and its JSON."""

    message_id: str
    verified: bool
    body: Any


@dataclass
class Inbox:
    """What one courier received; `effects` has each message once, in the order of arrival."""

    secret: str = ""
    play: Play = takes
    got: list[Got] = field(default_factory=list)
    effects: dict[str, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        try:
            Webhook(self.secret).verify(body, dict(headers))
            verified = True
        except WebhookVerificationError:
            verified = False
        with self.lock:
            message_id = headers["webhook-id"]
            self.got.append(Got(message_id, verified, json.loads(body)))
            status, given, answer = self.play(len(self.got))
            # Also what is answered badly may have taken effect: the sender cannot know.
            self.effects.setdefault(message_id, json.loads(body))
        return status, given, answer

    @property
    def types(self) -> list[str]:
        return [got.body["type"] for got in self.got]


class Receiver:
    """Serves the inboxes of many couriers, one a path, on the origin that the tests trust."""

    def __init__(self) -> None:
        [self.origin] = SETTINGS.courier_trusted_origins
        self.inboxes: dict[str, Inbox] = {}
        port = urlsplit(self.origin).port
        self._server = ThreadingHTTPServer(("127.0.0.1", port or 0), partial(_Handler, self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def __init__(self, receiver: Receiver, *args: Any) -> None:
        self._receiver = receiver
        super().__init__(*args)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        inbox = self._receiver.inboxes[self.path.strip("/")]
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            status, given, answer = inbox.take(headers, body)
        except ConnectionAbortedError:
            # What it has begun to answer is cut off in the middle.
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhal")
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in given.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Keep the test's output clean."""


def cut(_number: int) -> tuple[int, Mapping[str, str], bytes]:
    raise ConnectionAbortedError
