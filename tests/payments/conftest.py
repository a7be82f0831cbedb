from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from infra.local.engine import Engine
from infra.local.stand_ins import alipay_trades, stripe, wechat_pay
from infra.local.stand_ins.trades import Trades
from tests.payments import outside
from tests.support.client import ApiClient
from tests.support.clock import TestClock

if TYPE_CHECKING:
    from tests.payments.world import World

MONDAY = datetime.fromisoformat("2026-12-07T09:00:00+08:00")


@pytest.fixture
def money(engine: Engine, client: ApiClient, clock: TestClock) -> Iterator[Trades]:
    """The money of the outside world, on a Monday morning; nothing waits for a worker."""
    clock.set(MONDAY)
    trades = outside.world()
    outside.skip()
    yield trades
    trades.mode, trades.refunds_fail, trades.refund_seconds = "normal", False, 0.0
    trades.refunds_wait = False


@pytest.fixture
def world(
    client: ApiClient, money: Trades, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> "World":
    from tests.payments.world import World
    from tests.support.cases import verified

    sent: list[tuple[str, bytes, Mapping[str, str]]] = []

    def keep(url: str, make: Callable[[], tuple[bytes, Mapping[str, str]]]) -> bool:
        sent.append((url.removeprefix(outside.URL), *make()))
        return True

    for module in (stripe, wechat_pay, alipay_trades):
        monkeypatch.setattr(module, "deliver", keep)
    # What providers say is kept in the moment when it is said.
    monkeypatch.setattr(money, "later", lambda _seconds, run: run())
    return World(client, verified(client), clock, money, sent)
