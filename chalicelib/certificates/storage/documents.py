"""The documents of certificates, sealed under their holders' keys."""

from pynamodb.exceptions import PutError

from chalicelib.certificates.storage._records import (
    DOCUMENT,
    DocumentRecord,
    pk_of,
)
from chalicelib.core.tables import condition_failed


def load_document(code: str) -> bytes | None:
    """Return the sealed document of a certificate; None where none was made."""
    try:
        record = DocumentRecord.get(pk_of(code), DOCUMENT, consistent_read=True)
    except DocumentRecord.DoesNotExist:
        return None
    return bytes(record.document)


def keep_document(code: str, sealed: bytes) -> None:
    """Keep the sealed document of a certificate; the first that was made stays."""
    record = DocumentRecord(pk_of(code), DOCUMENT, document=sealed)
    try:
        record.save(condition=DocumentRecord.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)
