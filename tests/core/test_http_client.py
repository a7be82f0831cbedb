import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chalicelib.core import http_client
from chalicelib.core.http_client import RequestError
from infra.local.engine import free_port

ANSWERS: dict[str, tuple[int, bytes]] = {
    "good": (200, "好".encode()),
    "created": (201, b"{}"),
    "elsewhere": (302, b""),
    "broken": (500, b"{}"),
    "no-utf-8": (200, b"\xff"),
    "largest": (200, b"x" * 64 * 1024),
    "too-large": (200, b"x" * (64 * 1024 + 1)),
}
asked: list[tuple[str, str, str | None, bytes]] = []


class Outside(BaseHTTPRequestHandler):
    def _serve(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        body = self.rfile.read(length)
        asked.append((self.command, self.path, self.headers.get("content-type"), body))
        name = self.path.lstrip("/").partition("?")[0]
        if name == "drip":
            self._drip()
            return
        status, data = ANSWERS[name]
        self.send_response(status)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            for _ in range(40):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = _serve  # noqa: N815 - the names of http.server.

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def outside() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Outside) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_is_asked_reaches_the_other_side(outside: str) -> None:
    asked.clear()
    assert http_client.get(f"{outside}/good", {"名": "a&b"}, 5) == "好"
    assert http_client.get(f"{outside}/good", {}, 5) == "好"
    assert http_client.post_form(f"{outside}/good", {"a": "一 +"}, 5) == "好"
    assert http_client.post_json(f"{outside}/good", {"t": "1"}, {"a": "一"}, 5) == "好"
    form = "application/x-www-form-urlencoded; charset=utf-8"
    assert asked == [
        ("GET", "/good?%E5%90%8D=a%26b", None, b""),
        ("GET", "/good", None, b""),
        ("POST", "/good", form, b"a=%E4%B8%80+%2B"),
        ("POST", "/good?t=1", "application/json", '{"a": "一"}'.encode()),
    ]


@pytest.mark.parametrize("name", ["created", "elsewhere", "broken", "no-utf-8", "too-large"])
def test_anything_but_a_good_answer_is_none(outside: str, name: str) -> None:
    asked.clear()
    with pytest.raises(RequestError):
        http_client.get(f"{outside}/{name}", {}, 5)
    # Neither a redirect is followed nor a failure tried again.
    assert [path for _, path, _, _ in asked] == [f"/{name}"]


def test_an_answer_has_its_largest_size(outside: str) -> None:
    assert len(http_client.get(f"{outside}/largest", {}, 5)) == 64 * 1024
    assert len(http_client.download(f"{outside}/too-large", 5, 64 * 1024 + 1)) == 64 * 1024 + 1
    with pytest.raises(RequestError):
        http_client.download(f"{outside}/good", 5, 2)


def test_bytes_that_come_one_by_one_do_not_lengthen_the_time(outside: str) -> None:
    began = time.monotonic()
    with pytest.raises(RequestError):
        http_client.get(f"{outside}/drip", {}, 0.2)
    assert time.monotonic() - began < 1.5


def test_nobody_listens_and_the_error_does_not_quote_the_address() -> None:
    with pytest.raises(RequestError) as error:
        http_client.get(f"http://127.0.0.1:{free_port()}/", {"secret": "s3cret"}, 1)
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "1", '"a"', "{", "[" * 100_000])
def test_what_is_no_json_object_is_no_answer(text: str) -> None:
    assert http_client.json_object('{"a": [1]}') == {"a": [1]}
    with pytest.raises(RequestError):
        http_client.json_object(text)
