"""Services of texts and mail on 127.0.0.1, with the product's channels set to them."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.core import aws
from chalicelib.core.ids import new_id
from chalicelib.notifications import channels
from chalicelib.notifications.channels.alibaba_sms import AlibabaSms
from chalicelib.notifications.channels.ses import Ses
from chalicelib.notifications.channels.tencent_sms import TencentSms
from infra.local.stand_ins.alibaba_sms import AlibabaSmsStandIn
from infra.local.stand_ins.base import Asked, Cut
from infra.local.stand_ins.messages import MessageBook, Shown
from infra.local.stand_ins.ses import SesStandIn
from infra.local.stand_ins.tencent_sms import TencentSmsStandIn
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY

KEY = ("key-id", "key-secret")
AWS_KEY = ("test", "test")
SIGN, APP, SENDER = "一趟办", "1400006666", "notices@onetrip.example"
SECONDS = 0.4


class Texts:
    """The stand-ins, and what people see of them."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.book = MessageBook()
        self.asked: list[str] = []
        now, slow = lambda: self.now, SECONDS * 2
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                split = urlsplit(self.path)
                name, _, path = split.path.strip("/").partition("/")
                headers = {key.lower(): value for key, value in self.headers.items()}
                served.asked.append(f"{name} {headers.get('x-acs-action', path)}")
                query = dict(parse_qsl(split.query, keep_blank_values=True))
                asked = Asked(self.command, path, query, headers, body)
                try:
                    answer = served.stand_ins[name].answer(asked)
                except Cut:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for header, value in answer.headers.items():
                    self.send_header(header, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = _serve  # noqa: N815 - the names of http.server.

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = url = f"http://127.0.0.1:{self.server.server_port}"
        real = lambda: datetime.now(UTC)  # noqa: E731 - a clock.
        self.alibaba = AlibabaSmsStandIn(KEY, SIGN, now, real, self.book, slow)
        self.tencent = TencentSmsStandIn(KEY, APP, SIGN, now, real, self.book, slow)
        self.ses = SesStandIn(f"{url}/ses", AWS_KEY, SENDER, now, self.book, slow)
        self.stand_ins: dict[str, Any] = {
            "alibaba_sms": self.alibaba, "tencent_sms": self.tencent, "ses": self.ses
        }  # fmt: skip
        client = aws.asked_once("sesv2", "", f"{url}/ses")
        self.services: dict[str, Any] = {
            "alibaba_sms": AlibabaSms(f"{url}/alibaba_sms", KEY, SIGN, SECONDS),
            "tencent_sms": TencentSms(f"{url}/tencent_sms", KEY, APP, SIGN, SECONDS),
            "ses": Ses(client, SENDER),
        }
        self.sms = "alibaba_sms"
        self.offered = {"sms", "email"}

    def service(self, channel: str) -> Any:
        if channel not in self.offered:
            return None
        return self.services["ses" if channel == "email" else self.sms]

    def mode(self, name: str, mode: str) -> None:
        asked = Asked("PUT", "mode", {}, {}, json.dumps({"mode": mode}).encode())
        answer = self.stand_ins[name].answer(asked)
        assert answer.status == 200, answer.body

    def shown(self, to: str) -> list[Shown]:
        return self.book.newest(to)

    def code(self, to: str) -> str:
        """Return the code that came last."""
        found = re.search("[0-9]{6}", json.dumps(dict(self.shown(to)[0].data)))
        assert found
        return found[0]


@contextmanager
def texts_served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Texts]:
    found = Texts()
    monkeypatch.setattr(channels, "text_service", found.service)
    try:
        yield found
    finally:
        found.server.shutdown()
        found.server.server_close()


def post(client: ApiClient, token: str, path: str, body: object, key: str = "") -> Answer:
    return client.post(path, body, token=token, headers={"Idempotency-Key": key or new_id()})


def prove(client: ApiClient, texts: Texts, token: str, contact: str, address: str) -> None:
    """Prove a number or a mail address by the code that comes there."""
    assert post(client, token, f"/v1/me/{contact}", {contact: address}).status == 202
    answer = post(client, token, f"/v1/me/{contact}/verify", {"code": texts.code(address)})
    assert answer.status == 200, answer.body


def number() -> str:
    """Return a number that no other test uses."""
    return f"139{int.from_bytes(new_id(8).encode(), 'big') % 10**8:08}"
