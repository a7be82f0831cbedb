"""What is asked by signed HTTP: the receiver can tell who asked, and that it is whole."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from chalicelib.core.http_client import RequestError
from chalicelib.core.http_signatures import is_signed
from chalicelib.core.signed_client import SignedClient

KEY = b"shared"


class Office:
    """Answers what it is told to; keeps what came and whether it was signed for its address."""

    def __init__(self) -> None:
        office, self.answer, self.status = self, b'{"outcome": "confirmed"}', 200
        self.got: list[tuple[Any, str, bool]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                url, now = f"{office.url}{self.path}", datetime.now(UTC)
                signed = is_signed("POST", url, body, headers, KEY, now)
                office.got.append((json.loads(body), headers["signature-input"], signed))
                self.send_response(office.status)
                self.send_header("content-length", str(len(office.answer)))
                self.end_headers()
                self.wfile.write(office.answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.server.shutdown()
    office.server.server_close()


def test_what_is_asked_is_signed_for_its_very_address(office: Office) -> None:
    client = SignedClient(f"{office.url}/ask", KEY)
    assert client.ask({"name": "王小明"}, "r1", 2.0) == {"outcome": "confirmed"}
    assert client.ask({"name": "王小明"}, "r2", 2.0, "/property/lookups")
    named = SignedClient(f"{office.url}/ask", KEY, "ningbo")
    assert named.ask({}, "r3", 2.0)
    assert [(content, signed) for content, _, signed in office.got] == [
        ({"name": "王小明"}, True),
        ({"name": "王小明"}, True),
        ({}, True),
    ]
    expected = (("onetrip", "r1"), ("onetrip", "r2"), ("ningbo", "r3"))
    for (_, given, _), (key_id, nonce) in zip(office.got, expected, strict=True):
        assert f'keyid="{key_id}"' in given
        assert f'nonce="{nonce}"' in given


def test_another_key_is_seen(office: Office) -> None:
    SignedClient(f"{office.url}/ask", b"another").ask({}, "r", 2.0)
    assert [signed for *_, signed in office.got] == [False]


@pytest.mark.parametrize(("status", "answer"), [(200, b"[]"), (200, b"no"), (429, b"{}")])
def test_what_is_no_answer_is_an_error(office: Office, status: int, answer: bytes) -> None:
    office.status, office.answer = status, answer
    with pytest.raises(RequestError) as refused:
        SignedClient(office.url, KEY).ask({}, "r", 2.0)
    assert refused.value.status == (None if status == 200 else status)
