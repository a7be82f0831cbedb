"""What every provider's adapter owes the port, asked of each against what stands for its vendor."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from chalicelib.core.clock import Clock, office_time
from chalicelib.core.ids import new_id
from chalicelib.core.money import Money
from chalicelib.core.settings import SETTINGS
from chalicelib.payments import providers
from chalicelib.payments.domain.payments import Client, Method
from chalicelib.payments.providers.base import (
    Bookkeeper,
    Listed,
    NotGenuine,
    Order,
    Provider,
    Refused,
    Started,
    Unanswered,
)
from infra.local.engine import Engine
from infra.local.stand_ins import alipay_trades, stripe, wechat_pay
from infra.local.stand_ins.trades import Trades
from tests.identity.providers.scripted import Script, scripted
from tests.payments import localstripe, outside

Sent = tuple[Mapping[str, str], bytes]
SIDES = {
    "localstripe card": ("stripe", "card", "web", "card"),
    "stripe card": ("stripe", "card", "web", "card"),
    "stripe alipay": ("stripe", "alipay", "web", "redirect"),
    "stripe wechat_pay": ("stripe", "wechat_pay", "kiosk", "qr_code"),
    "wechat_pay": ("wechat_pay", "wechat_pay", "wechat_mini", "wx_request_payment"),
    "alipay": ("alipay", "alipay", "alipay_mini", "my_trade_pay"),
}
OURS = [name for name in SIDES if name != "localstripe card"]
PROVIDERS = ["stripe", "wechat_pay", "alipay"]
FEE = Money(1200)


@dataclass(frozen=True)
class Side:
    """An adapter, a person who pays, and what the provider sent to us."""

    adapter: Provider
    way: tuple[Method, Client]
    kind: str
    pays: Callable[[Started, str], bool]
    sent: list[Sent]

    def order(self, **changes: Any) -> Order:
        now = Clock.outside()
        later = now + timedelta(minutes=30)
        order = Order(new_id(), FEE, *self.way, "护照", now, later, payer="2088000000000001")
        return replace(order, **changes)

    def begun(self, outcome: str = "") -> tuple[Order, Started]:
        order = self.order()
        started = self.adapter.start(order)
        if outcome:
            assert self.pays(started, outcome) is (outcome == "pay")
        return replace(order, reference=started.reference), started

    def sent_about(self, order: Order) -> Sent:
        """Return what was sent about a payment; what is late of another is not ours."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for headers, body in list(self.sent):
                with suppress(NotGenuine):
                    told = self.adapter.read_notification(headers, body, [Clock.outside()])
                    if told.payment_id == order.payment_id:
                        return headers, body
            time.sleep(0.02)
        raise AssertionError(self.sent)


def tampered(sent: Sent) -> Iterator[Sent]:
    headers, body = sent
    if any("signature" in name for name in headers):
        yield {}, body
    yield headers, body.replace(b"1", b"2", 1)
    yield headers, b""
    for name in headers:
        yield {**headers, name: headers[name][:-6] + "AAAAAA"}, body + b"&a=b"


@pytest.fixture(scope="module")
def cards(engine: Engine) -> Iterator[localstripe.LocalStripe]:
    with localstripe.running() as found:
        yield found


@pytest.fixture
def trades(engine: Engine) -> Iterator[Trades]:
    found = outside.world()
    yield found
    found.mode, found.refunds_fail = "normal", False


@pytest.fixture
def side(request: pytest.FixtureRequest, trades: Trades, monkeypatch: pytest.MonkeyPatch) -> Side:
    sent: list[Sent] = []

    def keep(_url: str, make: Callable[[], tuple[bytes, Mapping[str, str]]]) -> bool:
        body, headers = make()
        sent.append(({name.lower(): value for name, value in headers.items()}, body))
        return True

    for module in (stripe, wechat_pay, alipay_trades):
        monkeypatch.setattr(module, "deliver", keep)
    name, method, client, kind = SIDES[request.param]
    way = (cast("Method", method), cast("Client", client))
    if request.param.startswith("localstripe"):
        return _at_localstripe(request.getfixturevalue("cards"), way, sent)

    def pays(started: Started, outcome: str) -> bool:
        action = {"kind": started.action.kind, **started.action.fields}
        return outside.act(action, outcome) == 200 and outcome == "pay"

    return Side(providers.provider(name), way, kind, pays, sent)


def _at_localstripe(
    cards: localstripe.LocalStripe, way: tuple[Method, Client], sent: list[Sent]
) -> Side:
    from chalicelib.payments.providers.stripe import Stripe

    def pays(started: Started, outcome: str) -> bool:
        number = localstripe.GOOD_CARD if outcome == "pay" else localstripe.DECLINED_CARD
        return cards.pay(started.action.fields["client_secret"], number)

    return Side(Stripe(cards.url, localstripe.KEY, ["whsec"], ""), way, "card", pays, sent)


every_side = pytest.mark.parametrize("side", SIDES, indirect=True)
# localstripe has no ceiling for refunds and no list of a day, and signs as its own clock says.
our_sides = pytest.mark.parametrize("side", OURS, indirect=True)


@every_side
def test_what_nobody_paid_is_open_until_it_is_closed(side: Side) -> None:
    order, started = side.begun()
    assert started.action.kind == side.kind
    assert all(started.action.fields.values())
    truth = side.adapter.fetch(order)
    assert (truth.status, truth.received) == ("pending", None)
    for _ in range(2):
        assert side.adapter.cancel(order).status == "cancelled"
    assert not side.pays(started, "pay")
    assert side.adapter.fetch(order).status == "cancelled"


