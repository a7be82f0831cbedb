"""Handlers of the certificates' own events; events come at least once."""

from datetime import datetime

from chalicelib.certificates.service import documents
from chalicelib.core.events import Event


def seal_document(event: Event, now: datetime) -> None:
    """Make the document of a certificate that was issued, with its seal. Idempotent."""
    if event.type == "certificate.issued":
        documents.make(event.subject, now)
