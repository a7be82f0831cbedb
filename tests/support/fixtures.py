"""Fixtures that tests of several rooms ask for by their names; a plug-in of tests/conftest.py."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.engine import Engine
from infra.local.stand_ins.trades import Trades
from tests.payments import outside
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen, log_in

# Rooms are imported by the tests that are about them: each takes its time.
if TYPE_CHECKING:
    from tests.deliveries.world import Hired
    from tests.notifications.world import Platforms
    from tests.payments.bills.world import Known
    from tests.payments.world import World
    from tests.webhooks.receiver import Receiver


@pytest.fixture
def morning(clock: TestClock) -> TestClock:
    """The clock stands at nine on a working Monday."""
    clock.set(MONDAY)
    return clock


@pytest.fixture
def me(client: ApiClient) -> Citizen:
    """A citizen, logged in."""
    return log_in(client)


@pytest.fixture
def admin(client: ApiClient) -> str:
    """The token of a hall's administrator."""
    from tests.deliveries.world import keeper

    return keeper(client, "admin")


@pytest.fixture
def hired(client: ApiClient, receiver: "Receiver", admin: str) -> "Hired":
    """A courier that serves an area of its own."""
    from tests.deliveries.world import hire

    return hire(client, receiver, admin)


@pytest.fixture
def known(client: ApiClient, receiver: "Receiver") -> "Known":
    """An issuer of bills with an endpoint of its own."""
    from tests.payments.bills.world import introduce

    return introduce(client, receiver)


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """The lines of the product's log, as they are written."""
    from chalicelib.core import logs

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(logs.JsonLines().format(record)))

    # Whichever test was the first in this process, and whatever level it put back.
    logs.configure()
    written: list[dict[str, Any]] = []
    handler, logger = Lines(), logging.getLogger("onetrip")
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)


@pytest.fixture
def phones(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator["Platforms"]:
    """WeChat and Alipay, which take our messages."""
    from tests.notifications.world import platforms

    with platforms(monkeypatch) as found:
        yield found


@pytest.fixture
def money(engine: Engine, client: ApiClient, clock: TestClock) -> Iterator[Trades]:
    """The money of the outside world, on a Monday morning; nothing waits for a worker."""
    clock.set(outside.MONDAY)
    trades = outside.world()
    outside.skip()
    yield trades
    trades.mode, trades.refunds_fail, trades.refund_seconds = "normal", False, 0.0
    trades.refunds_wait = False


@pytest.fixture
def world(
    client: ApiClient, money: Trades, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> "World":
    """A citizen who pays, with the messages of providers held back until a test delivers them."""
    from infra.local.stand_ins import alipay_trades, stripe, wechat_pay
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
