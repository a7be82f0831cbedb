"""WeChat Pay's API v3 as far as the product uses it: JSAPI orders, refunds, bills, callbacks.

It checks the merchant's signature over every request, signs every answer with the platform's key,
and sends callbacks whose resource is sealed under the v3 key (AES-256-GCM), as documented.
"""

import base64
import gzip
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from chalicelib.core.clock import Clock, rfc3339
from infra.local.stand_ins import bills
from infra.local.stand_ins.base import Answer, Asked, json_answer
from infra.local.stand_ins.trades import Back, Trade, Trades, deliver

_SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"
_FIELD: Final = re.compile(r'(\w+)="([^"]*)"')
_STATES: Final = {"open": "NOTPAY", "paid": "SUCCESS", "closed": "CLOSED", "refused": "PAYERROR"}
_REFUND_STATES: Final = {
    "pending": "PROCESSING",
    "abnormal": "ABNORMAL",
    "succeeded": "SUCCESS",
    "failed": "CLOSED",
}
_REFUND_EVENTS: Final = {
    "pending": "REFUND.SUCCESS",
    "abnormal": "REFUND.ABNORMAL",
    "succeeded": "REFUND.SUCCESS",
    "failed": "REFUND.CLOSED",
}


@dataclass(frozen=True, slots=True)
class Keys:
    """The merchant's number and public key, the shared v3 key, and the platform's key and id."""

    merchant_id: str
    merchant_public_pem: str
    v3_key: str
    platform_private_pem: str
    platform_key_id: str


