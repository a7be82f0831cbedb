"""The secrets of one machine: made once, kept in a file that only its owner reads."""

import base64
import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)


def ensure(path: Path) -> None:
    """Write fresh secrets to `path`; those that are there stay."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    # What belongs together was added together, so the missing ones fit each other.
    missing = {name: value for name, value in make().items() if name not in kept}
    if not missing:
        return
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({**kept, **missing}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def make() -> dict[str, object]:
    """Return fresh secrets, as `core.wiring` reads them."""
    alipay_app, alipay_platform = _rsa(), _rsa()
    merchant, wechat_pay = _rsa(), _rsa()
    return {
        "token_keys": [signing_key()],
        "pass_keys": [signing_key()],
        **{name: _random() for name in ("cursor_key", "person_key", "master_key")},
        "wechat_secret": secrets.token_hex(16),
        "alipay_private_key": _pem(alipay_app),
        "alipay_public_key": _public_pem(alipay_platform),
        "stand_in_alipay_private_key": _pem(alipay_platform),
        "stripe_key": f"sk_test_{secrets.token_hex(16)}",
        "stripe_webhook_secret": f"whsec_{secrets.token_hex(16)}",
        "wechat_pay_private_key": _pem(merchant),
        "wechat_pay_public_key": _public_pem(wechat_pay),
        # The v3 key has 32 letters and digits.
        "wechat_pay_v3_key": secrets.token_hex(16),
        "stand_in_wechat_pay_private_key": _pem(wechat_pay),
    }


def signing_key() -> dict[str, str]:
    """Return a fresh Ed25519 key with a name of its own."""
    return {"kid": secrets.token_hex(4), "private_pem": _pem(Ed25519PrivateKey.generate())}


def _random() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _rsa() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def _pem(key: Ed25519PrivateKey | RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_pem(key: RSAPrivateKey) -> str:
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
