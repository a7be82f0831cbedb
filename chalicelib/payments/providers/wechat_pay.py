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

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from chalicelib.core.clock import Clock, rfc3339
from chalicelib.core.freshness import is_fresh
from chalicelib.core.money import Money
from chalicelib.payments.domain import ProviderState
from chalicelib.payments.providers import bills
from chalicelib.payments.providers.base import (
    Acknowledgement,
    Action,
    Listed,
    NotGenuine,
    Notification,
    NotNow,
    Order,
    RefundState,
    Refused,
    Started,
    Truth,
    Unanswered,
    optional_text,
    required_text,
    sense,
)

_LOG: Final = logging.getLogger("onetrip.payments")
_OK: Final = 200
_NO_CONTENT: Final = 204
_NOT_FOUND: Final = 404
_SERVER_ERROR: Final = 500
# Not our right to ask, or too often; of the rest of 403 only these are about this one payment.
_NOT_NOW: Final = frozenset({401, 403, 429})
_FOR_GOOD: Final = frozenset({"USER_ACCOUNT_ABNORMAL", "TRADE_ERROR", "RULELIMIT"})
_JSON: Final = "application/json"
_UNREADABLE: Final = "unreadable"
_STATES: Final[Mapping[str, ProviderState]] = {
    "NOTPAY": "pending",
    "USERPAYING": "processing",
    "SUCCESS": "succeeded",
    "REFUND": "succeeded",
    "CLOSED": "cancelled",
    "REVOKED": "cancelled",
    "PAYERROR": "failed",
}
_REFUND_STATES: Final[Mapping[str, RefundState]] = {
    "SUCCESS": "succeeded",
    "PROCESSING": "pending",
    # The money waits for the merchant to say where it may go: it has not come back to us.
    "ABNORMAL": "abnormal",
    "CLOSED": "failed",
}


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who we are: merchant number, app, certificate's serial number, key, and the v3 key."""

    merchant_id: str
    app_id: str
    serial: str
    private_pem: str
    v3_key: str


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
        if not all((merchant.v3_key, merchant.private_pem, public_keys, *public_keys.values())):
            raise ValueError("an empty secret could be forged")
        self.account: str | None = merchant.merchant_id
        self._host = host
        self._merchant = merchant
        self._public_keys = dict(public_keys)
        self._notify_url = notify_url
        self._seconds = seconds

    def start(self, order: Order) -> Started:
        """Make the order and sign what `wx.requestPayment` takes."""
        from wechatpayv3 import WeChatPayType  # type: ignore[import-untyped] # noqa: PLC0415

        answer = self._ask(
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

    def fetch(self, order: Order) -> Truth:
        """Query the order, and each of its refunds."""
        try:
            found = self._ask("query", out_trade_no=order.payment_id)
        except Refused as refusal:
            if refusal.reason == "not_found":
                return Truth("unknown")
            raise Unanswered from refusal
        refunds = {one: self._refund_state(one) for one in order.refund_ids}
        return _truth(found, refunds)

    def cancel(self, order: Order) -> Truth:
        """Close the order; what is paid already cannot be closed, and tells so."""
        try:
            self._ask("close", out_trade_no=order.payment_id)
        except Refused:
            return self.fetch(order)
        found = self.fetch(order)
        return Truth("cancelled") if found.state == "unknown" else found

    def refund(self, order: Order, refund_id: str, amount: Money) -> RefundState:
        """Ask for a refund."""
        sums = {
            "refund": amount.cents,
            "total": (order.received or order.amount).cents,
            "currency": amount.currency.upper(),
        }
        answer = self._ask(
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
        # The library asks the platform for certificates when it does not know the key.
        if headers.get("wechatpay-serial") not in self._public_keys:
            raise NotGenuine
        client = self._clients[headers["wechatpay-serial"]]
        try:
            event = client.callback(dict(headers), body)
        except Exception as error:  # The library raises nothing narrower.
            raise NotGenuine from error
        return _notification(event)

    def listed(self, day: date) -> Sequence[Listed]:
        """Return the trade bill of a day, if what came is what was announced."""
        try:
            bill = self._ask("trade_bill", bill_date=str(day))
        except Refused as refusal:
            if refusal.reason == "NO_STATEMENT_EXIST":
                return ()
            raise Unanswered from refusal
        data = self._raw("download_bill", url=str(bill.get("download_url")))
        raw = data.encode() if isinstance(data, str) else data
        return bills.of_wechat_pay(raw, str(bill.get("hash_value")))

    def _action(self, prepay_id: str) -> Action:
        stamp, nonce = str(int(Clock.outside().timestamp())), secrets.token_hex(16)
        package = f"prepay_id={prepay_id}"
        signed = self._client.sign([self._merchant.app_id, stamp, nonce, package])
        return Action(
            "wx_request_payment",
            {
                "timeStamp": stamp,
                "nonceStr": nonce,
                "package": package,
                "signType": "RSA",
                "paySign": str(signed),
            },
        )

    def _refund_state(self, refund_id: str) -> RefundState:
        try:
            found = self._ask("query_refund", out_refund_no=refund_id)
        except Refused as refusal:
            if refusal.reason == "not_found":
                return "unknown"
            raise Unanswered from refusal
        return _REFUND_STATES.get(str(found.get("status")), "pending")

    def _ask(self, verb: str, **given: Any) -> Mapping[str, Any]:
        text = self._raw(verb, **given)
        try:
            found = json.loads(text or "{}")
        except (ValueError, RecursionError) as error:
            raise Unanswered from error
        if not isinstance(found, dict):
            raise Unanswered
        return found

    def _raw(self, verb: str, **given: Any) -> bytes | str:
        try:
            status, text = getattr(self._client, verb)(**given)
        except Exception as error:  # The library raises nothing narrower.
            _LOG.warning("no answer", extra={"provider": self.name})
            raise Unanswered from error
        if status in (_OK, _NO_CONTENT):
            return text if isinstance(text, bytes) else str(text)
        code = _code(text)
        if status >= _SERVER_ERROR or code == _UNREADABLE:
            _LOG.warning("no answer", extra={"provider": self.name, "vendor_code": code})
            raise Unanswered
        if status in _NOT_NOW and code not in _FOR_GOOD:
            _LOG.warning("not now", extra={"provider": self.name, "vendor_code": code})
            raise NotNow(code)
        raise Refused("not_found" if status == _NOT_FOUND else code)

    @property
    def _client(self) -> Any:
        return next(iter(self._clients.values()))

    @cached_property
    def _clients(self) -> Mapping[str, Any]:
        from wechatpayv3 import WeChatPay, WeChatPayType  # noqa: PLC0415 - cold start.

        found = {}
        for key_id, public_pem in self._public_keys.items():
            client = WeChatPay(
                wechatpay_type=WeChatPayType.MINIPROG,
                mchid=self._merchant.merchant_id,
                private_key=self._merchant.private_pem,
                cert_serial_no=self._merchant.serial,
                appid=self._merchant.app_id,
                apiv3_key=self._merchant.v3_key,
                notify_url=self._notify_url,
                timeout=(2, self._seconds),
                public_key=public_pem,
                public_key_id=key_id,
            )
            # The library has no setting for the host.
            client._core._gate_way = self._host  # noqa: SLF001
            found[key_id] = client
        return found


def _truth(found: Mapping[str, Any], refunds: Mapping[str, RefundState]) -> Truth:
    state = _STATES.get(str(found.get("trade_state")), "processing")
    received = None
    reference, at = found.get("transaction_id"), found.get("success_time")
    with sense():
        if state == "succeeded":
            amount = found["amount"]
            received = Money(int(amount["total"]), str(amount.get("currency", "CNY")).lower())
        return Truth(
            state,
            str(reference) if reference else None,
            received,
            datetime.fromisoformat(at) if at else None,
            str(found["mchid"]) if found.get("mchid") else None,
            refunds,
        )


def _notification(event: object) -> Notification:
    try:
        if not isinstance(event, dict) or not isinstance(event["resource"], dict):
            raise NotGenuine
        about = event["resource"]
        return Notification(
            required_text(event["id"]),
            required_text(event["event_type"]),
            datetime.fromisoformat(required_text(event["create_time"])),
            optional_text(about.get("out_trade_no")),
            optional_text(about.get("transaction_id")),
            optional_text(about.get("mchid")),
        )
    except (KeyError, ValueError) as error:
        raise NotGenuine from error


def _code(text: bytes | str) -> str:
    try:
        return str(json.loads(text)["code"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return _UNREADABLE