@every_side
def test_what_is_paid_is_told_with_its_sum_and_cannot_be_closed(side: Side) -> None:
    order, _ = side.begun("pay")
    for truth in (side.adapter.fetch(order), side.adapter.cancel(order)):
        assert (truth.status, truth.received) == ("succeeded", FEE)
        assert truth.reference


@every_side
def test_what_is_refused_can_be_closed(side: Side) -> None:
    order, _ = side.begun("refuse")
    truth = side.adapter.fetch(order)
    assert truth.received is None
    assert truth.status in ("failed", "pending", "cancelled")
    assert side.adapter.cancel(order).status in ("cancelled", "failed")


@every_side
def test_a_part_is_given_back(side: Side, trades: Trades) -> None:
    order, _ = side.begun("pay")
    refund_id = new_id()
    assert side.adapter.refund(order, refund_id, Money(500)) in ("pending", "succeeded")
    asked = replace(order, refund_ids=(refund_id, "unheard-of"))
    refunds = side.adapter.fetch(asked).refunds
    assert refunds[refund_id] == "succeeded"
    assert refunds.get("unheard-of", "unknown") == "unknown"


@every_side
def test_asking_again_does_nothing_again(side: Side, trades: Trades) -> None:
    order, first = side.begun()
    again = side.adapter.start(order)
    assert again.reference == first.reference
    # The answer to the first may have got lost, and the reference with it.
    assert side.adapter.fetch(replace(order, reference=None)).status == "pending"
    assert side.pays(again, "pay")
    once = new_id()
    for _ in range(3):
        assert side.adapter.refund(order, once, Money(700)) in ("pending", "succeeded")
    # Had it been given back twice, this would be too much.
    assert side.adapter.refund(order, new_id(), Money(500)) in ("pending", "succeeded")
    for trade in trades.all():
        if trade.number == order.payment_id:
            assert (trade.reference, trade.given_back) == (
                side.adapter.fetch(order).reference,
                1200,
            )


@our_sides
def test_more_than_was_paid_is_refused_for_good(side: Side, trades: Trades) -> None:
    order, _ = side.begun("pay")
    with pytest.raises(Refused):
        side.adapter.refund(order, new_id(), Money(FEE.cents + 1))
    trades.refunds_fail = True
    with suppress(Refused):
        assert side.adapter.refund(order, new_id(), Money(100)) == "failed"


@our_sides
def test_what_it_says_is_genuine_and_nothing_else_is(side: Side) -> None:
    order, started = side.begun("pay")
    headers, body = side.sent_about(order)
    now = Clock.outside()
    told = side.adapter.read_notification(headers, body, [now])
    assert told.payment_id == order.payment_id
    assert told.reference in (started.reference, side.adapter.fetch(order).reference)
    assert told.event_id
    for seconds in (-310, 310):
        moment = now + timedelta(seconds=seconds)
        with pytest.raises(NotGenuine):
            side.adapter.read_notification(headers, body, [moment])
    for one in tampered((headers, body)):
        with pytest.raises(NotGenuine):
            side.adapter.read_notification(*one, [now])


@our_sides
def test_it_lists_what_moved_on_a_day(side: Side, trades: Trades) -> None:
    order, _ = side.begun("pay")
    refund_id = new_id()
    side.adapter.refund(order, refund_id, Money(500))
    [trade] = [one for one in trades.all() if one.number == order.payment_id]
    today = office_time(datetime.fromisoformat(trade.made_at)).date()
    assert isinstance(side.adapter, Bookkeeper)
    listed = [one for one in side.adapter.listed(today) if one.payment_id == order.payment_id]
    assert sorted(listed, key=lambda one: one.amount.cents) == [
        Listed(order.payment_id, Money(500), refund_id),
        Listed(order.payment_id, FEE),
    ]
    assert not side.adapter.listed(today - timedelta(days=400))


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as script:
        yield script


NONSENSE = {
    "an error": (500, b"<html>"),
    "a page": (200, b"<html>busy</html>"),
    "nothing": (200, b""),
    "an empty object": (200, b"{}"),
    "a list": (200, b"[]"),
    "another object": (200, b'{"code": "10000", "id": 7, "data": 7, "status": "succeeded"}'),
    "a redirect": (302, b""),
    "too many": (429, b'{"error": {"code": "rate_limit"}, "code": "FREQUENCY_LIMITED"}'),
    "deep": (200, b'{"a":' * 20_000 + b"1" + b"}" * 20_000),
    "not UTF-8": (200, b"\xff\xfe"),
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_makes_no_sense_is_no_answer(
    engine: Engine, script: Script, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts: dict[str, Any] = {
        "stripe_host": script.url,
        "wechat_pay_host": script.url,
        "alipay_gateway": f"{script.url}/gateway.do",
    }
    monkeypatch.setattr(providers, "SETTINGS", replace(SETTINGS, **hosts))
    adapter = providers._MAKERS[name]()
    assert isinstance(adapter, Bookkeeper)
    order = Side(adapter, ("card", "web"), "", lambda *_: False, []).order(
        reference="pi_1", refund_ids=("r1",)
    )
    asked: dict[str, Callable[[], object]] = {
        "start": lambda: adapter.start(order),
        "fetch": lambda: adapter.fetch(order),
        "cancel": lambda: adapter.cancel(order),
        "refund": lambda: adapter.refund(order, "r1", Money(1)),
        "list": lambda: cast("Bookkeeper", adapter).listed(Clock.outside().date()),
    }
    for what, (script.status, script.body) in NONSENSE.items():
        for verb, ask in asked.items():
            try:
                found = ask()
            except Unanswered:
                continue
            pytest.fail(f"{verb} took {what} for {found}")
