"""What enquiries hold about a citizen: exported, taken back on leaving, and shown to auditors."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Final

from chalicelib.core import audit
from chalicelib.core.changes import Author
from chalicelib.core.clock import rfc3339
from chalicelib.enquiries.domain import Enquiry, EnquiryFile, steps
from chalicelib.enquiries.service import changes, encryption, queries
from chalicelib.enquiries.service.changes import Decided
from chalicelib.identity.service import personal_data_requests


def history_of(enquiry_id: str) -> audit.SubjectHistory | None:
    """Return an enquiry's history, for auditors of its hall."""
    file = queries.find(enquiry_id)
    if file is None:
        return None
    enquiry = file.enquiry
    return audit.SubjectHistory(file.entries, enquiry.head, enquiry.office_id, enquiry.citizen_id)


def held_about(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's enquiries as plain JSON values, for their export."""
    return [_exported(file) for file in queries.all_of(citizen_id)]


def withdraw_all(citizen_id: str, now: datetime) -> None:
    """Take back what a citizen who leaves has asked; the key that goes with them sealed it."""
    for file in queries.all_of(citizen_id):
        _withdraw(citizen_id, file.enquiry.enquiry_id, now)


def ids_of(citizen_id: str) -> Iterator[str]:
    """Return the ids of a citizen's enquiries."""
    return (file.enquiry.enquiry_id for file in queries.all_of(citizen_id))


def office_ids_of(citizen_id: str) -> Iterator[str]:
    """Return the ids of the halls that a citizen asked."""
    return (file.enquiry.office_id for file in queries.all_of(citizen_id))


def open_ids(citizen_id: str) -> list[str]:
    """Return the ids of a citizen's enquiries that are open."""
    enquiries = (file.enquiry for file in queries.all_of(citizen_id))
    return [enquiry.enquiry_id for enquiry in enquiries if enquiry.open]


def _withdraw(citizen_id: str, enquiry_id: str, now: datetime) -> None:
    def decide(old: Enquiry) -> Decided | None:
        if not old.open:
            return None
        return changes.decided(old, steps.withdrawn(old), now, "enquiry.withdrawn")

    author = Author(f"citizen:{citizen_id}", now)
    changes.change(lambda: queries.show(citizen_id, enquiry_id), decide, author)


def _exported(file: EnquiryFile) -> dict[str, object]:
    enquiry = file.enquiry
    return {
        "enquiry_id": enquiry.enquiry_id,
        "number": queries.number_of(enquiry),
        "kind": enquiry.kind,
        "status": enquiry.status.value,
        "office_id": enquiry.office_id,
        "subject": asdict(enquiry.subject) if enquiry.subject else None,
        "received_at": rfc3339(enquiry.received_at),
        "due_at": rfc3339(enquiry.due_at),
        "satisfaction": enquiry.satisfaction,
        "timeline": [
            {"at": entry.at, "event": entry.type, "words": asdict(words) if words else None}
            for entry in file.entries
            for words in [encryption.open_words(enquiry, entry.data.get("words"))]
        ],
    }


PERSONAL_DATA: Final = personal_data_requests.Holder("enquiries", held_about, withdraw_all)
