"""A person as somebody writes them: by a name and a document's number."""

from datetime import datetime
from typing import Annotated

from chalicelib.core.clock import office_time
from chalicelib.core.http_messages import BodyModel
from chalicelib.core.id_documents import (
    Document,
    DocumentType,
    IdentityDocumentType,
    read_document,
)
from chalicelib.core.text import Name, typed

IdNumber = Annotated[str, typed(".*")]


class Named(BodyModel):
    """A name and a number; `country` is whose passport it is, by ISO 3166-1, in 2 or 3 letters."""

    name: Name
    id_number: IdNumber
    country: Annotated[str, typed("[A-Z]{1,3}")] | None = None

    def read(self, document_type: DocumentType | None, now: datetime) -> Document:
        """Return the document; raises InvalidRequest."""
        return read_document(self.id_number, office_time(now).date(), document_type, self.country)


class Person(Named):
    """A name and a document; a type that is left out is recognised by the number."""

    document_type: IdentityDocumentType | None = None

    def document(self, now: datetime) -> Document:
        """Return the document; raises InvalidRequest."""
        return self.read(self.document_type, now)
