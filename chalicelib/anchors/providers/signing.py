"""The audit key: ECDSA on P-256 with SHA-256 (ES256), in AWS KMS or, on one machine, in a file.

It signs anchors and nothing else. The function that makes anchors may sign; the API may only read
the public half.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Protocol

from chalicelib.core import anchoring, aws, dependencies
from chalicelib.core.errors import TryAgain
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import problem_of

_HALF_BYTES: Final = 32


class AuditKey(Protocol):
    """Signs the statements of anchors."""

    def sign(self, payload: bytes) -> str:
        """Return the signature of a payload: 64 octets in base64url. Raises TryAgain."""

    def public(self) -> Mapping[str, str]:
        """Return the public half as a JWK. Raises TryAgain."""


class LocalAuditKey:
    """A key held in this process, as PKCS#8 in PEM."""

    def __init__(self, private_pem: str) -> None:
        """Read the key; raises ValueError for none on P-256."""
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - cold start.
            load_pem_private_key,
        )

        self._key: Any = load_pem_private_key(private_pem.encode(), None)

    def sign(self, payload: bytes) -> str:
        """Return the signature of a payload."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415 - cold start.
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - cold start.

        return _of_der(self._key.sign(payload, ECDSA(SHA256())))

    def public(self) -> Mapping[str, str]:
        """Return the public half as a JWK."""
        return _jwk(self._key.public_key())


class KmsAuditKey:
    """A key of the spec ECC_NIST_P256 that never leaves AWS KMS."""

    def __init__(self, key_id: str) -> None:
        """`key_id` is the key's id, ARN or alias."""
        self._key_id = key_id

    def sign(self, payload: bytes) -> str:
        """Return the signature of a payload; raises TryAgain."""
        answer = self._asked(
            "sign", Message=payload, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256"
        )
        return _of_der(bytes(answer["Signature"]))

    def public(self) -> Mapping[str, str]:
        """Return the public half as a JWK; raises TryAgain."""
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - cold start.
            load_der_public_key,
        )

        return _jwk(load_der_public_key(bytes(self._asked("get_public_key")["PublicKey"])))

    def _asked(self, operation: str, **given: Any) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = getattr(aws.client("kms"), operation)(
                KeyId=self._key_id, **given
            )
        except Exception as error:
            if problem_of(error) is None:
                raise
            raise TryAgain(retry_after=2) from error
        return answer


@cache
def audit_key() -> AuditKey:
    """Return the key of this stage."""
    if SETTINGS.audit_kms_key_id:
        return KmsAuditKey(SETTINGS.audit_kms_key_id)
    return LocalAuditKey(dependencies.secret("audit_key"))


@cache
def trusted_key_ids() -> frozenset[str]:
    """Return the ids of the keys whose anchors count: this stage's own, and its former ones."""
    return SETTINGS.audit_key_ids | {audit_key().public()["kid"]}


def _jwk(public: Any) -> dict[str, str]:
    numbers = public.public_numbers()
    return anchoring.jwk_of(numbers.x, numbers.y)


def _of_der(signature: bytes) -> str:
    """Turn the DER of X9.62 into the two halves of RFC 7518, as web browsers verify them."""
    from cryptography.hazmat.primitives.asymmetric.utils import (  # noqa: PLC0415 - cold start.
        decode_dss_signature,
    )

    halves = decode_dss_signature(signature)
    return anchoring.encoded(b"".join(half.to_bytes(_HALF_BYTES) for half in halves))
