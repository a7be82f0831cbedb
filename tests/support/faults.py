"""Trouble on the way to DynamoDB, put on the wire of the product's one client."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from botocore.httpsession import URLLib3Session

from chalicelib.core import tables

_THROTTLED = b'{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"}'


class Crash(BaseException):
    """The process stops here; nothing catches it."""


class _Body:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._data


@contextmanager
def every_second_call_fails() -> Iterator[None]:
    """Answer every second call by a throttle, a time-out or a lost answer, one after another."""
    number, lock, session = itertools.count(), threading.Lock(), URLLib3Session()
    kinds = itertools.cycle(("throttle", "time-out", "lost answer"))

    def before_send(request: Any, **_: object) -> AWSResponse | None:
        with lock:
            if next(number) % 2 == 0:
                return None
            kind = next(kinds)
        if kind == "throttle":
            headers: Any = {"content-type": "application/x-amz-json-1.0"}
            return AWSResponse(request.url, 400, headers, _Body(_THROTTLED))
        if kind == "lost answer":
            session.send(request)
        raise ReadTimeoutError(endpoint_url=request.url)

    with _before_send(before_send):
        yield


@contextmanager
def crash_after(calls: int) -> Iterator[None]:
    """Let some calls through and stop the process before the next."""
    number = itertools.count(1)

    def before_send(**_: object) -> None:
        if next(number) > calls:
            raise Crash

    with _before_send(before_send):
        yield


@contextmanager
def stale_indexes(seconds: float) -> Iterator[None]:
    """Answer each Query of an index as it would have been answered some seconds ago.

    What nobody asked that long ago is answered as it was when it was first asked.
    """
    session, known = URLLib3Session(), dict[bytes, list[tuple[float, AWSResponse]]]()

    def before_send(request: Any, **_: object) -> AWSResponse | None:
        body = request.body if isinstance(request.body, bytes) else request.body.encode()
        if b'"IndexName"' not in body:
            return None
        answers = known.setdefault(body, [])
        answers.append((time.monotonic(), session.send(request)))
        old = [answer for at, answer in answers if at <= time.monotonic() - seconds]
        return old[-1] if old else answers[0][1]

    with _before_send(before_send):
        yield


@contextmanager
def _before_send(handler: Any) -> Iterator[None]:
    events: Any = tables.client().meta.events
    events.register_first("before-send.dynamodb", handler)
    try:
        yield
    finally:
        events.unregister("before-send.dynamodb", handler)
