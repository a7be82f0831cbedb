"""A seal whose key is in the secrets: a signature by PAdES baseline B-B (ETSI EN 319 142-1).

pyHanko makes it. The PDF is certified (DocMDP, ISO 32000-2, 12.8.2.2): no change is allowed.
"""

import io
from datetime import datetime
from typing import Any, Final

from asn1crypto import keys, pem, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

_FIELD: Final = "Seal"
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
        self._signer = signers.SimpleSigner(first, keys.PrivateKeyInfo.load(key), store)

    def seal(self, document: bytes, at: datetime) -> bytes:
        """Return the PDF with its seal."""
        meta = signers.PdfSignatureMetadata(
            field_name=_FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        )
        signer = _DatedSigner(meta, self._signer)
        signer.at = at
        sealed: io.BytesIO = signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(document)))
        return sealed.getvalue()


class _DatedSigner(signers.PdfSigner):
    """Signs at a time of the product's clock, not the machine's."""

    at: datetime

    def init_signing_session(self, *arguments: Any, **options: Any) -> Any:
        session = super().init_signing_session(*arguments, **options)
        session.system_time = self.at
        return session
