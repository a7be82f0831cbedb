"""The money of the outside world for tests: all providers' stand-ins behind HTTP, and workers."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from infra.local.engine import free_port
from infra.local.stand_ins import addresses
from infra.local.stand_ins.base import Asked
from infra.local.stand_ins.trades import Mode, Trades

if TYPE_CHECKING:
    from chalicelib.core.events import Event

MONDAY = datetime.fromisoformat("2026-12-07T09:00:00+08:00")
PORT = free_port()
URL = f"http://127.0.0.1:{PORT}"
SETTINGS = {
    "PUBLIC_URL": URL,
    **addresses(URL),
    "WECHAT_PAY_MERCHANT": "1900000000",
    "WECHAT_PAY_SERIAL": "444F4864EA9B34415F0D0EDE8A83E27B00000000",
    "WECHAT_PAY_PUBLIC_KEY_ID": "PUB_KEY_ID_0119000000002026112400000000000000",
}


@cache
def world() -> Trades:
    """Start the stand-ins and the API beside them, once a process."""
    from app import app
    from chalicelib.core import dependencies
    from chalicelib.core.settings import SETTINGS as PRODUCT
    from infra.local.secrets import public_pem_of
    from infra.local.server import Server, Site
    from infra.local.stand_ins.alipay import AlipayStandIn
    from infra.local.stand_ins.outside_world import money

    secrets: Any = dependencies.secrets()
    trades = Trades(dependencies.clock().now)
    trades.slow_seconds, trades.refund_seconds = 0.3, 0.0
    alipay = AlipayStandIn(
        PRODUCT.alipay_app_id,
        public_pem_of(secrets["alipay_private_key"]),
        secrets["stand_in_alipay_private_key"],
        dependencies.clock().now,
        trades=trades,
        url=f"{URL}/stand-ins/alipay",
    )
    site = Site(app, [*money(trades, URL, secrets), alipay])
    threading.Thread(target=partial(Server(PORT).serve, site), daemon=True).start()
    return trades


@contextmanager
def mode(mode: Mode) -> Iterator[Trades]:
    """Let the providers tell as this mode says."""
    trades = world()
    trades.mode = mode
    try:
        yield trades
    finally:
        trades.mode = "normal"


def act(action: object, outcome: str = "pay") -> int:
    """Do what a person does in a wallet; return the status."""
    from infra.local.stand_ins.wallet import WalletStandIn

    body = json.dumps({"action": action, "outcome": outcome}).encode()
    return WalletStandIn(world()).answer(Asked("POST", "", {}, {}, body)).status


class _Stream:
    """The entries of a room's table, each given once, as its stream gives them."""

    def __init__(self, room: str) -> None:
        from chalicelib.core import aws, tables

        self._read: Any = aws.client("dynamodbstreams")
        self._table = tables.Table.registry[room].name
        [stream] = self._read.list_streams(TableName=self._table)["Streams"]
        where = {"StreamArn": stream["StreamArn"]}
        shards = self._read.describe_stream(**where)["StreamDescription"]["Shards"]
        self._from_now = {**where, "ShardId": shards[0]["ShardId"], "ShardIteratorType": "LATEST"}
        self.skip()

    def skip(self) -> None:
        self._end = _ends().get(self._table, "")
        self._iterator = self._read.get_shard_iterator(**self._from_now)["ShardIterator"]

    def new(self, ends: Mapping[str, str]) -> "list[Event]":
        from chalicelib.core import events

        found: list[Event] = []
        end = ends.get(self._table, "")
        # A page may hold nothing but slots, and entries come behind it.
        while self._end < end:
            given = self._read.get_records(ShardIterator=self._iterator)
            self._iterator = given["NextShardIterator"]
            found += [events.of_record(one) for one in given["Records"] if events.is_entry(one)]
            read = [one["dynamodb"]["SequenceNumber"] for one in given["Records"]]
            self._end = read[-1] if read else end
        return found


def _ends() -> dict[str, str]:
    from infra.local import readers

    # No record has this number; before the first one, the engine would wait for it else.
    return readers.ends("0")


@cache
def _streams() -> list[_Stream]:
    return [_Stream(room) for room in ("payments", "cases", "appointments", "bills")]


_waiting: "list[Event]" = []


def skip() -> None:
    """Let nobody do what was written so far."""
    for stream in _streams():
        stream.skip()
    _waiting.clear()


def work(*workers: "Callable[[Event, datetime], None]") -> int:
    """Do what the queues' workers do with every entry that was written since; return how many.

    As the queue does, it brings again next time what was in trouble, or met a crash.
    """
    from chalicelib.core import dependencies
    from chalicelib.core.errors import TryAgain
    from tests.support import functions

    done, later = 0, []
    while True:
        ends = _ends()
        for stream in _streams():
            _waiting.extend(stream.new(ends))
        if not _waiting:
            break
        event = _waiting[0]
        try:
            now = dependencies.clock().now()
            functions.work("follow_up", event, now)
            for worker in workers:
                worker(event, now)
        except TryAgain:
            later.append(event)
        else:
            done += 1
        _waiting.pop(0)
    _waiting.extend(later)
    return done


def until(fact: Callable[[], bool], seconds: float = 30) -> None:
    """Work until something is so."""
    deadline = time.monotonic() + seconds
    while True:
        work()
        if fact():
            return
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
