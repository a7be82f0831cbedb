"""Stripe's API as far as the product uses it: intents, refunds, events, balance.

Shapes and rules as the API reference says them: form-encoded requests, Idempotency-Key honoured,
cards refunded at once and wallets after a while, events signed with `Stripe-Signature`.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from chalicelib.core.clock import Clock
from infra.local.stand_ins import stripe_objects
from infra.local.stand_ins.base import Answer, Asked, json_answer, refusal
from infra.local.stand_ins.trades import Back, Trade, Trades, deliver

_EVENTS: Final = {
    "paid": "payment_intent.succeeded",
    "refused": "payment_intent.payment_failed",
    "closed": "payment_intent.canceled",
}
_LONGEST: Final = 255
_Fields = Mapping[str, str]


class StripeStandIn:
    """One Stripe account in test mode."""

    name = "stripe"

    def __init__(
        self, trades: Trades, key: str, webhook_secret: str, url: str, webhook_url: str
    ) -> None:
        """`url` is the run's own, where people pay; events go to `webhook_url`."""
        self._trades = trades
        self._key = key
        self._secret = webhook_secret
        self._url = url
        self._webhook_url = webhook_url
        self._answered: dict[str, tuple[_Fields, Answer]] = {}
        self._events: list[dict[str, Any]] = []
        trades.notify_by(self.name, self._notify)

    def answer(self, asked: Asked) -> Answer:
        """Answer as Stripe does."""
        if asked.headers.get("authorization") != f"Bearer {self._key}":
            return _error(401, "invalid_request_error", None)
        fields = dict(parse_qsl(asked.body.decode("utf-8", "replace"), keep_blank_values=True))
        parts = asked.path.split("/")
        reference = parts[2] if len(parts) > 2 else ""  # noqa: PLR2004 - v1/resource/id.
        route = (asked.method, "/".join(["*" if one == reference else one for one in parts]))
        views: Mapping[tuple[str, str], Callable[[], Answer]] = {
            ("POST", "v1/payment_intents"): lambda: self._once(asked, fields, self._create),
            ("GET", "v1/payment_intents/*"): lambda: self._of(
                reference, lambda trade: _shown(trade, asked.query)
            ),
            ("POST", "v1/payment_intents/*/cancel"): lambda: self._of(reference, self._cancel),
            ("POST", "v1/refunds"): lambda: self._refund_once(asked, fields),
            ("GET", "v1/refunds"): lambda: self._refunds(asked.query.get("payment_intent", "")),
            ("GET", "v1/disputes"): lambda: self._disputes(asked.query.get("payment_intent", "")),
            ("GET", "v1/events"): lambda: _list([dict(one) for one in reversed(self._events)]),
            ("GET", "v1/balance_transactions"): lambda: self._balance(asked.query),
        }
        view = views.get(route)
        return view() if view else refusal(404, "Stripe has this, the stand-in has not")

    def _once(self, asked: Asked, fields: _Fields, act: Callable[[_Fields], Answer]) -> Answer:
        key = asked.headers.get("idempotency-key", secrets.token_hex(16))
        if len(key) > _LONGEST:
            return _error(400, "idempotency_error", None)
        with self._trades.changing():
            if key in self._answered:
                before, answer = self._answered[key]
                same = before == fields
                return answer if same else _error(400, "idempotency_error", None)
            answer = act(fields)
            self._answered[key] = (fields, answer)
        self._trades.cut(f"stripe {key}")
        return answer

    def _create(self, fields: _Fields) -> Answer:
        number, method = fields.get("metadata[payment_id]", ""), fields["payment_method_types[0]"]
        known = self._trades.find(self.name, number)
        if known:
            # The memory of keys ends with the process; the intents do not.
            return _intent_answer(known)
        reference = f"pi_{secrets.token_hex(12)}"
        handles = {
            "card": f"{reference}_secret_{secrets.token_hex(12)}",
            "wechat_pay": f"weixin://wxpay/bizpayurl?pr={secrets.token_urlsafe(8)}",
            "alipay": f"{self._url}/stand-ins/wallet?{reference}",
        }
        trade = Trade(
            self.name,
            number,
            reference,
            handles[method],
            int(fields["amount"]),
            fields["currency"],
            fields.get("description", ""),
            method,
            self._trades.now().isoformat(),
        )
        self._trades.add(trade)
        return _intent_answer(trade)

    def _of(self, reference: str, act: Callable[[Trade], Answer]) -> Answer:
        trade = self._trades.by_reference(reference)
        if trade is None or trade.provider != self.name:
            return _error(404, "invalid_request_error", "resource_missing")
        return act(trade)

    def _cancel(self, trade: Trade) -> Answer:
        if trade.state == "closed" or not self._trades.close(trade):
            return _error(400, "invalid_request_error", "payment_intent_unexpected_state")
        with self._trades.changing():
            trade.state = "closed"
        self._trades.cut(f"stripe cancel {trade.reference}")
        return _intent_answer(trade)

    def _refund_once(self, asked: Asked, fields: _Fields) -> Answer:
        # What is too often is refused before it is read, and not kept under its key.
        if self._trades.refused_for_now(fields.get("metadata[refund_id]", "")):
            return _error(429, "invalid_request_error", "rate_limit")
        return self._once(asked, fields, self._refund)

    def _refund(self, fields: _Fields) -> Answer:
        trade = self._trades.by_reference(fields.get("payment_intent", ""))
        if trade is None:
            return _error(404, "invalid_request_error", "resource_missing")
        refund_id = fields.get("metadata[refund_id]", "")
        cents = int(fields.get("amount", trade.cents - trade.given_back))
        at_once = trade.method == "card"
        back = self._trades.give_back(trade, refund_id, cents, at_once=at_once)
        if back is None:
            return _error(400, "invalid_request_error", "charge_already_refunded")
        return json_answer(200, stripe_objects.refund(trade, back))

    def _refunds(self, reference: str) -> Answer:
        trade = self._trades.by_reference(reference)
        if trade is None:
            return _list([])
        return _list([stripe_objects.refund(trade, one) for one in stripe_objects.backs(trade)])

    def _disputes(self, reference: str) -> Answer:
        trade = self._trades.by_reference(reference)
        if trade is None:
            return _list([])
        return _list([stripe_objects.dispute(trade, one) for one in stripe_objects.taken(trade)])

    def _balance(self, query: _Fields) -> Answer:
        first, last = int(query.get("created[gte]", 0)), int(query.get("created[lt]", 1 << 40))
        lines = [
            line
            for trade in self._trades.all()
            if trade.provider == self.name
            for line in stripe_objects.lines(trade)
            if first <= line["created"] < last
        ]
        return _list(lines)

    def _notify(self, trade: Trade, what: str, back: Back | None) -> None:
        about = stripe_objects.intent(trade)
        type_ = _EVENTS.get(what, "")
        if back:
            about = stripe_objects.refund(trade, back)
            type_ = "refund.failed" if back.failed else "refund.updated"
            if trade.method == "card" and not back.failed:
                about, type_ = stripe_objects.charge(trade), "charge.refunded"
            if back.by == "dispute":
                about, type_ = stripe_objects.dispute(trade, back), "charge.dispute.created"
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": "2026-10-28.dahlia",
            "created": stripe_objects.epoch(self._trades.now().isoformat()),
            "data": {"object": about},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": type_,
        }
        self._events.append(event)
        body = json.dumps(event, ensure_ascii=False).encode()
        deliver(self._webhook_url, lambda: (body, signed(self._secret, body)))


def signed(secret: str, body: bytes) -> dict[str, str]:
    """Return the headers of a signed event."""
    stamp = int(Clock.outside().timestamp())
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={stamp},v1={mac}", "Content-Type": "application/json"}


def _intent_answer(trade: Trade) -> Answer:
    return json_answer(200, stripe_objects.intent(trade))


def _shown(trade: Trade, query: _Fields) -> Answer:
    intent = stripe_objects.intent(trade)
    if "latest_charge" in query.values() and intent["latest_charge"]:
        intent["latest_charge"] = stripe_objects.charge(trade)
    return json_answer(200, intent)


def _list(items: list[dict[str, Any]]) -> Answer:
    return json_answer(200, {"object": "list", "data": items, "has_more": False, "url": "/v1/list"})


def _error(status: int, type_: str, code: str | None) -> Answer:
    error = {"type": type_, "message": "refused", **({"code": code} if code else {})}
    return json_answer(status, {"error": error})
