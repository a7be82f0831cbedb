"""The server of one machine: what it reads, and how it refuses what no route ever sees."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from chalice.app import Chalice, Response

from infra.local.server import Server, Site


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = Chalice("echo")

    @app.route("/v1/echo", methods=["POST"], content_types=["*/*"])
    def echo() -> Response:
        assert app.current_request
        body = app.current_request.raw_body
        assert isinstance(body, bytes)
        return Response(body.decode())

    server = Server(0)
    threading.Thread(target=partial(server.serve, Site(app, [])), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def ask(port: int, raw: bytes) -> tuple[int, str]:
    """Send bytes as they are; return the status and the body."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sent:
        sent.sendall(raw)
        sent.shutdown(socket.SHUT_WR)
        with sent.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body.decode()


POST = b"POST /v1/echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"


def test_a_body_may_come_in_chunks(port: int) -> None:
    chunks = b"4;x=y\r\n\xe4\xb8\x80\xe6\r\n5\r\n\xac\xa1ok!\r\n0\r\nTrailer: x\r\n\r\n"
    head = POST + b"transfer-encoding: chunked\r\n\r\n"
    assert ask(port, head + chunks) == (200, "一次ok!")


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (POST + b"content-length: 9999999\r\n\r\n", 413, "body_too_large"),
        (POST + b"transfer-encoding: chunked\r\n\r\n9999999\r\n", 413, "body_too_large"),
        (POST + b"transfer-encoding: chunked\r\n\r\n-1\r\n", 400, "invalid_request"),
        (POST + b"transfer-encoding: chunked\r\n\r\n", 400, "invalid_request"),
        (POST + b"content-length: -1\r\n\r\n", 400, "invalid_request"),
        (POST + b"content-length: \xb2\r\n\r\n", 400, "invalid_request"),
        (b"BREW /v1/echo HTTP/1.1\r\nhost: localhost\r\n\r\n", 405, "method_not_allowed"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414, "invalid_request"),
    ],
)
def test_what_cannot_be_read_is_a_problem(port: int, raw: bytes, status: int, code: str) -> None:
    seen, body = ask(port, raw)
    problem = json.loads(body)
    assert (seen, problem["status"], problem["code"]) == (status, status, code)
    assert problem["request_id"]


@pytest.mark.parametrize(
    "headers",
    [
        b"content-length: 4\r\ncontent-length: 4",
        b"content-length: 4\r\ncontent-length: 40",
        b"content-length: 4\r\ntransfer-encoding: chunked",
        b"transfer-encoding: chunked\r\ntransfer-encoding: identity",
        b"transfer-encoding: xchunked",
        b"transfer-encoding: gzip, chunked",
        b"content-length : 4",
        b"x: y\r\n content-length: 4",
        b"content-length: +4",
        b"content-length: 4, 4",
        b"host: localhost\r\ncontent-length: 4",
    ],
)
def test_what_two_readers_could_take_for_two_requests_is_refused(port: int, headers: bytes) -> None:
    status, body = ask(port, POST + headers + b"\r\n\r\n4\r\nabcd\r\n0\r\n\r\n")
    assert (status, json.loads(body)["status"]) == (400, 400)


def test_a_body_shorter_than_it_says_is_refused(port: int) -> None:
    assert ask(port, POST + b"content-length: 9\r\n\r\nabcd")[0] == 400
    assert ask(port, POST + b"transfer-encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n")[0] == 400


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("LocalHost:8000", 200),
        ("[::1]:80", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:8000", 421),
        ("localhost@evil.example", 421),
        ("", 421),
    ],
)
def test_only_requests_to_this_machine_are_answered(port: int, host: str, status: int) -> None:
    head = f"POST /v1/echo HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0"
    assert ask(port, head.encode() + b"\r\n\r\n")[0] == status


@pytest.mark.parametrize("path", ["/", "/docs/", "/stand-ins/", "/none", "/v1/echo"])
def test_every_answer_is_guarded_and_has_one_length(port: int, path: str) -> None:
    answer = httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert ("'unsafe-inline'" in policy.partition("style-src")[0]) == path.startswith("/stand-ins")
    assert len(answer.headers.get_list("content-length")) == 1


def test_the_pages_bring_no_script_within_them() -> None:
    for folder in ("mini_program", "infra/local/docs_page"):
        text = (Path(__file__).parents[2] / folder / "index.html").read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
