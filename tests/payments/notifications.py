"""Notifications as providers send them, and as anybody may who has their keys or has not."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import strategies as st

from chalicelib.core import dependencies
from chalicelib.core.alipay_client import AlipayClient
from chalicelib.core.clock import Clock, office_time, rfc3339
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from tests.support.client import Answer, ApiClient

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["id", "type", "created", "data", "object", "metadata", "payment_intent",
                 "payment_id", "account"]
            ),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=20,
)  # fmt: skip
Sent = tuple[bytes, dict[str, str]]


def send(client: ApiClient, provider: str, sent: Sent) -> Answer:
    body, headers = sent
    return client.send("POST", f"/v1/webhooks/payments/{provider}", body, headers=headers)


def by_stripe(body: bytes, age: float = 0, secret: str = "") -> Sent:
    """Sign a body as Stripe does."""
    stamp = int(time.time() - age)
    key = (secret or dependencies.secret("stripe_webhook_secret")).encode()
    mac = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={stamp},v1={mac}"}


def event(about: object, type_: str = "payment_intent.succeeded", made: float = 0) -> bytes:
    found = {
        "id": f"evt_{new_id()}",
        "object": "event",
        "created": int(made or time.time()),
        "data": {"object": about},
        "type": type_,
    }
    return json.dumps(found).encode()


def by_wechat(body: bytes, age: float = 0, key: str = "stand_in_wechat_pay_private_key") -> Sent:
    """Sign a body as WeChat Pay does."""
    stamp, nonce = str(int(time.time() - age)), secrets.token_hex(8)
    private: Any = load_pem_private_key(str(dependencies.secrets()[key]).encode(), None)
    text = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
    headers = {
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": SETTINGS.wechat_pay_public_key_id,
        "Wechatpay-Signature": base64.b64encode(private.sign(text, PKCS1v15(), SHA256())).decode(),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }
    return body, headers


def resource(about: object, **changes: object) -> bytes:
    """Seal what a callback of WeChat Pay is about."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(dependencies.secret("wechat_pay_v3_key").encode()).encrypt(
        nonce.encode(), json.dumps(about).encode(), b"transaction"
    )
    found = {
        "id": new_id(),
        "create_time": rfc3339(Clock.outside()),
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "",
        "resource": {
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": "transaction",
            "nonce": nonce,
            "original_type": "transaction",
        },
    }
    return json.dumps(found | changes).encode()


def by_alipay(age: float = 0, key: str = "stand_in_alipay_private_key", **changes: str) -> Sent:
    """Sign a form as Alipay does."""
    made = office_time(Clock.outside() - timedelta(seconds=age))
    fields = {
        "notify_id": new_id(),
        "notify_type": "trade_status_sync",
        "notify_time": f"{made:%Y-%m-%d %H:%M:%S}",
        "app_id": SETTINGS.alipay_app_id,
        "trade_no": "2026",
        **changes,
    }
    signer = AlipayClient("", "", str(dependencies.secrets()[key]), "")
    form = {**fields, "sign": signer.sign(fields), "sign_type": "RSA2"}
    return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
