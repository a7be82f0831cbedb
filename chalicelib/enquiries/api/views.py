"""How enquiries look from outside."""

from collections.abc import Iterable
from typing import Any, Final, Literal

from chalicelib.core.clock import rfc3339
from chalicelib.core.history import Entry
from chalicelib.core.http_messages import BodyModel, Id
from chalicelib.enquiries.domain import (
    Enquiry,
    EnquiryFile,
    EnquiryStatus,
    Kind,
    Place,
    SubjectType,
)
from chalicelib.enquiries.service import encryption, queries

_ANSWERED: Final = "enquiry.answered"
# What passes between halls is not for the citizen.
_BETWEEN_HALLS: Final = frozenset({"enquiry.transferred"})
_OF_CITIZENS: Final = ("citizen:", "anonymous")


class EnquirySubject(BodyModel):
    """What an enquiry is about."""

    type: SubjectType
    id: Id


class AnswerGiven(BodyModel):
    """An answer of the office, in its order."""

    at: str
    text: str


class EnquiryMessage(BodyModel):
    """What somebody wrote to it: the citizen or the office; `event` says with which step."""

    at: str
    event: str
    sender: Literal["citizen", "office"]
    text: str


class EnquiryFields(BodyModel):
    """What every view of an enquiry has."""

    enquiry_id: str
    number: str
    kind: Kind
    status: EnquiryStatus
    office_id: str
    service_id: str | None
    subject: EnquirySubject | None
    received_at: str
    due_at: str
    extended: bool
    reopened: int
    satisfaction: int | None
    answers: list[AnswerGiven]
    version: int


class EnquiryView(EnquiryFields):
    """An enquiry with all that was written; `text` is null once the citizen was erased.

    `code` opens its progress without a log-in. `asks_leave` says that a low rating made it, and
    that it waits for the citizen to let it be looked into.
    """

    code: str
    asks_leave: bool
    text: str | None
    attachments: list[str]
    messages: list[EnquiryMessage]


class EnquiryList(BodyModel):
    """Enquiries of one page, newest first."""

    items: list[EnquiryView]
    next_cursor: str | None


def parts(file: EnquiryFile) -> dict[str, Any]:
    """Return the fields that every view of an enquiry has."""
    enquiry, subject = file.enquiry, file.enquiry.subject
    return {
        "enquiry_id": enquiry.enquiry_id,
        "number": queries.number_of(enquiry),
        "kind": enquiry.kind,
        "status": enquiry.status,
        "office_id": enquiry.office_id,
        "service_id": enquiry.service_id,
        "subject": EnquirySubject(type=subject.type, id=subject.id) if subject else None,
        "received_at": rfc3339(enquiry.received_at),
        "due_at": rfc3339(enquiry.due_at),
        "extended": enquiry.extended,
        "reopened": enquiry.reopened,
        "satisfaction": enquiry.satisfaction,
        "answers": answers_of(file),
        "version": enquiry.version,
    }


def written(file: EnquiryFile, *, hidden: Iterable[str] = _BETWEEN_HALLS) -> dict[str, Any]:
    """Return what was written to an enquiry, but with the steps that are hidden."""
    enquiry = file.enquiry
    first = queries.first_words(file)
    shown = [entry for entry in file.entries[1:] if entry.type not in hidden]
    return {
        "text": first.text if first else None,
        "attachments": list(first.attachments) if first else [],
        "messages": [one for entry in shown for one in _message(enquiry, entry)],
    }


def enquiry_view(file: EnquiryFile) -> EnquiryView:
    """Present an enquiry to its owner."""
    own: dict[str, Any] = {
        "code": queries.code_of(file.enquiry.number),
        "asks_leave": file.enquiry.awaiting_leave,
    }
    return EnquiryView(**parts(file), **own, **written(file))


def place_of(file: EnquiryFile) -> Place | None:
    """Return where it is, where that was told."""
    words = queries.first_words(file)
    return words.place if words else None


def answers_of(file: EnquiryFile) -> list[AnswerGiven]:
    """Return what the office answered."""
    return [
        AnswerGiven(at=entry.at, text=words.text)
        for entry in file.entries
        if entry.type == _ANSWERED
        for words in [encryption.open_words(file.enquiry, entry.data.get("words"))]
        if words
    ]


def _message(enquiry: Enquiry, entry: Entry) -> list[EnquiryMessage]:
    words = encryption.open_words(enquiry, entry.data.get("words"))
    if words is None:
        return []
    sender: Literal["citizen", "office"] = (
        "citizen" if entry.actor.startswith(_OF_CITIZENS) else "office"
    )
    return [EnquiryMessage(at=entry.at, event=entry.type, sender=sender, text=words.text)]
