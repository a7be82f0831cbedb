"""Trouble on the way to DynamoDB, put on the wire of the product's one client."""

import itertools
import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from types import SimpleNamespace
from typing import Any, Final

import botocore.endpoint
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

from chalicelib.core import retry, tables
from tests.support.client import ApiClient
from tests.support.late import LateIndexes

_READS: Final = ("Get", "BatchGet", "Query", "TransactGet")
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
    """Answer every second call or so by a throttle, a time-out or a lost answer, by turns.

    By chance, as strict turns would let a request of three calls always fail at the same one.
    Clients that are told to try again do so meanwhile, as phones do.
    """
    chance, lock, session = random.Random(1), threading.Lock(), URLLib3Session()
    kinds = itertools.cycle(("throttle", "time-out", "lost answer"))

    def before_send(request: Any, **_: object) -> AWSResponse | None:
        with lock:
            if chance.random() < 0.5:
                return None
            kind = next(kinds)
        if kind == "throttle":
            headers: Any = {"content-type": "application/x-amz-json-1.0"}
            return AWSResponse(request.url, 400, headers, _Body(_THROTTLED))
        if kind == "lost answer":
            session.send(request)
        raise ReadTimeoutError(endpoint_url=request.url)

    ApiClient.tries = 400
    try:
        with _before_send(before_send):
            yield
    finally:
        ApiClient.tries = 1


class Outage(StrEnum):
    """What every call of a table may meet for a while."""

    HANGS = "read time-out"
    UNREACHABLE = "connect time-out"
    CLOSES = "closed connection"
    THROTTLES = "throttle"
    FAILS = "5xx"
    LOSES = "lost answer"
    CONFLICTS = "conflict"


