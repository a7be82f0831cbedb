"""A platform on 127.0.0.1 that answers, byte for byte, what a test says, and our adapters."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib.core.alipay_client import AlipayClient
from chalicelib.identity.providers.alipay import Alipay
from chalicelib.identity.providers.wechat import Wechat
from tests.support.secrets import SECRETS

NODE = "alipay_system_oauth_token_response"


class Kept(logging.Handler):
    """Keeps what the loggers say."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@dataclass
class Script:
    """What will be answered, and what was asked so far."""

    url: str
    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    # Seconds between the single bytes of the body; None sends it at once.
    drip: float | None = None
    closed: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)


@contextmanager
def scripted() -> Iterator[Script]:
    """Serve a script until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            form = self.rfile.read(length).decode()
            split = urlsplit(self.path)
            script.asked.append((split.path, dict(parse_qsl(split.query)), dict(parse_qsl(form))))
            self.send_response(script.status)
            for name, value in script.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(script.body)))
            self.end_headers()
            try:
                self._send(script.body)
            except (BrokenPipeError, ConnectionResetError):
                # The asker has gone, which some tests are about.
                self.close_connection = True

        do_GET = do_POST = _serve  # noqa: N815 - the names of http.server.

        def _send(self, body: bytes) -> None:
            if script.drip is None:
                self.wfile.write(body)
                return
            for byte in body:
                self.wfile.write(bytes([byte]))
                if script.closed.wait(script.drip):
                    return

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script = Script(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield script
    finally:
        script.closed.set()
        server.shutdown()
        server.server_close()


def wechat(script: Script, seconds: float = 4) -> Wechat:
    return Wechat(script.url, "wx", "app-secret", seconds)


def alipay(script: Script, seconds: float = 4) -> Alipay:
    private, public = SECRETS["alipay_private_key"], SECRETS["alipay_public_key"]
    return Alipay(AlipayClient(f"{script.url}/gateway.do", "app", private, public), seconds)
