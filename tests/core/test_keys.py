import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chalicelib.core.keys import KeyRing, SigningKey
from infra.local.secrets import signing_key


def test_what_is_published_verifies_what_the_newest_key_signed() -> None:
    new, old = (SigningKey(**signing_key()) for _ in range(2))
    ring = KeyRing("token", [new, old])
    assert (ring.signing, ring.get(old.kid), ring.get("nobody's")) == (new, old, None)
    jwk, other = ring.published()
    assert {name: jwk[name] for name in ("kty", "crv", "alg", "use", "kid", "purpose")} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "kid": new.kid,
        "purpose": "token",
    }
    assert other["kid"] == old.kid
    assert "=" not in jwk["x"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "="))
    public.verify(new.private.sign(b"text"), b"text")


def test_a_ring_needs_keys_and_ed25519_ones() -> None:
    with pytest.raises(ValueError, match="no key for token"):
        KeyRing("token", [])
    pem = generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(TypeError, match="'k1' is not an Ed25519 key"):
        _ = SigningKey("k1", pem.decode()).private
