"""A case: its states, what was applied for, and its history."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from chalicelib.cases.domain.application_body import Body
from chalicelib.cases.domain.authority import Authority
from chalicelib.cases.domain.automated import AutomatedDecision
from chalicelib.cases.domain.originals import Handover, Original, in_office
from chalicelib.core.decisions import Versioned
from chalicelib.core.history import Entry, Head
from chalicelib.core.idempotency import Ledger
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.money import Money

_GROUP: Final = 4

PaymentStatus = Literal["none", "unpaid", "pending", "paid", "refunded", "partly_refunded"]


class CaseStatus(StrEnum):
    """The states of a case."""

    SUBMITTED = "submitted"
    CORRECTION_REQUESTED = "correction_requested"
    ACCEPTED = "accepted"
    UNDER_REVIEW = "under_review"
    APPROVED = "approved"
    ISSUED = "issued"
    COMPLETED = "completed"
    DECLINED = "declined"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class PartStatus(StrEnum):
    """The states of a department's part of a case."""

    WAITING = "waiting"
    OPEN = "open"
    CORRECTION_REQUESTED = "correction_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    NOT_NEEDED = "not_needed"


ENDED: Final = frozenset(
    {CaseStatus.COMPLETED, CaseStatus.DECLINED, CaseStatus.REJECTED, CaseStatus.WITHDRAWN},
)
# The states in which the time limits run, in the order of the way through the office.
RUNNING: Final = (
    CaseStatus.SUBMITTED,
    CaseStatus.ACCEPTED,
    CaseStatus.UNDER_REVIEW,
    CaseStatus.APPROVED,
)
WITHDRAWABLE: Final = frozenset(
    {
        CaseStatus.SUBMITTED,
        CaseStatus.CORRECTION_REQUESTED,
        CaseStatus.ACCEPTED,
        CaseStatus.UNDER_REVIEW,
    }
)


@dataclass(frozen=True, slots=True)
class CasePart:
    """What one department decides of a case.

    `promised_at` is there once it was open; it stands still from `paused_at` while a correction is
    awaited. `remarks` is the sealed text of what is to be corrected, `asked` once the citizen was
    told of it. `since` is the version of the case that last changed it.
    """

    part_id: str
    department_id: str
    status: PartStatus
    promised_at: datetime | None = None
    decided_at: datetime | None = None
    claimed_by: str | None = None
    paused_at: datetime | None = None
    remarks: str | None = None
    asked: bool = False
    since: int = 1

    @property
    def limit(self) -> datetime | None:
        """Return when its department must have decided it; None while it has nothing to decide."""
        return self.promised_at if self.status is PartStatus.OPEN else None


