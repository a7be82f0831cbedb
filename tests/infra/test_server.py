"""The server of one machine: what it reads, and how it refuses what no route ever sees."""

import json
import socket
import threading
from collections.abc import Iterator
from functools import partial

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


POST = b"POST /v1/echo HTTP/1.1\r\nhost: here\r\nconnection: close\r\n"


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
        (b"BREW /v1/echo HTTP/1.1\r\nhost: here\r\n\r\n", 405, "method_not_allowed"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414, "invalid_request"),
    ],
)
def test_what_cannot_be_read_is_a_problem(port: int, raw: bytes, status: int, code: str) -> None:
    seen, body = ask(port, raw)
    problem = json.loads(body)
    assert (seen, problem["status"], problem["code"]) == (status, status, code)
    assert problem["request_id"]
