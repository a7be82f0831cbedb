"""What WeChat Pay and Alipay may answer to one request, and what each word of theirs means."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
import stripe

from chalicelib.core import http_client
from chalicelib.core.money import Money
from chalicelib.core.settings import SETTINGS
from chalicelib.payments import providers
from chalicelib.payments.domain.errors import MethodNotServed
from chalicelib.payments.providers.alipay import Alipay
from chalicelib.payments.providers.base import NotNow, Order, Refused, Unanswered
from chalicelib.payments.providers.stripe import Stripe, _action
from chalicelib.payments.providers.wechat_pay import WechatPay
from chalicelib.payments.providers.wechat_pay_client import Merchant
from tests.payments.made import FEE, HOUR, MONDAY

ORDER = Order(
    *("abcdefgh1234567Z", FEE, "wechat_pay", "wechat_mini", "护照", MONDAY, MONDAY + HOUR),
    refund_ids=("r1",),
)
TODAY = date(2026, 12, 7)
Answers = Mapping[str, tuple[int, object]]


def wechat_pay(answers: Answers) -> WechatPay:
    """Return an adapter whose vendor's library answers each verb so: a status and a body."""
    made = WechatPay("", Merchant("m", "app", "s", "pem", "v3"), {"k": "pem"}, "")
    said = {
        verb: (lambda _answer=answer, **_: (_answer[0], _text(_answer[1])))
        for verb, answer in answers.items()
    }
    sdk = SimpleNamespace(sign=lambda _parts: "signed", **said)
    vars(made._client)["_sdks"] = {"k": sdk}
    return made


def _text(body: object) -> object:
    return body if isinstance(body, (str, bytes)) else json.dumps(body)


def alipay(answers: Mapping[str, Mapping[str, Any]]) -> Alipay:
    """Return an adapter whose gateway answers each method so."""

    def call(method: str, *_: object) -> Mapping[str, Any]:
        return answers[method.removeprefix("alipay.")]

    client: Any = SimpleNamespace(call=call)
    return Alipay([client], "app", "https://hall.example/notify")


def stripe_that_answers(status: int, body: object) -> Stripe:
    """Return an adapter whose vendor's library hears this from the wire."""

    wire = stripe.RequestsClient()
    vars(wire)["request"] = lambda *_, **__: (json.dumps(body), status, {})
    made = Stripe("", "sk", ["whsec"], "")
    vars(made)["_client"] = stripe.StripeClient("sk", max_network_retries=0, http_client=wire)
    return made


GONE = (404, {"code": "ORDER_NOT_EXIST"})
PAID = (200, {"trade_state": "SUCCESS", "amount": {"total": 1000, "currency": "CNY"}})


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (GONE, "unknown"),
        ((200, {"trade_state": "NOTPAY"}), "pending"),
        ((200, {"trade_state": "USERPAYING"}), "processing"),
        ((200, {"trade_state": "CLOSED"}), "cancelled"),
        ((200, {"trade_state": "PAYERROR"}), "failed"),
        # What the table does not have goes on.
        ((200, {"trade_state": "NEW_WORD"}), "processing"),
    ],
)
def test_wechat_pays_words_for_an_order(answer: tuple[int, object], status: str) -> None:
    adapter = wechat_pay({"query": answer, "query_refund": GONE, "close": (204, "")})
    assert adapter.fetch(ORDER).status == status
    # What it does not know is closed as far as we are concerned.
    closed = adapter.cancel(ORDER).status
    assert closed == ("cancelled" if status == "unknown" else status)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (GONE, "unknown"),
        ((200, {"status": "SUCCESS"}), "succeeded"),
        ((200, {"status": "PROCESSING"}), "pending"),
        ((200, {"status": "ABNORMAL"}), "abnormal"),
        ((200, {"status": "CLOSED"}), "failed"),
        ((200, {"status": "NEW_WORD"}), "pending"),
    ],
)
def test_wechat_pays_words_for_a_refund(answer: tuple[int, object], status: str) -> None:
    adapter = wechat_pay({"query": (200, {"trade_state": "NOTPAY"}), "query_refund": answer})
    assert adapter.fetch(ORDER).refunds == {"r1": status}


REFUSED = (400, {"code": "PARAM_ERROR"})


@pytest.mark.parametrize(
    "answers",
    [
        {"query": REFUSED},
        {"query": (200, {"trade_state": "NOTPAY"}), "query_refund": REFUSED},
        {"query": (200, "[]")},
        {"query": (200, "7")},
        {"query": (200, "{")},
        {"query": (500, {"code": "SYSTEM_ERROR"})},
        {},
    ],
)
def test_what_wechat_pay_does_not_answer_is_asked_again(answers: Answers) -> None:
    with pytest.raises(Unanswered):
        wechat_pay(answers).fetch(ORDER)


@pytest.mark.parametrize("answer", [(200, {}), (200, {"prepay_id": 7}), (200, "")])
def test_a_start_without_a_number_is_no_start(answer: tuple[int, object]) -> None:
    with pytest.raises(Unanswered):
        wechat_pay({"pay": answer}).start(replace(ORDER, payer="openid"))


