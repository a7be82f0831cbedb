"""WeChat Pay v3: JSAPI payments inside the mini-program.

| trade_state | we say |
|---|---|
| NOTPAY | pending |
| USERPAYING | processing |
| SUCCESS, REFUND | succeeded |
| CLOSED, REVOKED | cancelled |
| PAYERROR | failed |
| no such order | unknown |

Our ids are the order's and the refunds' numbers. The library checks who signed a callback and we
check how old it is. Source: WeChat Pay merchant documentation, API v3, JSAPI and refunds.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from chalicelib.core.clock import Clock, rfc3339
from chalicelib.core.freshness import is_fresh
from chalicelib.core.money import Money
from chalicelib.payments.domain.next_action import Action
from chalicelib.payments.domain.provider_state import ProviderState, ProviderStatus
from chalicelib.payments.domain.refunds import ProviderRefundState
from chalicelib.payments.providers import bills
from chalicelib.payments.providers.base import (
    Acknowledgement,
    Listed,
    NotGenuine,
    Notification,
    Order,
    Refused,
    Started,
    Unanswered,
    optional_text,
    required_text,
    sense,
)
from chalicelib.payments.providers.wechat_pay_client import Merchant, WechatPayClient

_JSON: Final = "application/json"
_STATES: Final[Mapping[str, ProviderStatus]] = {
    "NOTPAY": "pending",
    "USERPAYING": "processing",
    "SUCCESS": "succeeded",
    "REFUND": "succeeded",
    "CLOSED": "cancelled",
    "REVOKED": "cancelled",
    "PAYERROR": "failed",
}
_REFUND_STATES: Final[Mapping[str, ProviderRefundState]] = {
    "SUCCESS": "succeeded",
    "PROCESSING": "pending",
    # The money waits for the merchant to say where it may go: it has not come back to us.
    "ABNORMAL": "abnormal",
    "CLOSED": "failed",
}


class WechatPay:
    """Speaks with WeChat Pay as one merchant."""

    name = "wechat_pay"
    taken = Acknowledgement(200, '{"code": "SUCCESS"}', _JSON)
    # "Bills are made at 9 on the next day; ask after 10."
    lists_after = timedelta(hours=10)

    def __init__(
        self,
        host: str,
        merchant: Merchant,
        public_keys: Mapping[str, str],
        notify_url: str,
        seconds: float = 6,
    ) -> None:
        """`public_keys` are the platform's, by their id, the present one first."""
        self.account: str | None = merchant.merchant_id
        self._client = WechatPayClient(host, merchant, public_keys, notify_url, seconds)

    def start(self, order: Order) -> Started:
        """Make the order and sign what `wx.requestPayment` takes."""
        from wechatpayv3 import WeChatPayType  # type: ignore[import-untyped] # noqa: PLC0415

        answer = self._client.ask(
            "pay",
            description=order.title,
            out_trade_no=order.payment_id,
            amount={"total": order.amount.cents, "currency": order.amount.currency.upper()},
            payer={"openid": order.payer},
            time_expire=rfc3339(order.expires_at),
            pay_type=WeChatPayType.MINIPROG,
        )
        if not isinstance(answer.get("prepay_id"), str):
            raise Unanswered
        return Started(None, self._action(answer["prepay_id"]))

    def fetch(self, order: Order) -> ProviderState:
        """Query the order, and each of its refunds."""
        try:
            order_state = self._client.ask("query", out_trade_no=order.payment_id)
        except Refused as refusal:
            if refusal.reason == "not_found":
                return ProviderState("unknown")
            raise Unanswered from refusal
        refunds = {one: self._refund_state(one) for one in order.refund_ids}
        return _state_of(order_state, refunds)

    def cancel(self, order: Order) -> ProviderState:
        """Close the order; what is paid already cannot be closed, and tells so."""
        try:
            self._client.ask("close", out_trade_no=order.payment_id)
        except Refused:
            return self.fetch(order)
        state = self.fetch(order)
        return ProviderState("cancelled") if state.status == "unknown" else state

    def refund(self, order: Order, refund_id: str, amount: Money) -> ProviderRefundState:
        """Ask for a refund."""
        sums = {
            "refund": amount.cents,
            "total": (order.received or order.amount).cents,
            "currency": amount.currency.upper(),
        }
        answer = self._client.ask(
            "refund", out_refund_no=refund_id, out_trade_no=order.payment_id, amount=sums
        )
        return _REFUND_STATES.get(str(answer.get("status")), "pending")

    def read_notification(
        self, headers: Mapping[str, str], body: bytes, moments: Sequence[datetime]
    ) -> Notification:
        """Verify the callback's signature and age, and open its resource."""
        stamp = headers.get("wechatpay-timestamp", "")
        if not stamp.isascii() or not stamp.isdecimal():
            raise NotGenuine
        made = int(stamp[:12])
        if not is_fresh(made, moments):
            raise NotGenuine
        return _notification(self._client.open_callback(headers, body))

    def listed(self, day: date) -> Sequence[Listed]:
        """Return the trade bill of a day, if what came is what was announced."""
        try:
            bill = self._client.ask("trade_bill", bill_date=str(day))
        except Refused as refusal:
            if refusal.reason == "NO_STATEMENT_EXIST":
                return ()
            raise Unanswered from refusal
        data = self._client.raw("download_bill", url=str(bill.get("download_url")))
        raw = data.encode() if isinstance(data, str) else data
        return bills.of_wechat_pay(raw, str(bill.get("hash_value")))

    def _action(self, prepay_id: str) -> Action:
        stamp, nonce = str(int(Clock.outside().timestamp())), secrets.token_hex(16)
        package = f"prepay_id={prepay_id}"
        signed = self._client.sign(stamp, nonce, package)
        return Action(
            "wx_request_payment",
            {
                "timeStamp": stamp,
                "nonceStr": nonce,
                "package": package,
                "signType": "RSA",
                "paySign": signed,
            },
        )

    def _refund_state(self, refund_id: str) -> ProviderRefundState:
        try:
            refund = self._client.ask("query_refund", out_refund_no=refund_id)
        except Refused as refusal:
            if refusal.reason == "not_found":
                return "unknown"
            raise Unanswered from refusal
        return _REFUND_STATES.get(str(refund.get("status")), "pending")


def _state_of(
    order_state: Mapping[str, Any], refunds: Mapping[str, ProviderRefundState]
) -> ProviderState:
    state = _STATES.get(str(order_state.get("trade_state")), "processing")
    received = None
    reference, at = order_state.get("transaction_id"), order_state.get("success_time")
    with sense():
        if state == "succeeded":
            amount = order_state["amount"]
            received = Money(int(amount["total"]), str(amount.get("currency", "CNY")).lower())
        return ProviderState(
            state,
            str(reference) if reference else None,
            received,
            datetime.fromisoformat(at) if at else None,
            str(order_state["mchid"]) if order_state.get("mchid") else None,
            refunds,
        )


def _notification(event: object) -> Notification:
    try:
        if not isinstance(event, dict) or not isinstance(event["resource"], dict):
            raise NotGenuine
        about = event["resource"]
        return Notification(
            required_text(event, "id"),
            required_text(event, "event_type"),
            datetime.fromisoformat(required_text(event, "create_time")),
            optional_text(about, "out_trade_no"),
            optional_text(about, "transaction_id"),
            optional_text(about, "mchid"),
        )
    except (KeyError, ValueError) as error:
        raise NotGenuine from error
