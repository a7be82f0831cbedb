"""Deliveries: what is known of a parcel, and what its courier's tracking updates do to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from chalicelib.core.decisions import Versioned
from chalicelib.core.errors import Problem, WrongStatus
from chalicelib.core.history import Head
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger
from chalicelib.deliveries.domain.track import PICKED_UP, RANK, DeliveryStatus, Track, follow

Direction = Literal["to_citizen", "to_office"]
QUIET_BEFORE_PICKUP: Final = timedelta(hours=24)
QUIET_ON_THE_WAY: Final = timedelta(hours=48)
ANSWER_WITHIN: Final = timedelta(hours=24)
AHEAD: Final = timedelta(minutes=5)
# What happened longer before the delivery was made did not happen to it.
BEFORE: Final = timedelta(days=1)
MOST_EVENTS: Final = 200
# After so many wrong codes none of a parcel is looked at any more.
MOST_WRONG_CODES: Final = 5
DELIVERY_ID_LENGTH: Final = 20


class Flag(StrEnum):
    """Why staff should look at a delivery."""

    NO_COURIER = "no_courier"
    SILENT = "silent"
    TROUBLE = "exception"
    CONTRADICTORY = "contradictory"
    PROOF_MISSING = "proof_missing"
    PROOF_WRONG = "proof_wrong"
    REFUSED = "refused"
    RETURNED = "returned"
    LOST = "lost"


_PROOFS: Final = frozenset({Flag.PROOF_MISSING, Flag.PROOF_WRONG})
# A parcel that goes on answers these by itself; the others wait for a person.
PASSING: Final = frozenset({Flag.SILENT, Flag.TROUBLE})
_FLAG_OF: Final[Mapping[DeliveryStatus, Flag]] = {
    DeliveryStatus.EXCEPTION: Flag.TROUBLE,
    DeliveryStatus.REFUSED: Flag.REFUSED,
    DeliveryStatus.RETURNED: Flag.RETURNED,
    DeliveryStatus.LOST: Flag.LOST,
}


class NotDeliverable(Problem):
    """The results of this service are not sent by courier."""

    status = 409
    code = "not_deliverable"
    title = Text("该事项不支持寄递", "This service does not deliver by courier")


class NoCourier(Problem):
    """No courier that is in service reaches this area."""

    status = 409
    code = "no_courier"
    title = Text("暂无快递服务覆盖该地区", "No courier serves this area at present")


class DeliveryInProgress(Problem):
    """The case has a delivery in this direction already; `delivery_id` is it."""

    status = 409
    code = "delivery_in_progress"
    title = Text("该办件已有寄递单", "There is a delivery for this case already")


@dataclass(frozen=True, slots=True)
class Delivery(Versioned):
    """One parcel; `sealed` is the encrypted address, `area` its division code.

    `released` says that the courier was told: what goes to the citizen waits for the case's
    result. `messages` and `events` count what the courier was told and what it told, `wrong_codes`
    the reports of a hand-over whose proof code was wrong.
    """

    delivery_id: str
    citizen_id: str
    case_id: str
    office_id: str
    service_id: str
    direction: Direction
    sealed: str
    area: str
    created_at: datetime
    courier_id: str | None = None
    released: bool = False
    proof_needed: bool = False
    track: Track = field(default_factory=Track)
    picked_up_at: datetime | None = None
    tracking: tuple[str, datetime] | None = None
    flag: Flag | None = None
    flagged_at: datetime | None = None
    watch_at: datetime | None = None
    asked: bool = False
    messages: int = 0
    events: int = 0
    wrong_codes: int = 0
    version: int = 1
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.delivery_id

    @property
    def status(self) -> DeliveryStatus:
        """Return the state."""
        return self.track.status

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will happen to the parcel."""
        return self.track.end is not None

    @property
    def changeable(self) -> bool:
        """Tell whether it can still be cancelled or sent elsewhere: before pick-up only."""
        return not self.ended and self.track.rank < PICKED_UP

    @property
    def takes_codes(self) -> bool:
        """Tell whether a proof code is looked at: whoever guesses has a few tries only."""
        return self.wrong_codes < MOST_WRONG_CODES

    @property
    def quiet(self) -> timedelta:
        """Return how long the courier may say nothing."""
        return QUIET_BEFORE_PICKUP if self.track.rank < PICKED_UP else QUIET_ON_THE_WAY


