"""Notifications: traps of signatures, times and shapes; what is unknown, doubled, of another."""

import json
import time
from typing import Any

import pytest

from chalicelib.core import wiring
from chalicelib.core.ids import new_id
from chalicelib.payments import storage
from infra.local.stand_ins.stripe import signed
from infra.local.stand_ins.trades import Trades
from tests.payments import outside
from tests.payments.paying import WAYS, begun, case_of, shown
from tests.support.client import Answer, ApiClient

PATH = "/v1/webhooks/payments/stripe"


def event(about: object, type_: str = "payment_intent.succeeded", made: float = 0) -> bytes:
    found = {
        "id": f"evt_{new_id()}",
        "object": "event",
        "created": int(made or time.time()),
        "data": {"object": about},
        "type": type_,
    }
    return json.dumps(found).encode()


def send(client: ApiClient, body: bytes, headers: dict[str, str] | None = None) -> Answer:
    given = signed(wiring.secret("stripe_webhook_secret"), body) if headers is None else headers
    return client.send("POST", PATH, body, headers=given)


def old(body: bytes, seconds: int) -> dict[str, str]:
    import hashlib
    import hmac

    stamp, secret = int(time.time()) - seconds, wiring.secret("stripe_webhook_secret")
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={stamp},v1={mac}"}


def traps() -> dict[str, tuple[bytes, dict[str, str]]]:
    good = event({"object": "payment_intent", "id": "pi_1"})
    deep = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    return {
        "no header": (good, {}),
        "garbage": (good, {"Stripe-Signature": "garbage"}),
        "no number": (good, {"Stripe-Signature": "t=x,v1=aa"}),
        "huge number": (good, {"Stripe-Signature": f"t={'9' * 5000},v1=aa"}),
        "not ascii": (good, {"Stripe-Signature": f"t={int(time.time())},v1=é"}),
        "wrong secret": (good, signed("whsec_wrong", good)),
        "old": (good, old(good, 310)),
        "future": (good, old(good, -360)),
        "changed": (good + b" ", signed(wiring.secret("stripe_webhook_secret"), good)),
        "not UTF-8": (b"\xff\xfe", old(b"\xff\xfe", 0)),
        "deep": (deep, signed(wiring.secret("stripe_webhook_secret"), deep)),
        "a list": (b"[]", old(b"[]", 0)),
        "no object": (b'{"id":"x"}', old(b'{"id":"x"}', 0)),
        "1 MB": (b"x" * 1_000_000, old(b"x" * 1_000_000, 0)),
    }


def test_traps_are_refused_and_nothing_is_kept(
    client: ApiClient, money: Trades, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Any] = []
    monkeypatch.setattr(storage, "note_notification", lambda *args: kept.append(args))
    for name, (body, headers) in traps().items():
        answer = send(client, body, headers)
        assert 400 <= answer.status < 500, name
    assert not kept


@pytest.mark.parametrize("provider", ["wechat_pay", "alipay"])
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{}", {}),
        (b"\xff", {"Wechatpay-Timestamp": "x"}),
        (b"{}", {"Wechatpay-Timestamp": str(int(time.time())), "Wechatpay-Serial": "00"}),
        (b"notify_id=1&notify_time=2026-11-24+10:00:00&sign=AAAA", {}),
        (b"&".join([b"a=1"] * 500), {}),
        (b"notify_time=%00&sign=%FF", {}),
    ],
)
def test_traps_of_the_other_providers(
    client: ApiClient, money: Trades, provider: str, body: bytes, headers: dict[str, str]
) -> None:
    path = f"/v1/webhooks/payments/{provider}"
    assert client.send("POST", path, body, headers=headers).code == "invalid_signature"


def test_a_provider_that_is_none(client: ApiClient, money: Trades) -> None:
    assert client.send("POST", "/v1/webhooks/payments/bank", b"{}").status == 404


OBJECTS: list[Any] = [
    {"object": "customer", "id": "cus_1"},
    {"object": "payment_intent", "id": "pi_none", "metadata": {}},
    {"object": "charge", "id": "ch_1", "payment_intent": "pi_none", "metadata": None},
    {"object": "charge", "id": "ch_1", "payment_intent": {"id": "pi_none"}},
    {"object": "refund", "id": "re_1", "payment_intent": None},
    {"object": "balance"},
    {},
]


@pytest.mark.parametrize("about", OBJECTS, ids=str)
def test_objects_of_any_version_are_read_or_acknowledged(
    client: ApiClient, money: Trades, about: object
) -> None:
    long_ago = event(about, "something.new", time.time() - 3600)
    assert send(client, long_ago).status == 200
    assert outside.work() >= 1


def test_what_is_unknown_and_young_is_to_be_sent_again(client: ApiClient, money: Trades) -> None:
    about = {"object": "payment_intent", "id": "pi_x", "metadata": {"payment_id": new_id()}}
    assert send(client, event(about)).status == 503
    assert send(client, event(about, made=time.time() - 600)).status == 200


def test_the_old_secret_holds_while_it_is_rotated() -> None:
    from chalicelib.core.clock import Clock
    from chalicelib.payments.providers.base import NotGenuine
    from chalicelib.payments.providers.stripe import Stripe

    now = Clock.outside()
    body = event({"object": "balance"})
    rotating = Stripe("", "sk", ["whsec_new", "whsec_old"], "")
    for secret in ("whsec_new", "whsec_old"):
        headers = {"stripe-signature": signed(secret, body)["Stripe-Signature"]}
        assert rotating.read_notification(headers, body, [now]).type
    with pytest.raises(NotGenuine):
        Stripe("", "sk", ["whsec_new"], "").read_notification(headers, body, [now])
    with pytest.raises(ValueError, match="empty"):
        Stripe("", "sk", [""], "")


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
        return found is not None and found.held == "wrong_amount"

    outside.until(held)
    assert not shown(client, me, payment["payment_id"])["finished"]
