"""A WeChat and an Alipay on 127.0.0.1 that take our messages, and people who get them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.appointments import storage as appointments
from chalicelib.cases import storage as cases
from chalicelib.core import dependencies
from chalicelib.core.alipay_client import AlipayClient
from chalicelib.core.events import Event, of_entry
from chalicelib.core.ids import new_id
from chalicelib.identity import service as identity
from chalicelib.identity.service import accounts
from chalicelib.notifications import channels, storage
from chalicelib.notifications.channels.alipay import Alipay
from chalicelib.notifications.channels.wechat import Wechat
from chalicelib.notifications.storage import _records
from infra.local.secrets import public_pem_of
from infra.local.stand_ins.alipay import AlipayStandIn
from infra.local.stand_ins.base import Answer, Asked
from infra.local.stand_ins.messages import MessageBook, Shown
from infra.local.stand_ins.wechat import WechatStandIn
from tests.support.client import ApiClient
from tests.support.clock import MONDAY
from tests.support.people import Citizen
from tests.support.secrets import SECRETS

SECRET = "wechat-secret"


@dataclass
class Platforms:
    """The platforms' stand-ins, and what reached them."""

    book: MessageBook
    wechat: WechatStandIn
    alipay: AlipayStandIn
    now: datetime = MONDAY
    asked: list[str] = field(default_factory=list)

    def mode(self, platform: str, mode: str) -> None:
        stand_in = self.wechat if platform == "wechat" else self.alipay
        body = f'{{"mode": "{mode}"}}'.encode()
        answer = stand_in.answer(Asked("PUT", "messages/mode", {}, {}, body))
        assert answer.status == 200, answer.body

    def shown(self, to: str) -> list[Shown]:
        return self.book.newest(to)

    def count(self, path: str) -> int:
        return sum(path in one for one in self.asked)


@contextmanager
def platforms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platforms]:
    """Serve both platforms, with the product's channels set to them."""
    book, app_id = MessageBook(), "app"
    app_public = public_pem_of(SECRETS["alipay_private_key"])
    found: Platforms

    def now() -> datetime:
        return found.now

    found = Platforms.__new__(Platforms)
    found.now = MONDAY
    found.book, found.asked = book, []
    found.wechat = WechatStandIn("wx", SECRET, now, 0.5, book)
    found.alipay = AlipayStandIn(
        app_id, app_public, SECRETS["stand_in_alipay_private_key"], now, 0.5, book=book
    )

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body, split = self.rfile.read(length), urlsplit(self.path)
            name, _, path = split.path.lstrip("/").partition("/")
            found.asked.append(path)
            query = dict(parse_qsl(split.query))
            stand_in: Any = {"wechat": found.wechat, "alipay": found.alipay}[name]
            answer: Answer = stand_in.answer(Asked(self.command, path, query, {}, body))
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = _serve  # noqa: N815 - the names of http.server.

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    client = AlipayClient(
        f"{url}/alipay/gateway.do",
        app_id,
        SECRETS["alipay_private_key"],
        SECRETS["alipay_public_key"],
    )
    wechat = Wechat(f"{url}/wechat", "wx", SECRET, 5)
    known = {"wechat": wechat, "alipay": Alipay(client, 5)}
    monkeypatch.setattr(channels, "channel", known.__getitem__)
    _records.TokenRecord("T#wechat", "token").delete()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def somebody(platform: str = "wechat") -> tuple[str, str]:
    """Return a new citizen of a platform, and the account there."""
    account = new_id(16) if platform != "alipay" else f"2088{new_id(4)}"
    subject = dependencies.vault().keyed_hash(f"account:{platform}", account)
    profile = accounts._citizen_of(platform, subject, f"{platform}:{account}", MONDAY)
    return profile.citizen_id, account


def token_of(citizen_id: str) -> str:
    caller = identity.caller_of(identity.me(citizen_id).profile)
    return dependencies.tokens().issue(caller, dependencies.clock().now())


def subscribe(client: ApiClient, citizen_id: str, template: str, count: int = 1) -> Any:
    answer = client.post(
        "/v1/me/subscriptions",
        {"template": template, "count": count},
        token=token_of(citizen_id),
        headers={"Idempotency-Key": new_id()},
    )
    assert answer.status == 201, answer.body
    return answer.json()


def paid(citizen_id: str, seq: int = 1, at: datetime = MONDAY) -> Event:
    """Return an event that needs no other room's state: a payment that succeeded."""
    data = {
        "service": "id-card-renewal", "office": "hall-330200", "amount": "2000", "currency": "cny",
    }  # fmt: skip
    subject = f"{citizen_id}payment1"
    return Event(subject, seq, "payment.succeeded", at.isoformat(), "system:x", data)


def inbox(client: ApiClient, citizen_id: str) -> list[dict[str, Any]]:
    answer = client.get("/v1/notifications?limit=100", token=token_of(citizen_id))
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def remaining(citizen_id: str, subscription: str) -> int:
    return storage.load_consents(citizen_id, subscription).remaining


def events_of(subject: str) -> list[Event]:
    found = appointments.load_entries(subject) or cases.load_entries(subject)
    return [of_entry(entry) for entry in found]


def person() -> tuple[Citizen, str]:
    citizen_id, account = somebody()
    return Citizen(citizen_id, token_of(citizen_id), ""), account


def act(client: ApiClient, me: Citizen, made: dict[str, Any], step: str, **body: str) -> None:
    path = f"/v1/appointments/{made['appointment_id']}/{step}"
    answer = client.post(path, body, token=me.token, headers={"Idempotency-Key": new_id()})
    assert answer.status == 200, answer.body
