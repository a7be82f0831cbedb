"""The wallet in a person's hand: pay, refuse, or pay too late.

`POST` `{"action": <a payment's action>, "outcome": "pay" | "refuse" | "pay_late"}` does what a
person does in a wallet or with a card; with `"amount": {"cents", "currency"}` another sum comes
than was asked for. `PUT mode` says how the provider tells us of it.
"""

import json
from html import escape
from typing import Any, Final

from infra.local.stand_ins.base import Answer, Asked, json_answer, page, refusal
from infra.local.stand_ins.trades import MODES, Trade, Trades

OUTCOMES: Final = ("pay", "refuse", "pay_late")
# Which field of an action names the trade, by the action's kind.
_HANDLES: Final = {
    "qr_code": "content",
    "redirect": "url",
    "wx_request_payment": "package",
    "my_trade_pay": "tradeNO",
    "card": "client_secret",
}
_SCRIPT: Final = """<script>async function act(reference,outcome){const r=await fetch(
'/stand-ins/wallet',{method:'POST',body:JSON.stringify({reference,outcome})});
document.querySelector('output').textContent=r.ok?'':(await r.json()).detail;
if(r.ok)location.reload()}
async function mode(m){await fetch('/stand-ins/wallet/mode',{method:'PUT',
body:JSON.stringify({mode:m})});location.reload()}</script>"""
_STATES: Final = {
    "open": "待支付 open",
    "paid": "已支付 paid",
    "closed": "已关闭 closed",
    "refused": "已拒绝 refused",
}


class WalletStandIn:
    """Does what people do with their money."""

    name = "wallet"

    def __init__(self, trades: Trades) -> None:
        """Take the money of all providers' stand-ins."""
        self._trades = trades

    def answer(self, asked: Asked) -> Answer:
        """Pay or refuse, set the mode, or show the page."""
        if (asked.method, asked.path) == ("GET", ""):
            return self._page() if asked.wants_page else self._listed()
        if (asked.method, asked.path) not in {("POST", ""), ("PUT", "mode")}:
            return refusal(404, "ask GET or POST /stand-ins/wallet, or PUT /stand-ins/wallet/mode")
        try:
            given = json.loads(asked.body)
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            return refusal(400, "send a JSON object")
        return self._act(given) if asked.method == "POST" else self._set_mode(given)

    def _act(self, given: dict[str, Any]) -> Answer:
        outcome = given.get("outcome")
        if outcome not in OUTCOMES:
            return refusal(400, f"outcome is one of {', '.join(OUTCOMES)}")
        trade = self._trade(given)
        if trade is None:
            return refusal(404, "no provider knows this payment")
        amount = given.get("amount")
        if amount is not None and not _is_amount(amount):
            return refusal(400, "amount is {cents, currency}")
        paid = (amount["cents"], amount["currency"]) if amount else None
        if not self._trades.decide(trade, outcome, paid):
            return refusal(409, f"this payment is {trade.state}")
        return json_answer(200, _told(trade))

    def _set_mode(self, given: dict[str, Any]) -> Answer:
        if given.get("mode") not in MODES:
            return refusal(400, f"mode is one of {', '.join(MODES)}")
        self._trades.mode = given["mode"]
        return json_answer(200, {"mode": self._trades.mode})

    def _trade(self, given: dict[str, Any]) -> Trade | None:
        if isinstance(given.get("reference"), str):
            return self._trades.by_reference(given["reference"])
        action = given.get("action")
        if not isinstance(action, dict):
            return None
        handle = action.get(_HANDLES.get(str(action.get("kind")), ""))
        return self._trades.by_handle(handle) if isinstance(handle, str) else None

    def _listed(self) -> Answer:
        items = [_told(one) for one in self._trades.all()]
        return json_answer(200, {"mode": self._trades.mode, "items": items})

    def _page(self) -> Answer:
        modes = " ".join(
            f'<button onclick="mode(\'{one}\')" aria-pressed="{_yes(one == self._trades.mode)}">'
            f"{one}</button>"
            for one in MODES
        )
        rows = "".join(_row(one) for one in self._trades.all()[:50])
        content = f"<p>通知方式 Notifications: {modes}</p><output></output><ul>{rows}</ul>{_SCRIPT}"
        return page("钱包 Wallet", content)


def _is_amount(given: object) -> bool:
    if not isinstance(given, dict):
        return False
    cents, currency = given.get("cents"), given.get("currency")
    return type(cents) is int and cents > 0 and isinstance(currency, str) and currency.islower()


def _yes(fact: bool) -> str:
    return "true" if fact else "false"


def _told(trade: Trade) -> dict[str, object]:
    return {
        "payment_id": trade.number,
        "provider": trade.provider,
        "reference": trade.reference,
        "amount": {"cents": trade.cents, "currency": trade.currency},
        "state": trade.state,
        "given_back": trade.given_back,
    }


def _row(trade: Trade) -> str:
    choices = {
        "open": (("pay", "付款 Pay"), ("refuse", "拒绝 Refuse")),
        "closed": (("pay_late", "过期后付款 Pay too late"),),
        "refused": (("pay_late", "过期后付款 Pay too late"),),
    }
    buttons = "".join(
        f"<button onclick=\"act('{trade.reference}','{outcome}')\">{name}</button> "
        for outcome, name in choices.get(trade.state, ())
    )
    amount = f"{trade.cents / 100:.2f} {trade.currency.upper()}"
    return (
        f"<li>{escape(trade.title)} · {amount} · {trade.provider} · {_STATES[trade.state]} "
        f"{buttons}<br><code>{escape(trade.number)}</code></li>"
    )
