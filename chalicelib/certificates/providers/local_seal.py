"""A seal whose key is in the secrets: a signature by PAdES baseline B-B (ETSI EN 319 142-1).

pyHanko makes it. The PDF is certified (DocMDP, ISO 32000-2, 12.8.2.2): no change is allowed.
"""

import io
from datetime import datetime
from typing import Any, Final

from asn1crypto import keys, pem, x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

_FIELD: Final = "Seal"
_DIGEST: Final = "sha256"
# Its declarations leave out what it returns.
_Store: Final[Any] = SimpleCertificateStore


class LocalSeal:
    """Signs with a key of RSA or ECDSA and its certificate, both in PEM."""

    def __init__(self, key_pem: str, certificate_pem: str) -> None:
        """Take the certificate first, then those that lead to its root, if any."""
        first, *others = (
            x509.Certificate.load(der)
            for _, _, der in pem.unarmor(certificate_pem.encode(), multiple=True)
        )
        store: Any = _Store()
        store.register_multiple(others)
        _, _, key = pem.unarmor(key_pem.encode())
        self._signer = _Signer(first, keys.PrivateKeyInfo.load(key), store)

    def seal(self, document: bytes, at: datetime) -> bytes:
        """Return the PDF with its seal."""
        meta = signers.PdfSignatureMetadata(
            field_name=_FIELD,
            md_algorithm=_DIGEST,
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        )
        signer = _DatedSigner(meta, self._signer)
        signer.at = at
        sealed: io.BytesIO = signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(document)))
        return sealed.getvalue()


class _Signer(signers.SimpleSigner):
    """Reads its key once; pyHanko would for each signature, of which it makes two for a PDF.

    The first is made for its length alone, which for RSA is that of the key.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._key = load_der_private_key(self.signing_key.dump(), password=None)

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        key = self._key
        if not isinstance(key, RSAPrivateKey) or digest_algorithm != _DIGEST:
            return self.sign_raw(data, digest_algorithm)
        return bytes(key.key_size // 8) if dry_run else key.sign(data, PKCS1v15(), SHA256())


class _DatedSigner(signers.PdfSigner):
    """Signs at a time of the product's clock, not the machine's."""

    at: datetime

    def init_signing_session(self, *arguments: Any, **options: Any) -> Any:
        session = super().init_signing_session(*arguments, **options)
        session.system_time = self.at
        return session
