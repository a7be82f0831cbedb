"""Rings of signing keys: the first signs, all of them verify, the public halves are published.

A new key stands second until everybody knows it (`infra.key_turning`).
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )


@dataclass(frozen=True)
class SigningKey:
    """One Ed25519 key (RFC 8032), named by `kid`; the private half is PKCS#8 in PEM."""

    kid: str
    private_pem: str

    @cached_property
    def private(self) -> "Ed25519PrivateKey":
        """Return the half that signs."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - cold start.
            Ed25519PrivateKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - cold start.
            load_pem_private_key,
        )

        key = load_pem_private_key(self.private_pem.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            message = f"the key {self.kid!r} is not an Ed25519 key"
            raise TypeError(message)
        return key

    @cached_property
    def public(self) -> "Ed25519PublicKey":
        """Return the half that verifies."""
        return self.private.public_key()


class KeyRing:
    """The live keys of one purpose; the first signs."""

    def __init__(self, purpose: str, keys: Sequence[SigningKey]) -> None:
        """At least one key; `purpose` is what the published keys say they are for."""
        if not keys:
            message = f"there is no key for {purpose}"
            raise ValueError(message)
        self.purpose = purpose
        self.signing = keys[0]
        self._by_kid = {key.kid: key for key in keys}

    def get(self, kid: str) -> SigningKey | None:
        """Return the live key of that name."""
        return self._by_kid.get(kid)

    def published(self) -> list[Mapping[str, str]]:
        """Return the public keys as JWKs (RFC 8037)."""
        return [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "use": "sig",
                "kid": key.kid,
                "purpose": self.purpose,
                "x": base64.urlsafe_b64encode(key.public.public_bytes_raw()).decode().rstrip("="),
            }
            for key in self._by_kid.values()
        ]
