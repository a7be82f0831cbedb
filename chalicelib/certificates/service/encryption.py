"""What is personal in a certificate, sealed under its citizen's key."""

import base64
import json
from collections.abc import Mapping
from typing import Final

from chalicelib.certificates.domain import Certificate, Content, Holder
from chalicelib.core.crypto import DecryptionError, SubjectKey
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.id_documents import document_of, fields_of
from chalicelib.identity import service as identity

_CONTENT: Final = "content"
_DOCUMENT: Final = "document"
_REASON: Final = "reason"


def key_of(citizen_id: str) -> SubjectKey:
    """Return a citizen's key; raises NotFound once they were erased."""
    try:
        return identity.key_of(citizen_id)
    except Unauthenticated as error:
        raise NotFound from error


def seal_content(certificate_id: str, key: SubjectKey, content: Content) -> str:
    """Seal whom a certificate names and what stands on it."""
    holders = [_written(one) for one in content.holders]
    kept = {"holders": holders, "fields": dict(content.fields)}
    return key.seal(_field(certificate_id, _CONTENT), json.dumps(kept, ensure_ascii=False))


def open_content(certificate: Certificate, key: SubjectKey | None = None) -> Content | None:
    """Open what is personal in a certificate; None once its holder was erased."""
    text = _open(certificate, _CONTENT, certificate.content, key)
    if text is None:
        return None
    kept = json.loads(text)
    return Content(tuple(map(_read, kept["holders"])), kept["fields"])


def seal_document(certificate: Certificate, document: bytes) -> bytes:
    """Seal a document; raises NotFound once the holder was erased."""
    text = base64.b64encode(document).decode()
    key = key_of(certificate.citizen_id)
    return base64.b64decode(key.seal(_field(certificate.certificate_id, _DOCUMENT), text))


def open_document(certificate: Certificate, sealed: bytes) -> bytes | None:
    """Open a document; None once the holder was erased."""
    text = _open(certificate, _DOCUMENT, base64.b64encode(sealed).decode(), None)
    return base64.b64decode(text) if text else None


def seal_reason(certificate_id: str, reason: str) -> str:
    """Seal why staff decide something; raises NotFound once the holder was erased."""
    key = key_of(certificate_id[:8])
    return key.seal(_field(certificate_id, _REASON), reason)


def open_reason(certificate: Certificate, sealed: str | None) -> str | None:
    """Open why staff decided something; None where there is nothing, or it was erased."""
    return _open(certificate, _REASON, sealed, None)


def _written(holder: Holder) -> dict[str, str]:
    if holder.document:
        return {"name": holder.name, **fields_of(holder.document)}
    return {"name": holder.name, "credit_code": holder.credit_code or ""}


def _read(kept: Mapping[str, str]) -> Holder:
    if "credit_code" in kept:
        return Holder(kept["name"], credit_code=kept["credit_code"])
    return Holder(kept["name"], document_of(kept))


def _open(
    certificate: Certificate, what: str, sealed: str | None, key: SubjectKey | None
) -> str | None:
    if sealed is None:
        return None
    try:
        key = key or key_of(certificate.citizen_id)
        return key.open(_field(certificate.certificate_id, what), sealed)
    except (NotFound, DecryptionError):
        return None


def _field(certificate_id: str, what: str) -> str:
    return f"certificate/{certificate_id}/{what}"