class WechatPayStandIn:
    """The side of the platform."""

    name = "wechat_pay"

    def __init__(self, trades: Trades, keys: Keys, url: str) -> None:
        """`url` is where the merchant reaches it, which bills point to."""
        self._trades = trades
        self._keys = keys
        self._url = url
        self._private: Any = load_pem_private_key(keys.platform_private_pem.encode(), None)
        self._merchant: Any = load_pem_public_key(keys.merchant_public_pem.encode())
        self._bills: dict[str, bytes] = {}
        trades.notify_by(self.name, self._notify)

    def answer(self, asked: Asked) -> Answer:
        """Answer as WeChat Pay does, signed."""
        if not self._genuine(asked):
            return self._signed(401, {"code": "SIGN_ERROR", "message": ""})
        route = (asked.method, re.sub(r"(out-trade-no|refunds)/[^/]+", r"\1/*", asked.path))
        views: Mapping[tuple[str, str], Callable[[Asked], Answer]] = {
            ("POST", "v3/pay/transactions/jsapi"): self._order,
            ("GET", "v3/pay/transactions/out-trade-no/*"): self._query,
            ("POST", "v3/pay/transactions/out-trade-no/*/close"): self._close,
            ("POST", "v3/refund/domestic/refunds"): self._refund,
            ("GET", "v3/refund/domestic/refunds/*"): self._query_refund,
            ("GET", "v3/bill/tradebill"): self._bill,
            ("GET", "v3/billdownload/file"): self._download,
        }
        view = views.get(route)
        return view(asked) if view else self._signed(404, {"code": "NOT_FOUND", "message": ""})

    def _genuine(self, asked: Asked) -> bool:
        scheme, _, rest = asked.headers.get("authorization", "").partition(" ")
        given = dict(_FIELD.findall(rest))
        # The first value of each name was kept, and the last came first.
        query = urlencode(dict(reversed(list(asked.query.items()))))
        path = f"/{asked.path}" + (f"?{query}" if query else "")
        stamp, nonce = given.get("timestamp", ""), given.get("nonce_str", "")
        text = f"{asked.method}\n{path}\n{stamp}\n{nonce}\n{asked.body.decode()}\n"
        try:
            signature = base64.b64decode(given.get("signature", ""))
            self._merchant.verify(signature, text.encode(), PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return False
        return scheme == _SCHEME and given.get("mchid") == self._keys.merchant_id

    def _order(self, asked: Asked) -> Answer:
        given = json.loads(asked.body)
        number = given["out_trade_no"]
        trade = self._trades.find(self.name, number)
        if trade and trade.state != "open":
            code = "ORDERPAID" if trade.state == "paid" else "ORDER_CLOSED"
            return self._signed(400, {"code": code, "message": ""})
        if not given.get("payer", {}).get("openid"):
            return self._signed(400, {"code": "PARAM_ERROR", "message": ""})
        if trade is None:
            trade = Trade(
                self.name,
                number,
                f"42{secrets.randbelow(10**26):026}",
                f"prepay_id=wx{secrets.token_hex(16)}",
                given["amount"]["total"],
                given["amount"]["currency"].lower(),
                given["description"],
                "wechat_pay",
                self._trades.now().isoformat(),
                given.get("time_expire"),
                given["notify_url"],
            )
            self._trades.add(trade)
        self._trades.cut(f"wechat_pay {number}")
        return self._signed(200, {"prepay_id": trade.handle.removeprefix("prepay_id=")})

    def _query(self, asked: Asked) -> Answer:
        trade = self._trades.find(self.name, asked.path.rpartition("/")[2])
        if trade is None:
            return self._signed(404, {"code": "ORDER_NOT_EXIST", "message": ""})
        return self._signed(200, self._told(trade))

    def _close(self, asked: Asked) -> Answer:
        number = asked.path.split("/")[-2]
        trade = self._trades.find(self.name, number)
        if trade is None:
            return self._signed(404, {"code": "ORDER_NOT_EXIST", "message": ""})
        if not self._trades.close(trade):
            return self._signed(400, {"code": "ORDERPAID", "message": ""})
        with self._trades.changing():
            trade.state = "closed"
        self._trades.cut(f"wechat_pay close {number}")
        return self._signed(204, None)

    def _refund(self, asked: Asked) -> Answer:
        given = json.loads(asked.body)
        trade = self._trades.find(self.name, given["out_trade_no"])
        if trade is None:
            return self._signed(404, {"code": "RESOURCE_NOT_EXISTS", "message": ""})
        refund_id, amount = given["out_refund_no"], given["amount"]
        if self._trades.refused_for_now(refund_id):
            return self._signed(403, {"code": "NOT_ENOUGH", "message": ""})
        right = amount["total"] == trade.cents and amount["currency"] == trade.currency.upper()
        cents = amount["refund"] if right else 0
        back = self._trades.give_back(trade, refund_id, cents, at_once=False)
        if back is None or not right:
            return self._signed(400, {"code": "INVALID_REQUEST", "message": ""})
        self._trades.cut(f"wechat_pay {refund_id}")
        return self._signed(200, self._told_back(trade, back))

    def _query_refund(self, asked: Asked) -> Answer:
        refund_id = asked.path.rpartition("/")[2]
        for trade in self._trades.all():
            if trade.provider == self.name and refund_id in trade.backs:
                return self._signed(200, self._told_back(trade, trade.backs[refund_id]))
        return self._signed(404, {"code": "RESOURCE_NOT_EXISTS", "message": ""})

    def _bill(self, asked: Asked) -> Answer:
        own = [one for one in self._trades.all() if one.provider == self.name]
        text = bills.wechat_pay(own, date.fromisoformat(asked.query["bill_date"]))
        if text is None:
            return self._signed(400, {"code": "NO_STATEMENT_EXIST", "message": ""})
        token = secrets.token_hex(8)
        self._bills[token] = gzip.compress(text.encode())
        url = f"{self._url}/v3/billdownload/file?token={token}"
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        found = {"download_url": url, "hash_type": "SHA1", "hash_value": digest}
        return self._signed(200, found)

    def _download(self, asked: Asked) -> Answer:
        data = self._bills.get(asked.query.get("token", ""), b"")
        return Answer(200, data, "application/octet-stream")

    def _told(self, trade: Trade) -> dict[str, Any]:
        state = "REFUND" if trade.state == "paid" and trade.backs else _STATES[trade.state]
        found: dict[str, Any] = {
            "mchid": self._keys.merchant_id,
            "out_trade_no": trade.number,
            "trade_state": state,
            "trade_type": "JSAPI",
            "amount": {
                "total": trade.cents,
                "payer_total": trade.cents,
                "currency": trade.currency.upper(),
            },
        }
        if trade.paid_at:
            at = rfc3339(datetime.fromisoformat(trade.paid_at))
            found |= {"transaction_id": trade.reference, "success_time": at}
        return found

    def _told_back(self, trade: Trade, back: Back) -> dict[str, Any]:
        return {
            "refund_id": back.reference,
            "out_refund_no": back.refund_id,
            "transaction_id": trade.reference,
            "out_trade_no": trade.number,
            "status": _REFUND_STATES[back.state],
            "amount": {
                "total": trade.cents,
                "refund": back.cents,
                "currency": trade.currency.upper(),
            },
        }

    def _notify(self, trade: Trade, what: str, back: Back | None) -> None:
        if what == "refused":
            # Who leaves the wallet's window is told by no callback; only asking tells.
            return
        about = self._told(trade)
        type_ = "TRANSACTION.SUCCESS"
        if back:
            about = {**self._told_back(trade, back), "mchid": self._keys.merchant_id}
            about["refund_status"] = about.pop("status")
            type_ = _REFUND_EVENTS[back.state]
        event = {
            "id": secrets.token_hex(16),
            "create_time": rfc3339(self._trades.now()),
            "resource_type": "encrypt-resource",
            "event_type": type_,
            "summary": "",
            "resource": self._sealed(about, "refund" if back else "transaction"),
        }
        body = json.dumps(event).encode()
        deliver(trade.notify_url, lambda: (body, self._headers(body.decode())))

    def _sealed(self, about: Mapping[str, Any], kind: str) -> dict[str, str]:
        nonce = secrets.token_hex(6)
        data = json.dumps(about, ensure_ascii=False).encode()
        key = AESGCM(self._keys.v3_key.encode())
        sealed = key.encrypt(nonce.encode(), data, kind.encode())
        return {
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": kind,
            "nonce": nonce,
            "original_type": kind,
        }

    def _signed(self, status: int, value: Mapping[str, Any] | None) -> Answer:
        if value is None:
            return Answer(status, b"", "application/json", self._headers(""))
        answer = json_answer(status, dict(value))
        headers = self._headers(answer.body.decode())
        return Answer(status, answer.body, "application/json", headers)

    def _headers(self, text: str) -> dict[str, str]:
        stamp, nonce = str(int(Clock.outside().timestamp())), secrets.token_hex(16)
        signature = self._private.sign(f"{stamp}\n{nonce}\n{text}\n".encode(), PKCS1v15(), SHA256())
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self._keys.platform_key_id,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Signature-Type": _SCHEME,
        }