@dataclass(frozen=True, slots=True)
class TrackingUpdate:
    """What a courier tells of a parcel."""

    status: DeliveryStatus
    occurred_at: datetime
    tracking_number: str | None = None
    location: str | None = None
    note: str | None = None
    proof_code: str | None = None


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """An update as it is kept; `sealed` holds place and note, encrypted for the citizen."""

    event_id: str
    status: DeliveryStatus
    occurred_at: datetime
    received_at: datetime
    sealed: str | None
    moved: bool


def apply(old: Delivery, update: TrackingUpdate, now: datetime, *, proof: bool) -> Delivery:
    """Return the delivery after an update; `proof` says that the code was right or not needed."""
    if old.proof_needed and not proof and _tells_code(old, update):
        old = replace(old, wrong_codes=old.wrong_codes + 1)
    if _is_refused(old, update, proof=proof):
        return _flagged(replace(old, events=old.events + 1), Flag.PROOF_WRONG, now)
    moved = follow(old.track, update.status, update.occurred_at)
    new = replace(
        old,
        track=moved.track,
        picked_up_at=_picked_up_at(old, update),
        tracking=_tracking(old, update),
        events=old.events + 1,
        watch_at=now + old.quiet,
        asked=False,
    )
    if new.direction == "to_office":
        new = _fetched(old, new, update, now, proof=proof)
    if new.status is not old.status:
        new = _marked(new, now, proof=proof)
    return _flagged(new, Flag.CONTRADICTORY, now) if moved.contradicts else new


def mark_silent(old: Delivery, now: datetime) -> Delivery:
    """Return a delivery of which nothing was heard for too long: asked about, then flagged."""
    if not old.asked:
        return replace(old, asked=True, watch_at=now + ANSWER_WITHIN)
    return replace(_flagged(old, Flag.SILENT, now), watch_at=now + ANSWER_WITHIN)


def check_changeable(delivery: Delivery) -> None:
    """Refuse to cancel or redirect what was picked up; raises WrongStatus."""
    if not delivery.changeable:
        raise WrongStatus(current=delivery.status)


def _flagged(delivery: Delivery, flag: Flag, now: datetime) -> Delivery:
    # What waits for a person already is not covered up by a lesser matter.
    if delivery.flag and delivery.flag not in PASSING:
        return delivery
    return replace(delivery, flag=flag, flagged_at=now)


def _is_refused(old: Delivery, update: TrackingUpdate, *, proof: bool) -> bool:
    """Tell whether papers are not taken for handed over, as the code at the door was wrong."""
    if not old.proof_needed or proof or not _tells_code(old, update):
        return False
    return old.direction == "to_citizen" or old.picked_up_at is None


def _tells_code(old: Delivery, update: TrackingUpdate) -> bool:
    """Tell whether a report is of the hand-over at the citizen's door, with a code."""
    to_office = old.direction == "to_office"
    at_door = DeliveryStatus.PICKED_UP if to_office else DeliveryStatus.DELIVERED
    return update.status is at_door and update.proof_code is not None


def _fetched(
    old: Delivery, new: Delivery, update: TrackingUpdate, now: datetime, *, proof: bool
) -> Delivery:
    """Flag papers that left their citizen without the code, until it comes; in any order."""
    is_proven = proof and update.status is DeliveryStatus.PICKED_UP
    if is_proven and new.flag in _PROOFS:
        return replace(new, flag=None, flagged_at=None)
    is_first = old.picked_up_at is None and new.picked_up_at is not None
    is_due = is_first and old.proof_needed and not is_proven
    return _flagged(new, Flag.PROOF_MISSING, now) if is_due else new


def _marked(new: Delivery, now: datetime, *, proof: bool) -> Delivery:
    """Flag what a new state brings, and clear what it answers."""
    brought = new.status is DeliveryStatus.DELIVERED and new.direction == "to_citizen"
    flag = Flag.PROOF_MISSING if brought and not proof else _FLAG_OF.get(new.status)
    if flag:
        return _flagged(new, flag, now)
    # The right code answers a wrong one before it.
    answered = PASSING | {Flag.PROOF_WRONG} if brought else PASSING
    return replace(new, flag=None, flagged_at=None) if new.flag in answered else new


def _picked_up_at(old: Delivery, update: TrackingUpdate) -> datetime | None:
    if RANK.get(update.status, 0) < PICKED_UP and update.status is not DeliveryStatus.DELIVERED:
        return old.picked_up_at
    return min(filter(None, (old.picked_up_at, update.occurred_at)))


def _tracking(old: Delivery, update: TrackingUpdate) -> tuple[str, datetime] | None:
    # The newest number counts, whatever the order in which updates come.
    number, at = update.tracking_number, update.occurred_at
    if number is None or (old.tracking and (at, number) <= (old.tracking[1], old.tracking[0])):
        return old.tracking
    return number, at
