"""Personal data, encrypted field by field under a key of each subject's own.

AES-256-GCM (NIST SP 800-38D) with the subject's id and the field's name as associated data. The
subject's key is wrapped by a master key (KMS, or a key file on one machine) and kept apart from
what it guards (decision 84), or with it where that is nobody's: destroying it erases all of it.
Look-up for equality goes through a keyed hash.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Final, Protocol

from chalicelib.core import aws
from chalicelib.core.ids import base62

_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class MasterKey(Protocol):
    """Wraps and unwraps the keys of subjects."""

    def wrap(self, key: bytes, subject: str) -> bytes:
        """Encrypt a subject's key, bound to the subject."""

    def unwrap(self, wrapped: bytes, subject: str) -> bytes:
        """Decrypt a subject's key; raises DecryptionError."""


class DecryptionError(Exception):
    """The data was changed, moved to another subject or field, or its key is gone."""


class LocalMasterKey:
    """A master key held in this process."""

    def __init__(self, key: bytes) -> None:
        """`key` has 32 bytes."""
        self._key = key

    def wrap(self, key: bytes, subject: str) -> bytes:
        """Encrypt a subject's key, bound to the subject."""
        return _encrypt(self._key, key, subject)

    def unwrap(self, wrapped: bytes, subject: str) -> bytes:
        """Decrypt a subject's key; raises DecryptionError."""
        return _decrypt(self._key, wrapped, subject)


class KmsMasterKey:
    """A master key that never leaves AWS KMS."""

    def __init__(self, key_id: str) -> None:
        """`key_id` is the key's id, ARN or alias."""
        self._key_id = key_id
        self._kms = aws.client("kms")

    def wrap(self, key: bytes, subject: str) -> bytes:
        """Encrypt a subject's key, bound to the subject."""
        context = {"subject": subject}
        answer = self._kms.encrypt(KeyId=self._key_id, Plaintext=key, EncryptionContext=context)
        return bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, subject: str) -> bytes:
        """Decrypt a subject's key; raises DecryptionError."""
        context = {"subject": subject}
        try:
            answer = self._kms.decrypt(CiphertextBlob=wrapped, EncryptionContext=context)
        except self._kms.exceptions.InvalidCiphertextException as error:
            raise DecryptionError from error
        return bytes(answer["Plaintext"])


class SubjectKey:
    """Encrypts the fields of one subject."""

    def __init__(self, subject: str, key: bytes) -> None:
        """`key` has 32 bytes and is used for this subject only."""
        self._subject = subject
        self._key = key

    def seal(self, field: str, value: str) -> str:
        """Encrypt one field; the answer is text (base64)."""
        sealed = _encrypt(self._key, value.encode(), f"{self._subject}/{field}")
        return base64.b64encode(sealed).decode()

    def open(self, field: str, sealed: str) -> str:
        """Decrypt one field; raises DecryptionError."""
        data = base64.b64decode(sealed)
        return _decrypt(self._key, data, f"{self._subject}/{field}").decode()


class Vault:
    """Makes and opens the subjects' keys."""

    def __init__(self, master: MasterKey, hash_key: bytes) -> None:
        """`hash_key` is the secret of the keyed hashes."""
        self._master = master
        self._hash_key = hash_key

    def new_key(self, subject: str) -> tuple[SubjectKey, bytes]:
        """Return a fresh key and its wrapped form, which is to be kept."""
        key = secrets.token_bytes(_KEY_BYTES)
        return SubjectKey(subject, key), self._master.wrap(key, subject)

    def key_of(self, subject: str, wrapped: bytes) -> SubjectKey:
        """Open a subject's key; raises DecryptionError."""
        return SubjectKey(subject, self._master.unwrap(wrapped, subject))

    def keyed_hash(self, kind: str, value: str) -> str:
        """Return 22 letters and digits that stand for a value, useless without the secret."""
        digest = hmac.digest(self._hash_key, f"{kind}\x00{value}".encode(), hashlib.sha256)
        return base62(int.from_bytes(digest, "big"), 22)


def _encrypt(key: bytes, data: bytes, context: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - cold start.

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def _decrypt(key: bytes, sealed: bytes, context: str) -> bytes:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - cold start.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - cold start.

    nonce, data = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, data, context.encode())
    except (InvalidTag, ValueError) as error:
        raise DecryptionError from error
