"""An enquiry: its kinds and states, what it is about, and its history."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, get_args

from chalicelib.core.decisions import Versioned
from chalicelib.core.history import Entry, Head
from chalicelib.core.idempotency import Ledger
from chalicelib.enquiries.domain.published import PublishedAnswer
from chalicelib.supervision.domain import Alert

Kind = Literal["question", "complaint", "suggestion", "praise", "report", "data_correction"]
SubjectType = Literal["case", "appointment", "delivery", "service", "office"]
SUBJECT_TYPES: Final[tuple[SubjectType, ...]] = get_args(SubjectType)
# How it came in: from a citizen's account, from somebody who is not logged in, by telephone.
Channel = Literal["account", "anonymous", "phone"]

OWNER_LENGTH: Final = 8
# Whose the enquiries are that belong to no account; no citizen's id has a dash.
NOBODY: Final = "nobody--"


class EnquiryStatus(StrEnum):
    """The states of an enquiry."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    REOPENED = "reopened"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    NOT_OURS = "not_ours"


# The states in which the office has it to answer, and so the deadline runs.
OPEN: Final = (EnquiryStatus.RECEIVED, EnquiryStatus.ASSIGNED, EnquiryStatus.REOPENED)


@dataclass(frozen=True, slots=True)
class Subject:
    """What an enquiry is about."""

    type: SubjectType
    id: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is, in degrees (WGS 84)."""

    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote, with the uploads and the place that belong to it."""

    text: str
    attachments: tuple[str, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Who called by telephone, and when they want to be called back."""

    name: str | None
    phone: str
    callback_at: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What is asked, of which hall, about what; `contact` where staff took it by telephone."""

    kind: Kind
    words: Words
    subject: Subject | None = None
    office_id: str | None = None
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Enquiry(Versioned):
    """One enquiry on its way; what was written is in its history, sealed.

    `handlers` are the staff who handled what is complained about and are kept out; `confined` ones
    are for supervisors alone. One that awaits the citizen's leave is seen by no staff, and no
    deadline runs. `sealed_key` is the wrapped key of one that belongs to no account. `contact` is
    sealed. `escalated` ones only supervisors answer. `overdue` says that the missed deadline was
    told. `changed_at` is when its state was last changed.
    """

    enquiry_id: str
    kind: Kind
    status: EnquiryStatus
    channel: Channel
    office_id: str
    received_at: datetime
    due_at: datetime
    changed_at: datetime
    service_id: str | None = None
    subject: Subject | None = None
    handlers: frozenset[str] = frozenset()
    confined: bool = False
    awaiting_leave: bool = False
    claimed_by: str | None = None
    extended: bool = False
    reopened: int = 0
    escalated: bool = False
    overdue: bool = False
    satisfaction: int | None = None
    published: bool = False
    sealed_key: str | None = None
    contact: str | None = None
    version: int = 1
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.enquiry_id

    @property
    def citizen_id(self) -> str | None:
        """Return whose account it belongs to, if to any."""
        owner = self.enquiry_id[:OWNER_LENGTH]
        return None if owner == NOBODY else owner

    @property
    def number(self) -> str:
        """Return the plain number, which also names its partition."""
        return self.enquiry_id[OWNER_LENGTH:]

    @property
    def open(self) -> bool:
        """Tell whether the office has it to answer."""
        return self.status in OPEN

    def with_leave(self, received_at: datetime, due_at: datetime) -> "Enquiry":
        """Return it as the citizen lets it be looked into."""
        return replace(self, awaiting_leave=False, received_at=received_at, due_at=due_at)


@dataclass(frozen=True, slots=True)
class EnquiryFile:
    """All of an enquiry: its state and its history."""

    enquiry: Enquiry
    entries: tuple[Entry, ...]

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.enquiry.enquiry_id

    @property
    def head(self) -> Head:
        """Return the end of its history."""
        return self.enquiry.head

    @property
    def ledger(self) -> Ledger:
        """Return the attempts that took effect."""
        return self.enquiry.ledger

    def advanced(self, entries: tuple[Entry, ...], ledger: Ledger) -> "EnquiryFile":
        """Return the next version, with its new history entries and ledger."""
        new = self.enquiry.advanced(entries, ledger)
        return replace(self, enquiry=new, entries=(*self.entries, *entries))


@dataclass(frozen=True, slots=True)
class EnquirySummary:
    """An enquiry in a hall's list, without what was written; `position` is its place there."""

    enquiry_id: str
    kind: Kind
    status: EnquiryStatus
    office_id: str
    received_at: datetime
    due_at: datetime
    claimed_by: str | None
    escalated: bool
    position: str


@dataclass(frozen=True, slots=True)
class Effects:
    """What is kept with an enquiry's next version.

    `alerts` are raised, those of the codes `cleared` are cleared, both of its subject.
    `published` is what everybody can read from now on; `unpublished` takes that back.
    """

    alerts: tuple[Alert, ...] = ()
    cleared: tuple[str, ...] = ()
    published: PublishedAnswer | None = None
    unpublished: bool = False
