"""Notifications: traps of signatures, times and shapes; what is unknown, doubled, of another."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given

from chalicelib.core import dependencies
from chalicelib.core.alipay_client import AlipayClient
from chalicelib.core.clock import Clock, rfc3339
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.payments import storage
from chalicelib.payments.providers.base import NotGenuine, Provider
from infra.local.stand_ins.trades import Trades
from tests.payments import outside
from tests.payments.notifications import (
    JSON,
    Sent,
    by_alipay,
    by_stripe,
    by_wechat,
    event,
    resource,
    send,
)
from tests.payments.paying import WAYS, begun, case_of, shown
from tests.support.client import ApiClient

DEEP = b'{"a":' * 50_000 + b"1" + b"}" * 50_000


def stripe_traps() -> dict[str, Sent]:
    good = event({"object": "payment_intent", "id": "pi_1"})
    header = "Stripe-Signature"
    return {
        "no header": (good, {}),
        "garbage": (good, {header: "garbage"}),
        "no number": (good, {header: "t=x,v1=aa"}),
        "huge number": (good, {header: f"t={'9' * 5000},v1=aa"}),
        "not ascii": (good, {header: f"t={int(time.time())},v1=é"}),
        "wrong secret": by_stripe(good, secret="whsec_wrong"),
        "old": by_stripe(good, 310),
        "future": by_stripe(good, -360),
        "changed": (good + b" ", by_stripe(good)[1]),
        "not UTF-8": by_stripe(b"\xff\xfe"),
        "half a surrogate": by_stripe(event({"object": "refund", "payment_intent": "\ud800"})),
        "deep": by_stripe(DEEP),
        "a list": by_stripe(b"[]"),
        "no facts": by_stripe(b'{"id":"x"}'),
        "an impossible time": by_stripe(event({}, made=10**30)),
        "1 MB": by_stripe(b"x" * 1_000_000),
    }


def wechat_traps() -> dict[str, Sent]:
    good = resource({"out_trade_no": "1", "mchid": SETTINGS.wechat_pay_merchant})
    body, headers = by_wechat(good)
    return {
        "no header": (good, {}),
        "garbage": (body, {**headers, "Wechatpay-Signature": "garbage"}),
        "no number": (body, {**headers, "Wechatpay-Timestamp": "x"}),
        "huge number": (body, {**headers, "Wechatpay-Timestamp": "9" * 5000}),
        "another key": (body, {**headers, "Wechatpay-Serial": "PUB_KEY_ID_0"}),
        "wrong secret": by_wechat(good, key="wechat_pay_private_key"),
        "old": by_wechat(good, 310),
        "future": by_wechat(good, -360),
        "changed": (body + b" ", headers),
        "not UTF-8": by_wechat(b"\xff\xfe"),
        "deep": by_wechat(DEEP),
        "a list": by_wechat(b"[]"),
        "no facts": by_wechat(b'{"id":"x"}'),
        "no resource": by_wechat(resource({}, resource=7)),
        "an unsealed resource": by_wechat(resource({}, resource={"ciphertext": "AAAA"})),
        "a resource that is a list": by_wechat(resource([])),
        "an impossible time": by_wechat(resource({}, create_time="soon")),
        "1 MB": by_wechat(b"x" * 1_000_000),
    }


def alipay_traps() -> dict[str, Sent]:
    body, headers = by_alipay()
    unsigned = body.partition(b"&sign=")[0]
    return {
        "no signature": (unsigned, headers),
        "garbage": (unsigned + b"&sign=garbage", headers),
        "wrong secret": by_alipay(key="alipay_private_key"),
        "old": by_alipay(310),
        "future": by_alipay(-360),
        "changed": (body.replace(b"trade_no=2026", b"trade_no=2027"), headers),
        "not UTF-8": (b"\xff" + body, headers),
        "not UTF-8 inside": (body + b"&a=%FF%FE", headers),
        "no time": by_alipay(notify_time="soon"),
        "no id": by_alipay(notify_id=""),
        "many fields": (body + b"&a=1" * 500, headers),
        "no form": (b"{}", headers),
        "deep": (DEEP, headers),
        "1 MB": by_alipay(subject="x" * 1_000_000),
    }


TRAPS: dict[str, Callable[[], dict[str, Sent]]] = {
    "stripe": stripe_traps,
    "wechat_pay": wechat_traps,
    "alipay": alipay_traps,
}


@pytest.mark.parametrize("provider", TRAPS)
def test_traps_are_refused_and_nothing_is_kept(
    client: ApiClient, money: Trades, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    kept: list[Any] = []
    monkeypatch.setattr(storage, "note_notification", lambda *args: kept.append(args))
    for name, sent in TRAPS[provider]().items():
        assert 400 <= send(client, provider, sent).status < 500, name
    assert not kept


def test_what_is_genuine_is_kept_once_however_often_it_is_replayed(
    client: ApiClient, money: Trades
) -> None:
    long_ago = time.time() - 3600
    created = rfc3339(datetime.fromtimestamp(long_ago, Clock.outside().tzinfo))
    genuine = {
        "stripe": by_stripe(event({"object": "payment_intent", "id": "pi_1"}, made=long_ago)),
        "wechat_pay": by_wechat(resource({"out_trade_no": "1"}, create_time=created)),
        "alipay": by_alipay(290),
    }
    for provider, sent in genuine.items():
        body = sent[0] if provider != "alipay" else by_alipay(290, trade_no="")[0]
        for _ in range(3):
            assert send(client, provider, (body, sent[1])).status == 200, provider
        assert outside.work() == 1


def test_a_provider_that_is_none(client: ApiClient, money: Trades) -> None:
    assert send(client, "bank", (b"{}", {})).status == 404


THIN = {
    "id": "evt_thin",
    "object": "v2.core.event",
    "type": "v1.billing.meter.no_meter_found",
    "created": "2024-09-17T06:20:52.246Z",
    "related_object": {"id": "mtr_1", "type": "billing.meter", "url": "/v1/billing/meters/mtr_1"},
}
INTENT = {"object": "payment_intent", "id": "pi_none", "metadata": {}, "charges": {"data": []}}
CHARGE = {"object": "charge", "id": "ch_1", "refunds": {"object": "list", "data": []}}
OBJECTS: list[Any] = [
    {"object": "customer", "id": "cus_1"},
    INTENT,
    {**CHARGE, "payment_intent": "pi_none", "metadata": None},
    {**CHARGE, "payment_intent": INTENT, "customer": {"object": "customer", "id": "cus_1"}},
    {"object": "refund", "id": "re_1", "payment_intent": None, "charge": CHARGE},
    {"object": "checkout.session", "id": "cs_1", "payment_intent": "pi_none", "metadata": {}},
    {"object": "balance"},
    {},
]


@pytest.mark.parametrize("about", OBJECTS, ids=lambda about: str(about.get("object")))
def test_objects_of_any_version_are_read_or_acknowledged(
    client: ApiClient, money: Trades, about: object
) -> None:
    long_ago = event(about, "something.new", time.time() - 3600)
    assert send(client, "stripe", by_stripe(long_ago)).status == 200
    assert outside.work() >= 1


def test_an_event_without_its_object_is_acknowledged(client: ApiClient, money: Trades) -> None:
    thin = by_stripe(json.dumps(THIN).encode())
    assert send(client, "stripe", thin).status == 200


@given(JSON)
def test_whatever_is_signed_is_read_or_refused(value: object) -> None:
    from chalicelib.payments.providers.stripe import Stripe

    adapter = Stripe("", "sk", ["whsec"], "")
    body, headers = by_stripe(json.dumps(value).encode(), secret="whsec")
    lowered = {name.lower(): text for name, text in headers.items()}
    try:
        told = adapter.read_notification(lowered, body, [Clock.outside()])
    except NotGenuine:
        return
    given = (told.payment_id, told.reference, told.account)
    assert all(one is None or isinstance(one, str) for one in given)
    assert told.event_id
    assert told.made_at.tzinfo


def test_what_is_unknown_and_young_is_to_be_sent_again(client: ApiClient, money: Trades) -> None:
    about = {"object": "payment_intent", "id": "pi_x", "metadata": {"payment_id": new_id()}}
    assert send(client, "stripe", by_stripe(event(about))).status == 503
    old = event(about, made=time.time() - 600)
    assert send(client, "stripe", by_stripe(old)).status == 200


def test_the_old_secret_holds_while_it_is_rotated() -> None:
    from chalicelib.payments.providers.alipay import Alipay
    from chalicelib.payments.providers.stripe import Stripe
    from chalicelib.payments.providers.wechat_pay import WechatPay
    from chalicelib.payments.providers.wechat_pay_client import Merchant

    def key(name: str) -> str:
        return str(dependencies.secrets()[name])

    def stripe(*secrets: str) -> Stripe:
        return Stripe("", "sk", secrets, "")

    def wechat_pay(*names: str) -> WechatPay:
        own = key("wechat_pay_private_key"), key("wechat_pay_v3_key")
        ids = ["PUB_KEY_ID_NEW", SETTINGS.wechat_pay_public_key_id][-len(names) :]
        keys = dict(zip(ids, map(key, names), strict=True))
        return WechatPay("http://127.0.0.1", Merchant("1", "wx", "00", *own), keys, "")

    def alipay(*names: str) -> Alipay:
        return Alipay([AlipayClient("", "", "", key(name)) for name in names], "", "")

    new, own = "alipay_public_key", "wechat_pay_public_key"
    cases: list[tuple[Provider, Provider, Sent]] = [
        (stripe("new", "old"), stripe("new"), by_stripe(event({}), secret="old")),
        (wechat_pay(new, own), wechat_pay(new), by_wechat(resource({"out_trade_no": "1"}))),
        (alipay(own, new), alipay(own), by_alipay()),
    ]
    for rotating, done, (body, headers) in cases:
        lowered = {name.lower(): value for name, value in headers.items()}
        now = Clock.outside()
        assert rotating.read_notification(lowered, body, [now]).event_id
        with pytest.raises(NotGenuine):
            done.read_notification(lowered, body, [now])


def test_an_empty_secret_is_refused() -> None:
    from chalicelib.payments.providers.stripe import Stripe
    from chalicelib.payments.providers.wechat_pay import WechatPay
    from chalicelib.payments.providers.wechat_pay_client import Merchant

    for keys in ([""], ["good", " "]):
        with pytest.raises(ValueError, match="empty"):
            Stripe("", "sk", keys, "")
    with pytest.raises(ValueError, match="empty"):
        WechatPay("", Merchant("1", "wx", "00", "pem", ""), {"id": "pem"}, "")
    with pytest.raises(ValueError, match="empty"):
        WechatPay("", Merchant("1", "wx", "00", "pem", "key"), {"id": ""}, "")


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("mode", ["twice", "slow"])
def test_twice_or_late_is_one_charge_and_one_receipt(
    client: ApiClient, money: Trades, way: tuple[str, str], mode: Any
) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id, way)
    with outside.mode(mode):
        assert outside.act(payment["action"]) == 200
        outside.until(lambda: bool(shown(client, me, payment["payment_id"])["finished"]))
    time.sleep(0.3)
    outside.work()
    types = [entry.type for entry in storage.load_entries(payment["payment_id"])]
    assert types.count("payment.succeeded") == 1
    case = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert [entry["event"] for entry in case["timeline"]].count("case.paid") == 1


def test_money_of_another_amount_is_held_and_alarmed(client: ApiClient, money: Trades) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id)
    trade = money.find("stripe", payment["payment_id"])
    assert trade
    trade.cents -= 1
    assert outside.act(payment["action"]) == 200

    def held() -> bool:
        found = storage.load(payment["payment_id"])
        return (
            found is not None
            and found.undecided is not None
            and found.undecided.reason == "wrong_amount"
        )

    outside.until(held)
    assert not shown(client, me, payment["payment_id"])["finished"]
