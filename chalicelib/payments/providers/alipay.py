"""Alipay: trades inside the mini-program, by RSA2-signed calls.

| trade_status | we say |
|---|---|
| WAIT_BUYER_PAY | pending |
| TRADE_SUCCESS, TRADE_FINISHED | succeeded |
| TRADE_CLOSED with a time of payment (given back whole) | succeeded |
| TRADE_CLOSED without | cancelled |
| ACQ.TRADE_NOT_EXIST | unknown |

A refund is done when its answer says so. Source: Alipay open platform, `alipay.trade.create`,
`query`, `close`, `refund`, `fastpay.refund.query`, asynchronous notifications, and
`alipay.data.dataservice.bill.downloadurl.query`.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl

from chalicelib.core import http_client
from chalicelib.core.alipay_client import AlipayClient
from chalicelib.core.clock import OFFICE_ZONE, Clock, office_time
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
    NotNow,
    Order,
    Refused,
    Started,
    Unanswered,
    optional_text,
    sense,
)

_LOG: Final = logging.getLogger("onetrip.payments")
_TEXT: Final = "text/plain"
_MOST_FIELDS: Final = 200
_NOT_EXIST: Final = "ACQ.TRADE_NOT_EXIST"
_NO_BILL: Final = "isp.bill_not_exist"
_LARGEST_BILL: Final = 64 * 1024 * 1024
# Their trouble, or a state that passes: what was done is not known.
_UNCLEAR: Final = ("isp.", "aop.", "ACQ.SYSTEM_ERROR", "ACQ.DISCORDANT_REPEAT_REQUEST")
# Of the gateway's codes only these are about the business: the others are about how we asked.
_BUSINESS: Final = frozenset({"10000", "40004"})
_NOT_NOW: Final = frozenset({"ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.REFUND_FEE_ERROR_RETRY"})
_STATES: Final[Mapping[str, ProviderStatus]] = {
    "WAIT_BUYER_PAY": "pending",
    "TRADE_SUCCESS": "succeeded",
    "TRADE_FINISHED": "succeeded",
    "TRADE_CLOSED": "cancelled",
}


class Alipay:
    """Speaks with Alipay as one app."""

    name = "alipay"
    taken = Acknowledgement(200, "success", _TEXT)
    # "The bill of a day is usually made before 9 on the next."
    lists_after = timedelta(hours=10)

    def __init__(
        self, clients: Sequence[AlipayClient], app_id: str, notify_url: str, seconds: float = 6
    ) -> None:
        """`clients` differ in the platform's key, the present one first."""
        self.account: str | None = app_id
        self._clients = tuple(clients)
        self._notify_url = notify_url
        self._seconds = seconds

    def start(self, order: Order) -> Started:
        """Create the trade that `my.tradePay` takes."""
        buyer = order.payer or ""
        # Old accounts have a number beginning with 2088, new ones an open id.
        name = "buyer_id" if buyer.startswith("2088") else "buyer_open_id"
        node = self._ask(
            "alipay.trade.create",
            {
                "out_trade_no": order.payment_id,
                "total_amount": _yuan(order.amount),
                "subject": order.title,
                name: buyer,
                "product_code": "JSAPI_PAY",
                "op_app_id": str(self.account),
                "time_expire": f"{office_time(order.expires_at):%Y-%m-%d %H:%M:%S}",
            },
            {"notify_url": self._notify_url},
        )
        trade = node.get("trade_no")
        if not isinstance(trade, str) or not trade:
            raise Unanswered
        return Started(trade, Action("my_trade_pay", {"tradeNO": trade}))

    def fetch(self, order: Order) -> ProviderState:
        """Query the trade, and each of its refunds."""
        try:
            node = self._ask("alipay.trade.query", {"out_trade_no": order.payment_id})
        except Refused as refusal:
            if refusal.reason == _NOT_EXIST:
                return ProviderState("unknown")
            raise Unanswered from refusal
        refunds = {one: self._refund_state(order, one) for one in order.refund_ids}
        return self._state_of(node, order, refunds)

    def cancel(self, order: Order) -> ProviderState:
        """Close the trade; what is paid already cannot be closed, and tells so."""
        try:
            self._ask("alipay.trade.close", {"out_trade_no": order.payment_id})
        except Refused as refusal:
            if refusal.reason == _NOT_EXIST:
                return ProviderState("cancelled")
            return self.fetch(order)
        return self.fetch(order)

    def refund(self, order: Order, refund_id: str, amount: Money) -> ProviderRefundState:
        """Give back; the same request number gives back once."""
        asked = {
            "out_trade_no": order.payment_id,
            "refund_amount": _yuan(amount),
            "out_request_no": refund_id,
            # Left out, it is CNY.
            **({} if amount.currency == "cny" else {"refund_currency": amount.currency.upper()}),
        }
        node = self._ask("alipay.trade.refund", asked)
        return (
            "succeeded" if node.get("fund_change") == "Y" else self._refund_state(order, refund_id)
        )

    def read_notification(
        self, headers: Mapping[str, str], body: bytes, moments: Sequence[datetime]
    ) -> Notification:
        """Verify the form's signature and age."""
        del headers
        try:
            fields = dict(parse_qsl(body.decode(), True, True, max_num_fields=_MOST_FIELDS))
            # Nothing of what nobody signed is read.
            if not any(client.verify_form(fields) for client in self._clients):
                raise NotGenuine
            told = Notification(
                fields["notify_id"],
                fields["notify_type"],
                _local(fields["notify_time"]),
                optional_text(fields, "out_trade_no"),
                optional_text(fields, "trade_no"),
                optional_text(fields, "app_id"),
            )
        except (ValueError, KeyError) as error:
            raise NotGenuine from error
        if not is_fresh(told.made_at.timestamp(), moments):
            raise NotGenuine
        return told

    def listed(self, day: date) -> Sequence[Listed]:
        """Return the trade bill of a day."""
        asked = {"bill_type": "trade", "bill_date": str(day)}
        try:
            node = self._ask("alipay.data.dataservice.bill.downloadurl.query", asked)
            address = str(node.get("bill_download_url"))
            data = http_client.download(address, self._seconds * 5, _LARGEST_BILL)
        except Refused as refusal:
            if refusal.reason == _NO_BILL:
                return ()
            raise Unanswered from refusal
        except http_client.RequestError as error:
            _LOG.warning("bill_unavailable", extra={"provider": self.name})
            raise Unanswered from error
        return bills.of_alipay(data)

    def _refund_state(self, order: Order, refund_id: str) -> ProviderRefundState:
        asked = {"out_trade_no": order.payment_id, "out_request_no": refund_id}
        try:
            node = self._ask("alipay.trade.fastpay.refund.query", asked)
        except Refused:
            return "unknown"
        bank = node.get("deposit_back_info")
        if isinstance(bank, dict) and bank.get("dback_status") == "F":
            # The payer's bank did not take it.
            return "failed"
        return "succeeded" if node.get("refund_status") == "REFUND_SUCCESS" else "unknown"

    def _state_of(
        self, node: Mapping[str, Any], order: Order, refunds: Mapping[str, ProviderRefundState]
    ) -> ProviderState:
        state = _STATES.get(str(node.get("trade_status")), "processing")
        if state == "cancelled" and node.get("send_pay_date"):
            state = "succeeded"
        received = None
        if state == "succeeded":
            # `pay_currency` and `pay_amount` are what the buyer's wallet was charged in.
            currency = str(node.get("trans_currency") or order.amount.currency).lower()
            received = _money(node.get("total_amount"), currency)
        trade = node.get("trade_no")
        return ProviderState(
            state,
            str(trade) if trade else None,
            received,
            _moment(node.get("send_pay_date")),
            self.account,
            refunds,
        )

    def _ask(
        self, method: str, content: Mapping[str, str], extra: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        fields = {"biz_content": json.dumps(content, ensure_ascii=False), **(extra or {})}
        try:
            # Alipay compares this time with its own clock, not with the product's.
            node = self._clients[0].call(method, fields, Clock.outside(), self._seconds)
        except http_client.RequestError as error:
            _LOG.warning("provider_unanswered", extra={"provider": self.name})
            raise Unanswered from error
        sub_code = node.get("sub_code")
        if sub_code is None and node.get("code") == "10000":
            return node
        reason = str(sub_code or node.get("code"))
        if reason != _NO_BILL and (reason.startswith(_UNCLEAR) or reason == "20000"):
            _LOG.warning(
                "provider_unanswered", extra={"provider": self.name, "vendor_code": reason}
            )
            raise Unanswered
        if reason in _NOT_NOW or str(node.get("code")) not in _BUSINESS:
            _LOG.warning("provider_not_now", extra={"provider": self.name, "vendor_code": reason})
            raise NotNow(reason)
        raise Refused(reason)


def _yuan(amount: Money) -> str:
    return f"{amount.cents // 100}.{amount.cents % 100:02}"


def _money(yuan: object, currency: str) -> Money:
    with sense():
        return Money(int(Decimal(str(yuan)) * 100), currency)


def _moment(text: object) -> datetime | None:
    try:
        return _local(str(text))
    except ValueError:
        return None


def _local(text: str) -> datetime:
    # Alipay writes the time of China without saying so.
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=OFFICE_ZONE)