def test_a_start_gives_the_phone_what_it_passes_on() -> None:
    started = wechat_pay({"pay": (200, {"prepay_id": "wx1"})}).start(replace(ORDER, payer="openid"))
    assert started.action.kind == "wx_request_payment"
    assert started.action.fields["package"] == "prepay_id=wx1"
    assert started.action.fields["paySign"] == "signed"


def test_a_day_without_trades_has_no_bill_at_wechat_pay() -> None:
    assert wechat_pay({"trade_bill": (400, {"code": "NO_STATEMENT_EXIST"})}).listed(TODAY) == ()
    with pytest.raises(Unanswered):
        wechat_pay({"trade_bill": REFUSED}).listed(TODAY)


def node(**fields: object) -> Mapping[str, object]:
    return {"code": "10000", **fields}


def refused(sub_code: str, code: str = "40004") -> Mapping[str, object]:
    return {"code": code, "sub_code": sub_code}


DONE = {"refund_status": "REFUND_SUCCESS"}
NO_TRADE = refused("ACQ.TRADE_NOT_EXIST")


@pytest.mark.parametrize(
    ("answer", "status", "cents"),
    [
        (NO_TRADE, "unknown", None),
        (node(trade_status="WAIT_BUYER_PAY"), "pending", None),
        (node(trade_status="TRADE_SUCCESS", total_amount="10.00"), "succeeded", 1000),
        (node(trade_status="TRADE_FINISHED", total_amount="10.01"), "succeeded", 1001),
        (node(trade_status="TRADE_CLOSED"), "cancelled", None),
        # Closed after it was paid is given back whole.
        (
            node(
                trade_status="TRADE_CLOSED",
                total_amount="10.00",
                send_pay_date="2026-12-07 09:00:00",
            ),
            *("succeeded", 1000),
        ),
        (node(trade_status="NEW_WORD"), "processing", None),
    ],
)
def test_alipays_words_for_a_trade(
    answer: Mapping[str, object], status: str, cents: int | None
) -> None:
    adapter = alipay(
        {"trade.query": answer, "trade.fastpay.refund.query": NO_TRADE, "trade.close": node()}
    )
    for state in (adapter.fetch(ORDER), adapter.cancel(ORDER)):
        assert state.status == status
        assert (state.received and state.received.cents) == cents


@pytest.mark.parametrize(
    ("closing", "then", "status"),
    [
        (NO_TRADE, node(), "cancelled"),
        # What is paid already cannot be closed, and tells so.
        (
            refused("ACQ.TRADE_STATUS_ERROR"),
            node(trade_status="TRADE_SUCCESS", total_amount="10.00"),
            "succeeded",
        ),
    ],
)
def test_what_alipay_cannot_close_tells_its_state(
    closing: Mapping[str, object], then: Mapping[str, object], status: str
) -> None:
    answers = {"trade.close": closing, "trade.query": then, "trade.fastpay.refund.query": node()}
    assert alipay(answers).cancel(ORDER).status == status


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (node(**DONE), "succeeded"),
        (node(), "unknown"),
        (NO_TRADE, "unknown"),
        (node(**DONE, deposit_back_info="?"), "succeeded"),
        (
            node(**DONE, deposit_back_info={"dback_status": "S"}),
            "succeeded",
        ),
        # The payer's bank did not take it.
        (node(**DONE, deposit_back_info={"dback_status": "F"}), "failed"),
    ],
)
def test_alipays_words_for_a_refund(answer: Mapping[str, object], status: str) -> None:
    adapter = alipay({"trade.refund": node(), "trade.fastpay.refund.query": answer})
    assert adapter.refund(ORDER, "r1", Money(1)) == status
    gone = alipay({"trade.refund": node(fund_change="Y")})
    assert gone.refund(ORDER, "r1", Money(1, "hkd")) == "succeeded"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused("ACQ.SYSTEM_ERROR"), Unanswered),
        (refused("isp.unknow-error"), Unanswered),
        (refused("aop.invalid-auth-token", "20000"), Unanswered),
        ({"code": "20000"}, Unanswered),
        (refused("ACQ.SELLER_BALANCE_NOT_ENOUGH"), NotNow),
        (refused("isv.invalid-signature", "40002"), NotNow),
        ({"code": "40003"}, NotNow),
        (refused("ACQ.REASON_TRADE_REFUND_FEE_ERR"), Refused),
        (refused("ACQ.SOMETHING", "10000"), Refused),
        ({}, NotNow),
        ({"code": "20001"}, NotNow),
        (refused("isv.insufficient-isv-permissions", "20001"), NotNow),
        ({"code": "49999"}, NotNow),
    ],
)
def test_what_alipay_refuses_is_told_apart(
    answer: Mapping[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error) as raised:
        alipay({"trade.refund": answer}).refund(ORDER, "r1", Money(1))
    assert raised.type is error


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, "SIGN_ERROR", NotNow),
        (403, "NO_AUTH", NotNow),
        (403, "NOT_ENOUGH", NotNow),
        (403, "ACCOUNT_ERROR", NotNow),
        (429, "FREQUENCY_LIMITED", NotNow),
        (429, "RATELIMIT_EXCEEDED", NotNow),
        (405, "NEW_WORD", NotNow),
        # Who we are is ours to mend; the money is still owed.
        (400, "MCH_NOT_EXISTS", NotNow),
        (404, "MCH_NOT_EXISTS", NotNow),
        (400, "APPID_MCHID_NOT_MATCH", NotNow),
        (403, "USER_ACCOUNT_ABNORMAL", Refused),
        (400, "USER_ACCOUNT_ABNORMAL", Refused),
        (400, "INVALID_REQUEST", Refused),
        (404, "RESOURCE_NOT_EXISTS", Refused),
        (500, "SYSTEM_ERROR", Unanswered),
        (502, "USER_ACCOUNT_ABNORMAL", Unanswered),
    ],
)
def test_what_wechat_pay_refuses_is_told_apart(
    status: int, code: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as raised:
        wechat_pay({"refund": (status, {"code": code})}).refund(ORDER, "r1", Money(1))
    assert raised.type is error


def test_a_merchant_that_is_not_known_has_not_lost_the_order() -> None:
    """Taken for an order that is not there, a paid one would be closed."""
    with pytest.raises(NotNow):
        wechat_pay({"query": (404, {"code": "MCH_NOT_EXISTS"})}).fetch(ORDER)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, None, NotNow),
        (403, None, NotNow),
        (429, "rate_limit", NotNow),
        (429, "lock_timeout", NotNow),
        (400, "balance_insufficient", NotNow),
        (400, "charge_already_refunded", Refused),
        (404, "resource_missing", Refused),
        (409, "idempotency_key_in_use", Unanswered),
        (500, None, Unanswered),
    ],
)
def test_what_stripe_refuses_is_told_apart(
    status: int, code: str | None, error: type[Exception]
) -> None:
    body = {"error": {"type": "invalid_request_error", "code": code}}
    adapter = stripe_that_answers(status, body)
    with pytest.raises(error) as raised:
        adapter.refund(replace(ORDER, reference="pi_1"), "r1", Money(1))
    assert raised.type is error


