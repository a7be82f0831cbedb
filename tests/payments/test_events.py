"""Events as anybody may send them: of any shape and time, signed or not; of other systems."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.catalogue import service as catalogue
from chalicelib.core.clock import Clock, rfc3339
from chalicelib.core.ids import new_id
from chalicelib.core.money import Money
from chalicelib.core.settings import SETTINGS
from chalicelib.payments import providers
from chalicelib.payments.domain.payments import YOUNG
from chalicelib.payments.providers.base import NotGenuine
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
from tests.support.cases import city_worker, worker
from tests.support.client import ApiClient

TIMES = [
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-12-07T09:00:00",
    "2026-13-45 99:99:99",
    "1e400",
    "NaN",
    "-1",
    "",
    "\x00",
    "9" * 400,
]
NUMBERS: list[object] = [
    0,
    -1,
    -62135596800,
    253402300799,
    10**18,
    -(10**30),
    1e308,
    float("nan"),
    True,
    None,
    [],
]
# The client is the same for all inputs.
ANY = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SIGNERS: dict[str, Callable[[bytes], Sent]] = {
    "stripe": by_stripe,
    "wechat_pay": by_wechat,
    "alipay": lambda body: (body, FORM),
}


def in_json(value: object) -> bytes:
    return json.dumps(value).encode()


def at_any_time(when: object) -> list[tuple[str, Sent]]:
    """Return an event of each provider, made at a time, signed and unsigned; and its headers."""
    text = str(when)
    about = {"object": "payment_intent", "id": "pi_1", "metadata": {"payment_id": new_id()}}
    stripe = event(about).replace(b'"created": ', b'"created": ' + in_json(when) + b', "x": ')
    wechat = resource({"out_trade_no": new_id()}, create_time=when)
    form = urlencode({"notify_id": "1", "notify_type": "x", "notify_time": text, "sign": "AAAA"})
    header = text.replace("\x00", "")
    return [
        ("stripe", by_stripe(stripe)),
        ("stripe", (stripe, {"Stripe-Signature": f"t={header},v1=00"})),
        ("wechat_pay", by_wechat(wechat)),
        ("wechat_pay", (wechat, by_wechat(wechat)[1] | {"Wechatpay-Timestamp": header})),
        ("alipay", by_alipay(notify_time=text, out_trade_no=new_id())),
        ("alipay", (form.encode(), FORM)),
    ]


@pytest.mark.parametrize("when", [*TIMES, *NUMBERS], ids=str)
def test_a_time_of_no_sense_is_refused_and_breaks_nothing(
    client: ApiClient, money: Trades, when: object
) -> None:
    for provider, sent in at_any_time(when):
        answer = send(client, provider, sent)
        assert answer.status in (200, 401), (provider, answer.status, answer.body)
        # What is old is acknowledged; only an unknown number of ours may be sent again.
        assert provider != "alipay" or answer.status == 401


@ANY
@given(st.sampled_from(sorted(SIGNERS)), st.binary(max_size=60) | JSON.map(in_json))
def test_no_body_is_a_servers_fault(client: ApiClient, provider: str, body: bytes) -> None:
    unsigned = send(client, provider, (body, {}))
    assert 400 <= unsigned.status < 500
    assert send(client, provider, SIGNERS[provider](body)).status < 500


@ANY
@given(st.dictionaries(st.sampled_from(["notify_time", "notify_id", "notify_type", "trade_no",
       "out_trade_no", "app_id", "x"]), st.text(max_size=12), max_size=5))  # fmt: skip
def test_no_signed_form_is_a_servers_fault(client: ApiClient, fields: dict[str, str]) -> None:
    try:
        sent = by_alipay(0, "stand_in_alipay_private_key", **fields)
    except UnicodeEncodeError:
        return
    assert send(client, "alipay", sent).status < 500


@ANY
@given(st.sampled_from(sorted(SIGNERS)), st.data())
def test_no_header_is_a_servers_fault(
    client: ApiClient, provider: str, data: st.DataObject
) -> None:
    names = ["Stripe-Signature", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial",
             "Wechatpay-Signature", "Wechatpay-Signature-Type"]  # fmt: skip
    text = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)
    part = st.sampled_from(["t=", "t=1", f"t={int(time.time())}", ",v1=", "v1=aa", ",", "=", "-1"])
    value = text | st.lists(part, max_size=4).map("".join)
    changes = data.draw(st.dictionaries(st.sampled_from(names), value, min_size=1, max_size=3))
    body, headers = SIGNERS[provider](event({}))
    assert 200 <= send(client, provider, (body, {**headers, **changes})).status < 500


@ANY
@given(JSON)
def test_no_adapter_takes_an_event_without_an_id_a_type_and_a_time(value: object) -> None:
    adapter = providers.provider("wechat_pay")
    body, headers = by_wechat(resource({}, id=value, event_type=value, create_time=value))
    lowered = {name.lower(): text for name, text in headers.items()}
    with pytest.raises(NotGenuine):
        adapter.read_notification(lowered, body, [Clock.outside()])


@pytest.mark.parametrize(
    "change",
    [{"id": ""}, {"id": None}, {"id": 7}, {"type": None}, {"type": ""}, {"created": False}],
)
def test_what_is_signed_and_no_event_is_refused(
    client: ApiClient, money: Trades, change: dict[str, object]
) -> None:
    body = json.dumps(json.loads(event({})) | change).encode()
    assert send(client, "stripe", by_stripe(body)).status == 401


@pytest.mark.parametrize("by", ["stripe", "wechat_pay"])
def test_money_that_nobody_knows_is_the_whole_citys_alarm(
    client: ApiClient, money: Trades, by: str
) -> None:
    # Ours has letters of both cases.
    number, age = f"aZ{new_id(14)}", 2 * YOUNG
    early = Clock.outside() - age
    about = {"object": "payment_intent", "id": "pi_1", "metadata": {"payment_id": number}}
    order = {"out_trade_no": number, "mchid": SETTINGS.wechat_pay_merchant}
    told = {
        "stripe": by_stripe(event(about, "payment_intent.succeeded", early.timestamp())),
        "wechat_pay": by_wechat(resource(order, create_time=rfc3339(early))),
    }[by]
    assert send(client, by, told).status < 300

    def alarms(token: str) -> list[dict[str, Any]]:
        query = "?kind=fee&limit=100"
        items = client.get(f"/v1/admin/alerts{query}", token=token).json()["items"]
        return [one for one in items if one["code"] == "unknown_payment"]

    for office_id in catalogue.current().offices:
        assert alarms(worker(client, "supervisor", office_id)) == []
    seen = {one["facts"]["provider"] for one in alarms(city_worker(client))}
    assert by in seen


OTHERS = ["", "ORDER-2026-000017", "2026112912345678", "9f86d081884c7d65", "x" * 500]


@pytest.mark.parametrize("number", OTHERS, ids=lambda number: number[:20])
def test_events_of_other_systems_on_the_account_are_acknowledged_and_no_alarm(
    client: ApiClient, money: Trades, number: str
) -> None:
    boss = city_worker(client)

    def alarms() -> set[str]:
        found = client.get("/v1/admin/alerts?kind=fee&limit=100", token=boss).json()["items"]
        return {one["subject_id"] for one in found}

    before = alarms()
    marks = {"payment_id": number} if number else {}
    intent = {"object": "payment_intent", "id": f"pi_{new_id()}", "metadata": marks}
    charge = {"object": "charge", "id": "ch_1", "payment_intent": intent["id"], "metadata": marks}
    for age in (0, 3600):
        made = time.time() - age
        for about, kind in ((intent, "payment_intent.succeeded"), (charge, "charge.refunded")):
            told = by_stripe(event(about, kind, made))
            assert send(client, "stripe", told).status == 200
    order = {"out_trade_no": number, "mchid": SETTINGS.wechat_pay_merchant}
    assert send(client, "wechat_pay", by_wechat(resource(order))).status == 200
    assert send(client, "alipay", by_alipay(out_trade_no=number)).status == 200
    # Each is recorded.
    assert outside.work() == 6
    assert alarms() == before


@pytest.mark.parametrize(
    ("facts", "currency"),
    [
        ({"trans_currency": "CNY", "pay_currency": "HKD", "pay_amount": "131.50"}, "cny"),
        ({"pay_currency": "HKD", "pay_amount": "131.50"}, "cny"),
        ({"trans_currency": "HKD", "pay_currency": "CNY"}, "hkd"),
    ],
)
def test_the_price_of_an_alipay_trade_is_in_its_own_currency_not_in_the_buyers(
    facts: dict[str, str], currency: str
) -> None:
    adapter = providers.provider("alipay")
    node = {"trade_status": "TRADE_SUCCESS", "total_amount": "12.00", "trade_no": "1", **facts}
    order = type("Order", (), {"amount": Money(1200)})
    state = adapter._state_of(node, order, {})  # type: ignore[attr-defined]
    assert state.received == Money(1200, currency)