@dataclass
class Trouble:
    """What an outage met: calls, and how long they and the waits between would last by thread."""

    calls: int = 0
    lost: dict[int, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Return how long one waits who waits for all threads, which go side by side."""
        own = self.lost.get(threading.get_ident(), 0)
        return own + max((v for k, v in self.lost.items() if k != threading.get_ident()), default=0)


_REFUSED: Final = {
    Outage.THROTTLES: (400, "ProvisionedThroughputExceededException"),
    Outage.CONFLICTS: (400, "TransactionConflictException"),
    Outage.FAILS: (500, "InternalServerError"),
}


@contextmanager
def outage(kind: Outage) -> Iterator[Trouble]:
    """Let no call of a table through; the clock of the retries stands but for what they lose."""
    trouble, lock, session = Trouble(), threading.Lock(), URLLib3Session()

    def lose(seconds: float) -> None:
        me = threading.get_ident()
        with lock:
            trouble.lost[me] = trouble.lost.get(me, 0) + seconds

    def before_send(request: Any, **_: object) -> AWSResponse:
        with lock:
            trouble.calls += 1
        if kind in _REFUSED:
            status, code = _REFUSED[kind]
            body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}).encode()
            headers: Any = {"content-type": "application/x-amz-json-1.0"}
            return AWSResponse(request.url, status, headers, _Body(body))
        if kind is Outage.CLOSES:
            raise ConnectionClosedError(endpoint_url=request.url)
        if kind is Outage.UNREACHABLE:
            lose(retry.CONNECT_SECONDS)
            raise ConnectTimeoutError(endpoint_url=request.url)
        lose(retry.READ_SECONDS)
        if kind is Outage.LOSES:
            session.send(request)
        raise ReadTimeoutError(endpoint_url=request.url)

    with pytest.MonkeyPatch.context() as patch, _before_send(before_send):
        patch.setattr(retry, "monotonic", lambda: trouble.lost.get(threading.get_ident(), 0))
        patch.setattr(retry, "sleep", lose)
        patch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lose))
        yield trouble


@contextmanager
def cut_off(key: str) -> Iterator[None]:
    """Close the connection over each call that names a key."""

    def before_send(request: Any, **_: object) -> None:
        body = _body(request)
        if key.encode() in body:
            raise ConnectionClosedError(endpoint_url=request.url)

    with _before_send(before_send):
        yield


@contextmanager
def lost_answer(operation: str) -> Iterator[None]:
    """Lose the answer to the first call of an operation, which takes effect all the same.

    The database has forgotten it (`ClientRequestToken`) when it is sent again.
    """
    session, lost = URLLib3Session(), list[bool]()

    def before_send(request: Any, **_: object) -> None:
        target = request.headers["X-Amz-Target"]
        name = target.decode() if isinstance(target, bytes) else target
        if name.endswith(f".{operation}") and not lost:
            lost.append(True)
            body = _body(request)
            request.body = re.sub(rb'("ClientRequestToken": ")[0-9a-f]', rb"\1x", body)
            session.send(request)
            request.body = body
            raise ReadTimeoutError(endpoint_url=request.url)

    with _before_send(before_send):
        yield
    assert lost, f"there was no {operation}"


def _is_anothers() -> bool:
    """Tell whether a call is of a request that a server answers beside the test.

    What a wallet of an earlier test sends comes late: it must neither crash nor count.
    """
    return "process_request_thread" in threading.current_thread().name


@contextmanager
def crash_after(calls: int) -> Iterator[None]:
    """Let some calls through and stop the process before the next."""
    number = itertools.count(1)

    def before_send(**_: object) -> None:
        if not _is_anothers() and next(number) > calls:
            raise Crash

    with _before_send(before_send):
        yield


@contextmanager
def crash_after_writes(writes: int) -> Iterator[None]:
    """Let some writes and all reads through, and stop the process before the next write."""
    number = itertools.count(1)

    def before_send(request: Any, **_: object) -> None:
        target = request.headers["X-Amz-Target"]
        name = (target.decode() if isinstance(target, bytes) else target).partition(".")[2]
        is_read = name.startswith(_READS)
        if not is_read and not _is_anothers() and next(number) > writes:
            raise Crash

    with _before_send(before_send):
        yield


def crashes(act: Callable[[], object]) -> Iterator[int]:
    """Do something again and again, stopped after one write more each time, until it is whole.

    Yields how many writes were let through, for what is seen after it to be held against.
    """
    for writes in itertools.count():
        stopped = True
        with suppress(Crash), crash_after_writes(writes):
            act()
            stopped = False
        yield writes
        if not stopped:
            return


@contextmanager
def before_call(number: int, act: Callable[[], None]) -> Iterator[None]:
    """Let something happen before the so-manieth call (from 1), as if another came in between."""
    calls = itertools.count(1)

    def before_send(**_: object) -> None:
        if next(calls) == number:
            act()

    with _before_send(before_send):
        yield


@contextmanager
def stale_indexes(seconds: float) -> Iterator[LateIndexes]:
    """Answer each Query of an index as it would have been answered some seconds ago."""
    session, late = URLLib3Session(), LateIndexes(seconds)

    def before_send(request: Any, **_: object) -> AWSResponse | None:
        body = _body(request)
        if b'"IndexName"' not in body:
            return None
        fresh = session.send(request)
        if fresh.status_code != 200:
            return fresh
        headers: Any = {"content-type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, _Body(late.answer(body, fresh.content)))

    with _before_send(before_send):
        yield late


@contextmanager
def stale_queries(seconds: float) -> Iterator[None]:
    """Answer each Query that asks for no consistent read as it was answered some seconds ago.

    What nobody asked that long ago is answered as it was when it was first asked.
    """
    session, known = URLLib3Session(), dict[bytes, list[tuple[float, AWSResponse]]]()

    def before_send(request: Any, **_: object) -> AWSResponse | None:
        body = _body(request)
        asked = json.loads(body)
        if "KeyConditionExpression" not in asked or asked.get("ConsistentRead"):
            return None
        answers = known.setdefault(body, [])
        answers.append((time.monotonic(), session.send(request)))
        old = [answer for at, answer in answers if at <= time.monotonic() - seconds]
        return old[-1] if old else answers[0][1]

    with _before_send(before_send):
        yield


def _body(request: Any) -> bytes:
    return request.body if isinstance(request.body, bytes) else bytes(request.body.encode())


def on_the_wire() -> AbstractContextManager[None]:
    """Let what DynamoDB is asked be sent as in production: under a deadline, with retries."""

    def listen(**_: object) -> None:
        pass

    return _before_send(listen)


@contextmanager
def sent_to(url: str) -> Iterator[None]:
    """Let what DynamoDB is asked be sent to another address, as in production else."""

    def turn(request: Any, **_: object) -> None:
        request.url = url

    with _before_send(turn):
        yield


@contextmanager
def _before_send(handler: Any) -> Iterator[None]:
    events: Any = tables.client().meta.events
    events.register_first("before-send.dynamodb", handler)
    try:
        with pytest.MonkeyPatch.context() as patch:
            # What was asked before earned nothing, if it went a shorter way.
            patch.setattr(retry, "_budget", retry.RetryBudget())
            yield
    finally:
        events.unregister("before-send.dynamodb", handler)
