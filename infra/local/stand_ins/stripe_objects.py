"""Stripe's objects as its API shows them: intents, charges, refunds, disputes and balance lines.

Source: Stripe API reference, PaymentIntents, Charges, Refunds, Disputes, Balance transactions.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from infra.local.stand_ins.trades import Back, Trade


def intent(trade: Trade) -> dict[str, Any]:
    """Return a trade as a PaymentIntent."""
    waiting = "requires_payment_method" if trade.method == "card" else "requires_action"
    status = {
        "open": waiting,
        "paid": "succeeded",
        "closed": "canceled",
        "refused": "requires_payment_method",
    }[trade.state]
    next_action: dict[str, Any] | None = None
    if trade.state == "open" and trade.method == "wechat_pay":
        shown = {"data": trade.handle, "image_data_url": "", "image_url_png": ""}
        next_action = {
            "type": "wechat_pay_display_qr_code",
            "wechat_pay_display_qr_code": shown,
        }
    if trade.state == "open" and trade.method == "alipay":
        next_action = {
            "type": "alipay_handle_redirect",
            "alipay_handle_redirect": {"url": trade.handle, "native_url": None},
        }
    secret = trade.handle if trade.method == "card" else f"{trade.reference}_secret_x"
    paid = trade.state == "paid"
    refused = trade.state == "refused"
    return {
        "id": trade.reference,
        "object": "payment_intent",
        "amount": trade.cents,
        "amount_capturable": 0,
        "amount_received": trade.cents if paid else 0,
        "capture_method": "automatic",
        "client_secret": secret,
        "confirmation_method": "automatic",
        "created": epoch(trade.made_at),
        "currency": trade.currency,
        "description": trade.title,
        "last_payment_error": {"type": "card_error", "code": "card_declined"} if refused else None,
        "latest_charge": _charge_id(trade) if paid else None,
        "livemode": False,
        "metadata": {"payment_id": trade.number},
        "next_action": next_action,
        "payment_method_types": [trade.method],
        "status": status,
    }


def charge(trade: Trade) -> dict[str, Any]:
    """Return a paid trade as a Charge."""
    return {
        "id": _charge_id(trade),
        "object": "charge",
        "amount": trade.cents,
        "amount_captured": trade.cents,
        "amount_refunded": sum(one.cents for one in backs(trade) if one.state != "failed"),
        "disputed": bool(taken(trade)),
        "currency": trade.currency,
        "metadata": {"payment_id": trade.number},
        "paid": True,
        "payment_intent": trade.reference,
        "refunded": trade.given_back == trade.cents,
        "status": "succeeded",
    }


def refund(trade: Trade, back: Back) -> dict[str, Any]:
    """Return money on its way back as a Refund."""
    return {
        "id": back.reference,
        "object": "refund",
        "amount": back.cents,
        "charge": _charge_id(trade),
        "created": epoch(back.at),
        "currency": trade.currency,
        # What is made in the dashboard bears no metadata.
        "metadata": {"payment_id": trade.number, "refund_id": back.refund_id}
        if back.by == "us"
        else {},
        "payment_intent": trade.reference,
        "status": "pending" if back.state == "abnormal" else back.state,
    }


def dispute(trade: Trade, back: Back) -> dict[str, Any]:
    """Return what a payer's bank took as a Dispute."""
    return {
        "id": back.reference,
        "object": "dispute",
        "amount": back.cents,
        "charge": _charge_id(trade),
        "created": epoch(back.at),
        "currency": trade.currency,
        "metadata": {},
        "payment_intent": trade.reference,
        "reason": "fraudulent",
        "status": "needs_response",
    }


def lines(trade: Trade) -> list[dict[str, Any]]:
    """Return what a trade moved as BalanceTransactions."""
    found = []
    if trade.paid_at:
        found.append(_line(trade, trade.cents, trade.paid_at, "charge", charge(trade)))
    for one in trade.backs.values():
        if one.by == "dispute":
            found.append(_line(trade, -one.cents, one.at, "adjustment", dispute(trade, one)))
        elif one.state == "succeeded":
            found.append(_line(trade, -one.cents, one.at, "refund", refund(trade, one)))
    return found


def _line(
    trade: Trade, cents: int, at: str, type_: str, source: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": f"txn_{source['id']}",
        "object": "balance_transaction",
        "amount": cents,
        "created": epoch(at),
        "currency": trade.currency,
        "fee": 0,
        "net": cents,
        "source": dict(source),
        "status": "available",
        "type": type_,
    }


def backs(trade: Trade) -> list[Back]:
    """Return what a trade gave back."""
    return [one for one in trade.backs.values() if one.by != "dispute"]


def taken(trade: Trade) -> list[Back]:
    """Return what payers' banks took of a trade."""
    return [one for one in trade.backs.values() if one.by == "dispute"]


def _charge_id(trade: Trade) -> str:
    return trade.reference.replace("pi_", "ch_")


def epoch(at: str) -> int:
    """Return a moment as Stripe writes it, in seconds."""
    return int(datetime.fromisoformat(at).timestamp())
