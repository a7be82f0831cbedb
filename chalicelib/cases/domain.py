"""Cases, the table of their steps, and the rules of time limits, corrections and ratings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from chalicelib.core.decisions import Versioned
from chalicelib.core.errors import Problem
from chalicelib.core.history import Entry, Head
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger
from chalicelib.core.money import Money

CITIZEN_ID_LENGTH: Final = 8
YELLOW_SHARE: Final = 0.8
TIME_ALERTS: Final = frozenset({"promise_near", "promise_missed", "law_missed"})
# What a citizen must correct is told at once; who asks again has not told all.
ASKED_AGAIN: Final = "correction_asked_again"
STANDING_ALERTS: Final = TIME_ALERTS | {ASKED_AGAIN}
_GROUP: Final = 4

StepName = Literal[
    "claim",
    "release",
    "accept",
    "decline",
    "request-correction",
    "review",
    "approve",
    "reject",
    "issue",
    "complete",
]
PaymentStatus = Literal["none", "unpaid", "pending", "paid", "refunded", "partly_refunded"]


class Status(StrEnum):
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


ENDED: Final = frozenset(
    {Status.COMPLETED, Status.DECLINED, Status.REJECTED, Status.WITHDRAWN},
)
# The states in which the time limits run, in the order of the way through the office.
RUNNING: Final = (Status.SUBMITTED, Status.ACCEPTED, Status.UNDER_REVIEW, Status.APPROVED)
WITHDRAWABLE: Final = frozenset(
    {
        Status.SUBMITTED,
        Status.CORRECTION_REQUESTED,
        Status.ACCEPTED,
        Status.UNDER_REVIEW,
    }
)


class VerificationRequired(Problem):
    """Only a person whose identity is verified may lodge."""

    status = 403
    code = "verification_required"
    title = Text("请先完成实名认证", "Verify your identity first")


class Incomplete(Problem):
    """Everything that is missing or wrong in an application, told at once."""

    status = 422
    code = "incomplete"
    title = Text("申请内容不完整，请一次性补齐以下各项", "The application is not complete")


class AlreadyClaimed(Problem):
    """Another member of staff handles the case; `claimed_by` says who."""

    status = 409
    code = "already_claimed"
    title = Text("该办件已由他人领取", "Another member of staff handles this case")


class FeeUnpaid(Problem):
    """The step waits for the fee; `current` is the case's state, `payment_status` the fee's."""

    status = 409
    code = "fee_unpaid"
    title = Text("费用尚未缴清，缴费后方可办理此步骤", "The fee must be paid before this step")


class AlreadyRated(Problem):
    """A case is rated once."""

    status = 409
    code = "already_rated"
    title = Text("您已评价过该事项", "This case has been rated already")


@dataclass(frozen=True, slots=True)
class Step:
    """What staff do with a case: from which states, to which (None: it stays), and by whom."""

    event: str
    froms: frozenset[Status]
    to: Status | None
    needs: Literal["note", "items"] | None = None
    roles: frozenset[str] = frozenset({"clerk", "supervisor", "admin"})


def _step(
    event: str,
    froms: Status | tuple[Status, ...],
    to: Status | None = None,
    needs: Literal["note", "items"] | None = None,
) -> Step:
    states = froms if isinstance(froms, tuple) else (froms,)
    return Step(f"case.{event}", frozenset(states), to, needs)


STEPS: Final[Mapping[StepName, Step]] = {
    "claim": _step("claimed", RUNNING),
    "release": _step("released", RUNNING),
    "accept": _step("accepted", Status.SUBMITTED, Status.ACCEPTED),
    "decline": _step("declined", Status.SUBMITTED, Status.DECLINED, "note"),
    "request-correction": _step(
        "correction_requested", Status.SUBMITTED, Status.CORRECTION_REQUESTED, "items"
    ),
    "review": _step("reviewed", Status.ACCEPTED, Status.UNDER_REVIEW),
    "approve": _step("approved", Status.UNDER_REVIEW, Status.APPROVED),
    "reject": _step("rejected", Status.UNDER_REVIEW, Status.REJECTED, "note"),
    "issue": _step("issued", Status.APPROVED, Status.ISSUED),
    "complete": _step("completed", Status.ISSUED, Status.COMPLETED),
}


@dataclass(frozen=True, slots=True)
class Case(Versioned):
    """One application on its way; what is personal in it is kept apart, sealed.

    `promised_at` and `due_at` are what the office and the law promise, moved by the time that
    corrections and the fee took: `corrections` of them, the promise by `paused` in all, `paused_at`
    while one is awaited.
    `decided_at` is when the limits stopped running. `watch_at` is when the limits are worth a look,
    `alerted` how many of them were told, `alerts` the codes of alerts that are open.
    `wanted_delivery` is the sealed address, given only where the body was read as well.
    """

    case_id: str
    person: str
    service_id: str
    office_id: str
    status: Status
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
    version: int = 1
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()
    wanted_delivery: str | None = None

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.case_id

    @property
    def citizen_id(self) -> str:
        """Return whose case it is."""
        return self.case_id[:CITIZEN_ID_LENGTH]

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
    def ended(self) -> bool:
        """Tell whether nothing more happens to it."""
        return self.status in ENDED

    @property
    def running(self) -> bool:
        """Tell whether the office has it to do, and so the limits run where they do not pause."""
        return self.status in RUNNING


@dataclass(frozen=True, slots=True)
class Given:
    """A material of an application and the upload that was given for it."""

    material_id: str
    upload_id: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a parcel is fetched or brought; `division_code` has 6 or 12 digits."""

    name: str
    phone: str
    division_code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Body:
    """What was applied for: `form` and `delivery` are sealed under the citizen's key."""

    form: str | None
    materials: tuple[Given, ...] = ()
    delivery: str | None = None


@dataclass(frozen=True, slots=True)
class Whole:
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

    def advanced(self, head: Head, ledger: Ledger) -> "Whole":
        """Return the next version, with the new end of its history and ledger."""
        return replace(self, case=self.case.advanced(head, ledger))


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to correct: `pointer` says where, as the one-time notice does."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person thinks of a service, from 1 to 5."""

    score: int
    tags: tuple[str, ...] = ()
    comment: str | None = None


def receipt_of(case_id: str) -> str:
    """Return the receipt number of a case's id."""
    number = case_id[CITIZEN_ID_LENGTH:]
    return "-".join(number[at : at + _GROUP] for at in range(0, len(number), _GROUP))


def limits(case: Case) -> tuple[tuple[str, datetime], ...]:
    """Return when each time limit speaks, in order: 80 % of the promise, the promise, the law.

    What corrections and the fee took does not count: the promise has moved by it, and its span has
    not grown.
    """
    span = case.promised_at - case.lodged_at - case.paused
    return (
        ("promise_near", case.promised_at - span * (1 - YELLOW_SHARE)),
        ("promise_missed", case.promised_at),
        ("law_missed", case.due_at),
    )


def next_look(case: Case) -> datetime | None:
    """Return when the next limit speaks; None when all have, or none runs."""
    rest = limits(case)[case.alerted :]
    return rest[0][1] if rest and case.running and not case.paused_at else None
