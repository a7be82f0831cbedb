"""Alipay's trades: create, query, close, refund, and the signed form that tells of a payment."""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from chalicelib.core.alipay_client import AlipayClient
from chalicelib.core.clock import Clock, office_time
from infra.local.stand_ins import bills
from infra.local.stand_ins.trades import Back, Trade, Trades, deliver

Node = dict[str, Any]
_OK: Final[Node] = {"code": "10000", "msg": "Success"}
_STATES: Final = {
    "open": "WAIT_BUYER_PAY",
    "paid": "TRADE_SUCCESS",
    "closed": "TRADE_CLOSED",
    "refused": "TRADE_CLOSED",
}


class AlipayTrades:
    """Answers the methods of trades; the gateway has checked who asks."""

    name = "alipay"

    def __init__(self, trades: Trades, app_id: str, keys: AlipayClient, url: str) -> None:
        """`keys` signs as the platform; bills are to be had at `url`."""
        self._trades = trades
        self._app_id = app_id
        self._keys = keys
        self._url = url
        self._bills: dict[str, bytes] = {}
        trades.notify_by(self.name, self._notify)

    def node(self, method: str, fields: Mapping[str, str]) -> Node | None:
        """Return the response node of a method; None for one that it does not have."""
        views: Mapping[str, Callable[[dict[str, Any], Mapping[str, str]], Node]] = {
            "alipay.trade.create": self._create,
            "alipay.trade.query": lambda given, _: self._query(given),
            "alipay.trade.close": lambda given, _: self._close(given),
            "alipay.trade.refund": lambda given, _: self._refund(given),
            "alipay.trade.fastpay.refund.query": lambda given, _: self._query_refund(given),
            "alipay.data.dataservice.bill.downloadurl.query": lambda given, _: self._bill(given),
        }
        view = views.get(method)
        return view(json.loads(fields.get("biz_content", "{}")), fields) if view else None

    def bill(self, token: str) -> bytes | None:
        """Return the bill of an address that was given once, which answers once."""
        return self._bills.pop(token, None)

    def _create(self, given: dict[str, Any], fields: Mapping[str, str]) -> Node:
        number = given["out_trade_no"]
        trade = self._trades.find(self.name, number)
        if trade and trade.state != "open":
            paid = trade.state == "paid"
            return _refused("ACQ.TRADE_HAS_SUCCESS" if paid else "ACQ.TRADE_HAS_CLOSE")
        if not (given.get("buyer_id") or given.get("buyer_open_id")):
            return _refused("ACQ.BUYER_NOT_EXIST")
        if trade is None:
            reference = f"2026{secrets.randbelow(10**24):024}"
            trade = Trade(
                self.name,
                number,
                reference,
                reference,
                int(Decimal(given["total_amount"]) * 100),
                "cny",
                given["subject"],
                "alipay",
                self._trades.now().isoformat(),
                given.get("time_expire"),
                fields.get("notify_url", ""),
            )
            self._trades.add(trade)
        self._trades.cut(f"alipay {number}")
        return {**_OK, "out_trade_no": number, "trade_no": trade.reference}

    def _query(self, given: dict[str, Any]) -> Node:
        trade = self._trades.find(self.name, given["out_trade_no"])
        return {**_OK, **_told(trade)} if trade else _refused("ACQ.TRADE_NOT_EXIST")

    def _close(self, given: dict[str, Any]) -> Node:
        trade = self._trades.find(self.name, given["out_trade_no"])
        if trade is None:
            return _refused("ACQ.TRADE_NOT_EXIST")
        if not self._trades.close(trade):
            return _refused("ACQ.TRADE_STATUS_ERROR")
        with self._trades.changing():
            trade.state = "closed"
        self._trades.cut(f"alipay close {trade.number}")
        return {**_OK, "out_trade_no": trade.number, "trade_no": trade.reference}

    def _refund(self, given: dict[str, Any]) -> Node:
        trade = self._trades.find(self.name, given["out_trade_no"])
        if trade is None:
            return _refused("ACQ.TRADE_NOT_EXIST")
        refund_id, cents = given["out_request_no"], int(Decimal(given["refund_amount"]) * 100)
        if self._trades.refused_for_now(refund_id):
            return {"code": "40005", "sub_code": "isv.app-call-limited", "sub_msg": ""}
        known = refund_id in trade.backs
        if given.get("refund_currency", "CNY") != trade.currency.upper():
            return _refused("ACQ.INVALID_PARAMETER")
        back = self._trades.give_back(trade, refund_id, cents, at_once=True)
        if back is None or back.failed:
            return _refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        self._trades.cut(f"alipay {refund_id}")
        return {
            **_OK,
            "out_trade_no": trade.number,
            "trade_no": trade.reference,
            "fund_change": "N" if known else "Y",
            "refund_fee": _yuan(trade.given_back),
        }

    def _query_refund(self, given: dict[str, Any]) -> Node:
        trade = self._trades.find(self.name, given["out_trade_no"])
        back = trade.backs.get(given["out_request_no"]) if trade else None
        if trade is None or back is None:
            # Alipay answers success without the fields of a refund.
            return dict(_OK)
        return {
            **_OK,
            "out_trade_no": trade.number,
            "out_request_no": back.refund_id,
            "refund_amount": _yuan(back.cents),
            "refund_status": "REFUND_SUCCESS",
            **({"deposit_back_info": {"dback_status": "F"}} if back.failed else {}),
        }

    def _bill(self, given: dict[str, Any]) -> Node:
        own = [one for one in self._trades.all() if one.provider == self.name]
        data = bills.alipay(own, date.fromisoformat(given["bill_date"]))
        if data is None:
            return _refused("isp.bill_not_exist")
        token = secrets.token_hex(8)
        self._bills[token] = data
        return {**_OK, "bill_download_url": f"{self._url}/bill?fileId={token}"}

    def _notify(self, trade: Trade, what: str, back: Back | None) -> None:
        if what == "refused":
            # Who leaves the wallet's window is told by no callback; only asking tells.
            return
        notify_id = secrets.token_hex(17)

        def make() -> tuple[bytes, Mapping[str, str]]:
            fields = {
                **_told(trade),
                "notify_id": notify_id,
                "notify_type": "trade_status_sync",
                "notify_time": _local(Clock.outside()),
                "app_id": self._app_id,
                "charset": "utf-8",
                "version": "1.0",
            }
            if back:
                fields |= {"out_biz_no": back.refund_id, "refund_fee": _yuan(trade.given_back)}
            form = {**fields, "sign": self._keys.sign(fields), "sign_type": "RSA2"}
            kind = "application/x-www-form-urlencoded; charset=utf-8"
            return urlencode(form).encode(), {"Content-Type": kind}

        deliver(trade.notify_url, make)


def _told(trade: Trade) -> Node:
    whole = trade.state == "paid" and trade.given_back == trade.cents
    found = {
        "out_trade_no": trade.number,
        "trade_no": trade.reference,
        "trade_status": "TRADE_CLOSED" if whole else _STATES[trade.state],
        "total_amount": _yuan(trade.cents),
        **({} if trade.currency == "cny" else {"trans_currency": trade.currency.upper()}),
    }
    if trade.paid_at:
        found["send_pay_date"] = _local(datetime.fromisoformat(trade.paid_at))
    return found


def _refused(sub_code: str) -> Node:
    return {"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": ""}


def _local(moment: datetime) -> str:
    return f"{office_time(moment):%Y-%m-%d %H:%M:%S}"


def _yuan(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