def test_a_trade_that_is_asked_for_wrongly_is_no_state() -> None:
    with pytest.raises(Unanswered):
        alipay({"trade.query": refused("ACQ.INVALID_PARAMETER")}).fetch(ORDER)
    for number in ("", 7, None):
        with pytest.raises(Unanswered):
            alipay({"trade.create": node(trade_no=number)}).start(ORDER)


def test_a_day_without_trades_has_no_bill_at_alipay(monkeypatch: pytest.MonkeyPatch) -> None:
    method = "data.dataservice.bill.downloadurl.query"
    assert alipay({method: refused("isp.bill_not_exist")}).listed(TODAY) == ()
    with pytest.raises(Unanswered):
        alipay({method: refused("isv.invalid-arguments")}).listed(TODAY)

    def lost(*_: object) -> bytes:
        raise http_client.RequestError

    monkeypatch.setattr(http_client, "download", lost)
    with pytest.raises(Unanswered):
        alipay({method: node(bill_download_url="https://bill.example")}).listed(TODAY)


def test_stripe_may_ask_nothing_more_of_a_phone() -> None:
    for method in ("wechat_pay", "alipay"):
        order = replace(ORDER, method=method)
        intents: list[dict[str, Any]] = [{}, {"next_action": None}, {"next_action": {"new": {}}}]
        assert {_action(intent, order).kind for intent in intents} == {"none"}


def test_methods_are_served_by_the_providers_that_the_settings_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    methods = {("card", "*"): "stripe", ("alipay", "web"): "stripe", ("alipay", "kiosk"): "bank"}
    monkeypatch.setattr(providers, "SETTINGS", replace(SETTINGS, payment_methods=methods))
    assert providers.serving("card", "kiosk") == "stripe"
    assert providers.serving("alipay", "web") == "stripe"
    refused_: list[tuple[str, str]] = [("wechat_pay", "web"), ("alipay", "kiosk")]
    for method, client in refused_:
        with pytest.raises(MethodNotServed):
            providers.serving(method, client)
    assert providers.in_use() == ["stripe"]


def test_a_bill_is_asked_for_when_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Callable[[], Any]] = {
        "alipay": lambda: alipay({}),
        "none": lambda: SimpleNamespace(name="none"),
    }
    monkeypatch.setattr(providers, "provider", lambda name: made[name]())
    ten = MONDAY.replace(hour=10) + 24 * HOUR
    assert providers.bookkeeper("alipay", TODAY, ten)
    assert providers.bookkeeper("alipay", TODAY, ten - HOUR / 3600) is None
    assert providers.bookkeeper("none", TODAY, ten) is None
