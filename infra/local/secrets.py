"""The secrets of one machine: made once, kept in a file that only its owner reads."""

import base64
import json
import os
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
)
from cryptography.hazmat.primitives.asymmetric.ec import (
    generate_private_key as generate_ec_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

Secrets = dict[str, object]
_OTHER_USES = (
    *("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign"),
    *("crl_sign", "encipher_only", "decipher_only"),
)


def ensure(path: Path) -> None:
    """Write fresh secrets to `path`; in a file that is there only those that it lacks."""
    known: Secrets = json.loads(path.read_text()) if path.exists() else {}
    lacking = [maker for names, maker in _MAKERS.items() if not set(names) <= known.keys()]
    if not lacking:
        return
    whole = {name: value for maker in lacking for name, value in maker().items()} | known
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(whole, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def make() -> Secrets:
    """Return fresh secrets, as `core.dependencies` and the stand-ins read them."""
    return {name: value for maker in _MAKERS.values() for name, value in maker().items()}


def _own() -> Secrets:
    return {
        "token_keys": [signing_key()],
        "pass_keys": [signing_key()],
        **{name: _random() for name in ("cursor_key", "person_key", "master_key")},
    }


def _certificates() -> Secrets:
    return {"certificate_keys": [signing_key()]}


def _audit() -> Secrets:
    return {"audit_key": _pem(generate_ec_key(SECP256R1()))}


def _seal() -> Secrets:
    """Make the demonstration's seal: a key, and a certificate that it signs itself (RFC 5280)."""
    key = _rsa()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "OneTrip demonstration seal")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        **dict.fromkeys(_OTHER_USES, False),
    )
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(usage, critical=True)
        .sign(key, SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM).decode()
    return {"seal_key": _pem(key), "seal_certificate": pem}


def _wechat() -> Secrets:
    return {"wechat_secret": secrets.token_hex(16)}


def _alipay() -> Secrets:
    app, platform = _rsa(), _rsa()
    return {
        "alipay_private_key": _pem(app),
        "alipay_public_key": public_pem_of(_pem(platform)),
        "stand_in_alipay_private_key": _pem(platform),
    }


def _stripe() -> Secrets:
    return {
        "stripe_key": f"sk_test_{secrets.token_hex(16)}",
        "stripe_webhook_secret": f"whsec_{secrets.token_hex(16)}",
    }


def _wechat_pay() -> Secrets:
    merchant, platform = _rsa(), _rsa()
    return {
        "wechat_pay_private_key": _pem(merchant),
        "wechat_pay_public_key": public_pem_of(_pem(platform)),
        # The v3 key has 32 letters and digits.
        "wechat_pay_v3_key": secrets.token_hex(16),
        "stand_in_wechat_pay_private_key": _pem(platform),
    }


def _courier() -> Secrets:
    return {"stand_in_courier_secret": f"whsec_{_random()}"}


def _issuer() -> Secrets:
    return {"stand_in_issuer_secret": f"whsec_{_random()}"}


def _subscriber() -> Secrets:
    return {"stand_in_subscriber_secret": f"whsec_{_random()}"}


def _sms() -> Secrets:
    return {"sms_key_id": secrets.token_hex(12), "sms_key_secret": secrets.token_hex(20)}


def _identity() -> Secrets:
    return {"identity_key": _random()}


def _business_register() -> Secrets:
    return {"business_register_key": _random()}


def _registers() -> Secrets:
    return {"registers_key": _random()}


# Which secrets are made together.
_MAKERS: Mapping[tuple[str, ...], Callable[[], Secrets]] = {
    ("token_keys", "pass_keys", "cursor_key", "person_key", "master_key"): _own,
    ("certificate_keys",): _certificates,
    ("audit_key",): _audit,
    ("seal_key", "seal_certificate"): _seal,
    ("wechat_secret",): _wechat,
    ("alipay_private_key", "alipay_public_key", "stand_in_alipay_private_key"): _alipay,
    ("stripe_key", "stripe_webhook_secret"): _stripe,
    (
        "wechat_pay_private_key",
        "wechat_pay_public_key",
        "wechat_pay_v3_key",
        "stand_in_wechat_pay_private_key",
    ): _wechat_pay,
    ("stand_in_courier_secret",): _courier,
    ("stand_in_issuer_secret",): _issuer,
    ("stand_in_subscriber_secret",): _subscriber,
    ("sms_key_id", "sms_key_secret"): _sms,
    ("identity_key",): _identity,
    ("business_register_key",): _business_register,
    ("registers_key",): _registers,
}


def signing_key() -> dict[str, str]:
    """Return a fresh Ed25519 key with a name of its own."""
    return {"kid": secrets.token_hex(4), "private_pem": _pem(Ed25519PrivateKey.generate())}


def public_pem_of(private_pem: str) -> str:
    """Return the public key that belongs to a private one, both in PEM."""
    public = load_pem_private_key(private_pem.encode(), None).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _random() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _rsa() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def _pem(key: EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
