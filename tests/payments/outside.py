"""The money of the outside world for tests: all providers' stand-ins behind HTTP, and workers."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

from infra.local.engine import free_port
from infra.local.stand_ins.base import Asked
from infra.local.stand_ins.trades import Mode, Trades

PORT = free_port()
URL = f"http://127.0.0.1:{PORT}"
SETTINGS = {
    "PUBLIC_URL": URL,
    "STRIPE_HOST": f"{URL}/stand-ins/stripe",
    "WECHAT_PAY_HOST": f"{URL}/stand-ins/wechat_pay",
    "WECHAT_PAY_MERCHANT": "1900000000",
    "WECHAT_PAY_SERIAL": "444F4864EA9B34415F0D0EDE8A83E27B00000000",
    "WECHAT_PAY_PUBLIC_KEY_ID": "PUB_KEY_ID_0119000000002026112400000000000000",
    "ALIPAY_GATEWAY": f"{URL}/stand-ins/alipay/gateway.do",
}


@cache
def world() -> Trades:
    """Start the stand-ins and the API beside them, once a process."""
    from app import app
    from chalicelib.core import wiring
    from chalicelib.core.settings import SETTINGS as PRODUCT
    from infra.local.run import _public_pem, money
    from infra.local.server import Server, Site
    from infra.local.stand_ins.alipay import AlipayStandIn

    secrets: Any = wiring.secrets()
    trades = Trades(wiring.clock().now)
    trades.slow_seconds, trades.refund_seconds = 0.3, 0.0
    alipay = AlipayStandIn(
        PRODUCT.alipay_app_id,
        _public_pem(secrets["alipay_private_key"]),
        secrets["stand_in_alipay_private_key"],
        wiring.clock().now,
        trades=trades,
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


_seen: set[tuple[str, int]] = set()


def work() -> int:
    """Do what the queue's worker does with every entry that was written since; return how many."""
    from chalicelib.core import events, wiring
    from functions import follow_up

    done = 0
    while found := [one for one in _entries() if (one["subject"], one["seq"]) not in _seen]:
        for one in found:
            _seen.add((one["subject"], one["seq"]))
            follow_up.work(events.read(one), wiring.clock().now())
            done += 1
    return done


def until(fact: Callable[[], bool], seconds: float = 10) -> None:
    """Work until something is so."""
    deadline = time.monotonic() + seconds
    while True:
        work()
        if fact():
            return
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def _entries() -> list[dict[str, Any]]:
    from chalicelib.core import tables

    client: Any = tables.client()
    found: list[dict[str, Any]] = []
    for room in ("payments", "cases", "appointments"):
        name = tables.Table.registry[room].name
        for page in client.get_paginator("scan").paginate(
            TableName=name, FilterExpression="attribute_exists(prev_hash)"
        ):
            found += [_entry(item) for item in page["Items"]]
    return sorted(found, key=lambda one: (one["at"], one["seq"]))


def _entry(item: dict[str, Any]) -> dict[str, Any]:
    texts = {name: item[name]["S"] for name in ("subject", "type", "at", "actor")}
    return {**texts, "seq": int(item["seq"]["N"]), "data": json.loads(item["data"]["S"])}
