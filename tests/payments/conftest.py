from collections.abc import Iterator
from datetime import datetime

import pytest

from infra.local.engine import Engine
from infra.local.stand_ins.trades import Trades
from tests.payments import outside
from tests.support.client import ApiClient
from tests.support.clock import TestClock

MONDAY = datetime.fromisoformat("2026-12-07T09:00:00+08:00")


@pytest.fixture
def money(engine: Engine, client: ApiClient, clock: TestClock) -> Iterator[Trades]:
    """The money of the outside world, on a Monday morning; nothing waits for a worker."""
    clock.set(MONDAY)
    trades = outside.world()
    outside.work()
    yield trades
    trades.mode, trades.refunds_fail, trades.refund_seconds = "normal", False, 0.0
