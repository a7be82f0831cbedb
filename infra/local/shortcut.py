"""A short way to the embedded engine, for who asks it ten thousand things before a run is ready.

Signatures, endpoint rules, retries and headers of all kinds are for AWS: between two processes of
one machine they take longer than what is asked for. Inside `opened` a request of a few lines is
what carries a body. Botocore writes and reads the bodies as ever, but for operations on items,
messages and events: theirs are JSON of the same names and values, binary ones alone excepted.
Nothing is asked twice by itself: an engine that does not answer is an OSError. While anybody
listens to botocore's `before-send`, as who puts trouble on the wire does, what is asked goes the
long way, with its deadline and retries.
"""

import base64
import socket
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from chalicelib.core import aws

# Those that speak AWS's JSON protocol: one address, the operation in a header.
_SERVICES: Final = ("dynamodb", "dynamodbstreams", "sqs", "events")
# What the model says of these operations changes nothing in a text without binary values, but for
# the time of a stream's record: as for Lambda it stays a number.
_PLAIN: Final = frozenset(
    {*aws.OF_ITEMS, "GetRecords", "ReceiveMessage", "DeleteMessageBatch", "PutEvents"}
)
_OK: Final = 200
_READ_BYTES: Final = 1 << 16
_ANSWER_WITHIN_SECONDS: Final = 30
# The engine hangs up after 75.
_IDLE_SECONDS: Final = 30
_END_OF_HEAD: Final = b"\r\n\r\n"
# The engine tells services and regions apart by the scope of a signature, which it does not check.
_SCOPE: Final = "AWS4-HMAC-SHA256 Credential=test/20260101/{region}/{service}/aws4_request"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, with names of headers in lower case."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes


class Lines:
    """Open connections to one address; a thread takes one that is idle, or makes another."""

    def __init__(self, url: str) -> None:
        """Begin with none."""
        place = urlsplit(url)
        self._host, self._port = place.hostname or "", place.port or 80
        self._idle: deque[tuple[float, socket.socket]] = deque()

    def ask(self, headers: Mapping[str, str], body: bytes, path: str = "/") -> Answer:
        """Send a POST, as AWS's JSON protocol does, and return its answer; raises OSError."""
        said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        said += f"Host: {self._host}:{self._port}\r\nContent-Length: {len(body)}\r\n"
        head = f"POST {path} HTTP/1.1\r\n{said}\r\n"
        line = self._line()
        try:
            line.sendall(head.encode() + body)
            answer = _read(line)
        except OSError:
            line.close()
            raise
        self._idle.append((time.monotonic(), line))
        return answer

    def close(self) -> None:
        """Close those that are idle, which are all when nobody asks any more."""
        while self._idle:
            self._idle.pop()[1].close()

    def _line(self) -> socket.socket:
        """Return one that the engine holds open still, the last used first."""
        with suppress(IndexError):
            since, line = self._idle.pop()
            if time.monotonic() - since < _IDLE_SECONDS:
                return line
            # Those below are idle for longer.
            line.close()
            self.close()
        line = socket.create_connection((self._host, self._port), _ANSWER_WITHIN_SECONDS)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line


@contextmanager
def opened() -> Iterator[None]:
    """Let the process's clients go the short way inside."""
    with ExitStack() as ways:
        for service in _SERVICES:
            ways.enter_context(_shortened(aws.client(service), service))
        yield


@contextmanager
def _shortened(client: Any, service: str) -> Iterator[None]:
    lines, parser = Lines(client.meta.endpoint_url), client._response_parser  # noqa: SLF001
    scope = _SCOPE.format(region=client.meta.region_name, service=service)
    name, handlers = client.meta.service_model.service_id.hyphenize(), _handlers(client)

    def ask(model: Any, params: Mapping[str, Any], **_: object) -> tuple[Answer, Any] | None:
        if handlers.prefix_search(f"before-send.{name}.{model.name}"):
            return None
        answer = lines.ask({**params["headers"], "Authorization": scope}, params["body"])
        return answer, _understood(parser, model, answer)

    event = f"before-call.{name}"
    # Without rules all is asked at the client's own address.
    client._ruleset_resolver, rules = None, client._ruleset_resolver  # noqa: SLF001
    client._serializer, writer = _Writer(client._serializer), client._serializer  # noqa: SLF001
    client.meta.events.register(event, ask)
    try:
        yield
    finally:
        client.meta.events.unregister(event, ask)
        client._ruleset_resolver, client._serializer = rules, writer  # noqa: SLF001
        lines.close()


def _handlers(client: Any) -> Any:
    """Return who listens to a client's events; none of them is called by looking."""
    return client.meta.events._emitter._handlers  # noqa: SLF001


class _Writer:
    """Writes requests as botocore's serializer does, plain ones in one go."""

    def __init__(self, serializer: Any) -> None:
        """Begin with botocore's own."""
        self._serializer = serializer

    def serialize_to_request(self, parameters: Mapping[str, Any], model: Any) -> dict[str, Any]:
        """Return a request."""
        if model.name in _PLAIN:
            with suppress(orjson.JSONEncodeError):
                body = orjson.dumps(parameters, _as_base64, orjson.OPT_PASSTHROUGH_DATETIME)
                return {**self._serializer.serialize_to_request({}, model), "body": body}
        whole: dict[str, Any] = self._serializer.serialize_to_request(parameters, model)
        return whole


def _as_base64(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(value)
    return base64.b64encode(value).decode()


def _understood(parser: Any, model: Any, answer: Answer) -> dict[str, Any]:
    """Return what an answer says, as botocore reads it: an error with all fields of its kind."""
    if answer.status_code == _OK and model.name in _PLAIN and not aws.BINARY.search(answer.body):
        meta = {"HTTPStatusCode": _OK, "HTTPHeaders": answer.headers}
        meta["RequestId"] = answer.headers.get("x-amzn-requestid")
        return {**orjson.loads(answer.body), "ResponseMetadata": meta}
    whole = {
        "status_code": answer.status_code,
        "headers": answer.headers,
        "body": answer.body,
    }
    said: dict[str, Any] = parser.parse(whole, model.output_shape)
    code = said.get("Error", {}).get("Code")
    shape = code and model.service_model.shape_for_error_code(code)
    return {**said, **parser.parse(whole, shape)} if shape else said


def _read(line: socket.socket) -> Answer:
    """Read one answer whose length is told, as the engine tells it of all in this protocol."""
    taken = b""
    while (end := taken.find(_END_OF_HEAD)) < 0:
        taken += _more(line)
    body = bytearray(taken[end + len(_END_OF_HEAD) :])
    status, *told = taken[:end].decode().split("\r\n")
    parts = (one.partition(":") for one in told)
    headers = {name.lower(): value.strip() for name, _, value in parts}
    while len(body) < int(headers["content-length"]):
        body += _more(line)
    return Answer(int(status.split()[1]), headers, bytes(body))


def _more(line: socket.socket) -> bytes:
    read = line.recv(_READ_BYTES)
    if not read:
        message = "the engine hung up"
        raise ConnectionError(message)
    return read