@dataclass(frozen=True, slots=True)
class Case(Versioned):
    """One application on its way; what is personal in it is kept apart, sealed.

    `promised_at` and `due_at` are what the office and the law promise, moved by the time that
    corrections and the fee took: `corrections` of them, the promise by `paused` in all, `paused_at`
    while one is awaited.
    `decided_at` is when the limits stopped running. `watch_at` is when the limits are worth a look,
    `alerted` how many of them were told, `alerts` the codes of alerts that are open.
    `authority` tells of what was lodged for a parent before they agreed whether they were asked.
    `entered_by` is the clerk who entered it at the counter of a hall (`intake_office_id`),
    `accepted_by` who accepted it. `parts` are its departments' own, `parts_told_until` the time up
    to which their missed limits were told; what they want corrected is asked at `gather_at`, if not
    sooner. `originals` come by `handover`, once it was `prechecked_at`
    a time; when a courier brought them the case is `lifted_at` the top of the list. Its visit is
    `appointment_id`; after one that was missed it waits for another until `visit_by`. To
    those of `visited` its citizen came.
    `wanted_delivery` is the sealed address, given only where the body was read as well.
    `granted_by` is the mandate under which another lodged it for its citizen. `certificates` and
    `lookups` are the ids of those that stand for materials. `decision` is a machine's; the citizen
    asked for a person at `review_asked_at`. It was lodged by `service_revision` of its service.
    `courier_fee` is a line of `fee`.
    """

    case_id: str
    person: str
    service_id: str
    office_id: str
    status: CaseStatus
    lodged_at: datetime
    promised_at: datetime
    due_at: datetime
    for_member: str | None = None
    fee: Money | None = None
    payment_status: PaymentStatus = "none"
    delivery_id: str | None = None
    delivery_status: str | None = None
    delivery_seen: str | None = None
    paused: timedelta = timedelta()
    paused_at: datetime | None = None
    corrections: int = 0
    decided_at: datetime | None = None
    claimed_by: str | None = None
    score: int | None = None
    watch_at: datetime | None = None
    alerted: int = 0
    alerts: frozenset[str] = frozenset()
    accepted_by: str | None = None
    entered_by: str | None = None
    intake_office_id: str | None = None
    parts: tuple[CasePart, ...] = ()
    parts_told_until: datetime | None = None
    gather_at: datetime | None = None
    handover: Handover | None = None
    prechecked_at: datetime | None = None
    originals: tuple[Original, ...] = ()
    lifted_at: datetime | None = None
    appointment_id: str | None = None
    visit_by: datetime | None = None
    visited: frozenset[str] = frozenset()
    version: int = 1
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()
    wanted_delivery: str | None = None
    authority: Authority | None = None
    certificates: frozenset[str] = frozenset()
    lookups: frozenset[str] = frozenset()
    granted_by: str | None = None
    decision: AutomatedDecision | None = None
    review_asked_at: datetime | None = None
    service_revision: str | None = None
    courier_fee: Money | None = None

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.case_id

    @property
    def citizen_id(self) -> str:
        """Return whose case it is."""
        return self.case_id[:CITIZEN_ID_LENGTH]

    @property
    def late_parts(self) -> tuple[CasePart, ...]:
        """Return the parts that a department still has to decide, and whose limit was told."""
        told_until = self.parts_told_until
        return tuple(p for p in self.parts if told_until and p.limit and p.limit <= told_until)

    @property
    def number(self) -> str:
        """Return the plain receipt number, which also names the case's partition."""
        return self.case_id[CITIZEN_ID_LENGTH:]

    @property
    def receipt_number(self) -> str:
        """Return the number as it stands on the receipt: 7K3M-Q9XW-2TR7."""
        return receipt_of(self.case_id)

    @property
    def unpaid(self) -> bool:
        """Tell whether a fee is due that the office does not have; a part given back is no debt."""
        return self.fee is not None and self.payment_status not in ("paid", "partly_refunded")

    @property
    def waits_for_correction(self) -> bool:
        """Tell whether the citizen was asked to correct something."""
        is_asked = any(part.asked for part in self.parts)
        return self.status is CaseStatus.CORRECTION_REQUESTED or is_asked

    @property
    def ended_by_part(self) -> bool:
        """Tell whether it was rejected because a department rejected its part."""
        rejected = any(part.status is PartStatus.REJECTED for part in self.parts)
        return self.status is CaseStatus.REJECTED and rejected

    def part(self, part_id: str) -> CasePart | None:
        """Return a part by its id."""
        return next((one for one in self.parts if one.part_id == part_id), None)

    @property
    def hands_over(self) -> bool:
        """Tell whether its originals are waited for: it was chosen how, or they were asked for."""
        return self.handover in ("courier", "visit") or self.prechecked_at is not None

    @property
    def channel(self) -> Literal["online", "counter"]:
        """Return how it was lodged."""
        return "counter" if self.entered_by else "online"

    @property
    def trips(self) -> int:
        """Return how often somebody came for it, as far as is known."""
        return len(self.visited) + (self.channel == "counter")

    @property
    def owes_originals(self) -> bool:
        """Tell whether a courier brings back what one has brought: it ended without a result."""
        is_in_vain = self.status in ENDED and self.status is not CaseStatus.COMPLETED
        return is_in_vain and self.handover == "courier" and in_office(self.originals)

    @property
    def ended(self) -> bool:
        """Tell whether nothing more happens to it."""
        return self.status in ENDED

    @property
    def running(self) -> bool:
        """Tell whether the office has it to do, and so the limits run where they do not pause."""
        return self.status in RUNNING


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All of a case: its state, what was applied for, and its history."""

    case: Case
    body: Body
    entries: tuple[Entry, ...]

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.case.case_id

    @property
    def head(self) -> Head:
        """Return the end of its history."""
        return self.case.head

    @property
    def ledger(self) -> Ledger:
        """Return the attempts that took effect."""
        return self.case.ledger

    def advanced(self, entries: tuple[Entry, ...], ledger: Ledger) -> "CaseFile":
        """Return the next version, with its new history entries and ledger."""
        new = self.case.advanced(entries, ledger)
        return replace(self, case=new, entries=(*self.entries, *entries))


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to correct: `pointer` says where, as the one-time notice does."""

    pointer: str
    detail: str


def receipt_of(case_id: str) -> str:
    """Return the receipt number of a case's id."""
    number = case_id[CITIZEN_ID_LENGTH:]
    return "-".join(number[at : at + _GROUP] for at in range(0, len(number), _GROUP))
