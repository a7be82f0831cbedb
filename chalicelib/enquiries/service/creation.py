"""How a new enquiry is made: who sends it, and its state with its first entry."""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core import history, idempotency
from chalicelib.core.auth import Citizen, Staff
from chalicelib.core.crypto import SubjectKey
from chalicelib.core.event_types import EnquiryEvent
from chalicelib.core.idempotency import Attempt
from chalicelib.core.rate_limit import of_source
from chalicelib.core.settings import SETTINGS
from chalicelib.enquiries.domain import (
    NOBODY,
    Channel,
    Enquiry,
    EnquiryFile,
    EnquiryStatus,
    Submission,
)
from chalicelib.enquiries.domain.steps import KEEP_OUT
from chalicelib.enquiries.service import changes, encryption
from chalicelib.enquiries.service.deadlines import due
from chalicelib.enquiries.service.subjects import About


@dataclass(frozen=True, slots=True)
class Sender:
    """Who submits: a citizen, staff for who called, or nobody known, at a network address."""

    caller: Citizen | Staff | None
    source: str

    @property
    def owner(self) -> str:
        """Return the beginning of the ids of the sender's enquiries."""
        return self.caller.citizen_id if isinstance(self.caller, Citizen) else NOBODY

    @property
    def channel(self) -> Channel:
        """Return how the enquiry comes in."""
        if isinstance(self.caller, Citizen):
            return "account"
        return "phone" if self.caller else "anonymous"

    @property
    def actor(self) -> str:
        """Return the name that history entries carry."""
        return self.caller.actor if self.caller else "anonymous"

    @property
    def counted_as(self) -> tuple[str, int]:
        """Return for whom enquiries are counted, and how many an hour there may be; 0 is any."""
        if isinstance(self.caller, Staff):
            return "", 0
        if self.caller:
            return self.caller.person, SETTINGS.enquiries_an_hour
        return self.source, of_source(SETTINGS.anonymous_enquiries_an_hour)


@dataclass(frozen=True, slots=True)
class Draft:
    """What makes an enquiry: who sends what about what to which hall, when and in which attempt."""

    sender: Sender
    submission: Submission
    about: About
    office_id: str
    attempt: Attempt
    now: datetime


def new_file(
    draft: Draft,
    number: str,
    key: tuple[SubjectKey, str | None],
    event: EnquiryEvent = "enquiry.received",
) -> EnquiryFile:
    """Return an enquiry as it comes in; one whose leave is asked waits for that."""
    submission, about, now = draft.submission, draft.about, draft.now.replace(microsecond=0)
    subject_key, wrapped = key
    contact, is_complaint = submission.contact, submission.kind in KEEP_OUT
    enquiry = Enquiry(
        enquiry_id=draft.sender.owner + number,
        kind=submission.kind,
        status=EnquiryStatus.RECEIVED,
        channel=draft.sender.channel,
        office_id=draft.office_id,
        received_at=now,
        due_at=due(submission.kind, draft.office_id, now),
        changed_at=now,
        service_id=about.service_id,
        subject=submission.subject,
        handlers=about.handlers if is_complaint else frozenset(),
        confined=is_complaint and about.rated_low,
        awaiting_leave=event == "enquiry.leave_asked",
        sealed_key=wrapped,
        contact=encryption.seal_contact(subject_key, number, contact) if contact else None,
        ledger=idempotency.note((), draft.attempt, now),
    )
    sealed = encryption.seal_words(subject_key, number, submission.words)
    entry = history.append(
        enquiry.enquiry_id,
        history.Head(),
        type_=event,
        at=now,
        actor=draft.sender.actor,
        data={**changes.facts_of(enquiry), "words": sealed},
    )
    return EnquiryFile(replace(enquiry, head=entry.head), (entry,))


def key_for(sender: Sender, number: str) -> tuple[SubjectKey, str | None]:
    """Return the key that seals an enquiry, and its wrapped form where it is the enquiry's own."""
    if isinstance(sender.caller, Citizen):
        return encryption.citizens_key(sender.caller.citizen_id), None
    return encryption.new_key(number)
