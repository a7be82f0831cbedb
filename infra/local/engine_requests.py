"""Requests in AWS's JSON protocol, brought straight to that service of the embedded engine.

The engine asks of each request which of two hundred services and hosts it is for, and dresses each
answer for browsers: that takes longer than most of what is asked here. The answer has the headers
that AWS sends, since whoever is measured beside them reads them too. The operation's header
says it all; what has none, or comes compressed, or without a signature, goes the engine's own way,
and so does everything where the engine checks signatures and enforces roles.
"""

import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate
from functools import lru_cache
from itertools import count
from types import ModuleType
from typing import Any, Final

from ministack import app as _app
from ministack.core import responses as _responses
from ministack.services import dynamodb, dynamodb_streams, eventbridge, sqs

# The engine is untyped.
_engine: Final[Any] = _responses
_enforces_roles: Final[bool] = _app.AUTH
_SERVICES: Final[Mapping[str, ModuleType]] = {
    "DynamoDB_20120810": dynamodb,
    "DynamoDBStreams_20120810": dynamodb_streams,
    "AmazonSQS": sqs,
    "AWSEvents": eventbridge,
}
_TARGET: Final = b"x-amz-target"
_SIGNED: Final = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/[^/]+").match
_OF_AWS: Final = ((b"server", b"Server"), (b"connection", b"keep-alive"))
_END_OF_SCOPE: Final = b"/aws4_request"
_BORN: Final = time.time_ns()
_numbers: Final = count()
_LOG: Final = logging.getLogger("ministack")

Headers = Mapping[bytes, bytes]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[int, dict[str, str], bytes]


def target_of(headers: Headers) -> str:
    """Return the operation of a request in AWS's JSON protocol; of no other is there any."""
    return str(headers.get(_TARGET, b""), "ascii")


def is_plain(headers: Headers) -> bool:
    """Tell whether the answer needs nothing but the service that the operation names."""
    return (
        not _enforces_roles
        and target_of(headers).partition(".")[0] in _SERVICES
        and b"content-encoding" not in headers
        and _signed(_scope_of(headers)) is not None
    )


async def pass_on(headers: Headers, receive: Receive, send: Send) -> None:
    """Send what the service answers, unless the asker is gone."""
    body = await _body(receive)
    if body is None:
        return
    status, given, said = await _answer(headers, body)
    named = [(name.lower().encode(), value.encode()) for name, value in given.items()]
    named += (*_OF_AWS, (b"date", _date(int(time.time()))))
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": said})


async def _answer(headers: Headers, body: bytes) -> Answer:
    target = target_of(headers)
    service: Any = _SERVICES[target.partition(".")[0]]
    account, region = _signed(_scope_of(headers)) or ("", "")
    told = {"x-amz-target": target, "host": str(headers.get(b"host", b""), "latin-1")}
    try:
        with _engine.request_scope(account, region):
            status, given, said = await service.handle_request("POST", "/", told, body, {})
    except Exception as error:  # noqa: BLE001 - as the engine does with whatever it is.
        _LOG.exception("%s failed", target)
        failed = {"__type": "InternalError", "message": str(error)}
        status, given, said = 500, {}, json.dumps(failed)
    said = said if isinstance(said, bytes) else said.encode()
    given["x-amzn-requestid"] = f"{_BORN:x}-{next(_numbers)}"
    given["content-length"] = str(len(said))
    return status, given, said


async def _body(receive: Receive) -> bytes | None:
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


@lru_cache(1)
def _date(seconds: int) -> bytes:
    return formatdate(seconds, usegmt=True).encode()


def _scope_of(headers: Headers) -> bytes:
    return headers.get(b"authorization", b"").partition(_END_OF_SCOPE)[0]


@lru_cache(64)
def _signed(scope: bytes) -> tuple[str, str] | None:
    """Return the account and the region of a signature's scope; nobody checks what it signs."""
    found = _SIGNED(scope.decode("latin-1"))
    if not found:
        return None
    _engine.set_request_account_id(found[1])
    return _engine.get_account_id(), found[2]
