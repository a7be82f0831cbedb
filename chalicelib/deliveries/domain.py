"""Deliveries: a parcel's states, the rule by which reports move it, and who may change it when.

The words of the states are those of AfterShip and EasyPost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from chalicelib.core.errors import Problem, WrongStatus
from chalicelib.core.history import Head
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger

Direction = Literal["to_citizen", "to_office"]
QUIET_BEFORE_PICKUP: Final = timedelta(hours=24)
QUIET_ON_THE_WAY: Final = timedelta(hours=48)
ANSWER_WITHIN: Final = timedelta(hours=24)
AHEAD: Final = timedelta(minutes=5)
# What happened longer before the delivery was made did not happen to it.
BEFORE: Final = timedelta(days=1)
EARLY_END: Final = timedelta(minutes=10)
REPORTS_KEPT: Final = 200
DELIVERY_ID_LENGTH: Final = 20
COUNTS: Final = (
    "requested",
    "delivered",
    "attempts_failed",
    "returned",
    "lost",
    "refused",
    "cancelled",
    "seconds_to_door",
    "seconds_on_the_way",
)


class Status(StrEnum):
    """The states of a delivery."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    PICKUP_SCHEDULED = "pickup_scheduled"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    ATTEMPT_FAILED = "attempt_failed"
    ON_HOLD = "on_hold"
    EXCEPTION = "exception"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    LOST = "lost"


WAY: Final = (
    Status.REQUESTED,
    Status.ACCEPTED,
    Status.PICKUP_SCHEDULED,
    Status.PICKED_UP,
    Status.IN_TRANSIT,
    Status.OUT_FOR_DELIVERY,
    Status.AVAILABLE_FOR_PICKUP,
)
RANK: Final[Mapping[Status, int]] = {status: rank for rank, status in enumerate(WAY)}
# Of two that happened in the same moment the graver one is shown.
TROUBLES: Final = (Status.ATTEMPT_FAILED, Status.ON_HOLD, Status.EXCEPTION)
ENDED: Final = frozenset(
    {Status.DELIVERED, Status.RETURNED, Status.CANCELLED, Status.REFUSED, Status.LOST}
)
REPORTABLE: Final = frozenset(Status) - {Status.REQUESTED}


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


# A parcel that goes on answers these by itself; the others wait for a person.
PASSING: Final = frozenset({Flag.SILENT, Flag.TROUBLE})
_FLAG_OF: Final[Mapping[Status, Flag]] = {
    Status.EXCEPTION: Flag.TROUBLE,
    Status.REFUSED: Flag.REFUSED,
    Status.RETURNED: Flag.RETURNED,
    Status.LOST: Flag.LOST,
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
class Track:
    """How far a parcel came: when each state was last reported to have been, and the end.

    Reports of one journey may come in any order and any number of times: the track is the same.
    `ended_at` is when the courier said that it ended; None for an end that we set ourselves.
    """

    seen: Mapping[Status, datetime] = field(default_factory=dict)
    end: Status | None = None
    ended_at: datetime | None = None

    @property
    def status(self) -> Status:
        """Return what the parcel's state is called.

        A trouble is over when something later happens; the way is then what came after it, as a
        parcel that met nobody goes back into transit. At the same moment the trouble is shown.
        """
        if self.end:
            return self.end
        troubles = [(at, TROUBLES.index(s), s) for s, at in self.seen.items() if s in TROUBLES]
        if not troubles:
            return WAY[self.rank]
        troubled_at, _, trouble = max(troubles)
        since = [s for s, at in self.seen.items() if s in RANK and at > troubled_at]
        return max(since, key=RANK.__getitem__, default=trouble)

    @property
    def rank(self) -> int:
        """Return how far along the way the parcel ever was."""
        return max((RANK[status] for status in self.seen if status in RANK), default=0)

    @property
    def shown_at(self) -> datetime | None:
        """Return when what the state is called was last reported to have been."""
        return self.seen.get(self.status)


@dataclass(frozen=True, slots=True)
class Moved:
    """A track after a report; `contradicts` says that the report cannot be true beside others."""

    track: Track
    contradicts: bool = False


def follow(track: Track, status: Status, at: datetime) -> Moved:
    """Apply a report: to a later rank by a later time only, and an end stays an end."""
    if track.end:
        carried = track.end is Status.CANCELLED and RANK.get(status, 0) >= _PICKED_UP
        # What we called off must not move, also when it was fetched a moment before.
        still = carried and (track.ended_at is None or at > track.ended_at)
        return Moved(track, contradicts=still or (status in ENDED and status != track.end))
    if status in ENDED:
        early = track.shown_at - at if track.shown_at else timedelta()
        # Clocks at doors differ by minutes; a parcel that was handed over is, all the same.
        ended = replace(track, end=status, ended_at=at) if early <= EARLY_END else track
        return Moved(ended, contradicts=early > timedelta())
    last = max(at, track.seen.get(status, at))
    new = replace(track, seen={**track.seen, status: last})
    onward = new.status is not track.status and status in RANK
    if onward and track.shown_at and at < track.shown_at:
        return Moved(track, contradicts=True)
    return Moved(new)


_PICKED_UP: Final = RANK[Status.PICKED_UP]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One parcel; `sealed` is the encrypted address, `area` its division code.

    `released` says that the courier was told: what goes to the citizen waits for the case's
    result. `messages` and `reports` count what was sent and heard.
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
    reports: int = 0
    version: int = 1
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def status(self) -> Status:
        """Return the state."""
        return self.track.status

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will happen to the parcel."""
        return self.track.end is not None

    @property
    def changeable(self) -> bool:
        """Tell whether it can still be cancelled or sent elsewhere: before pick-up only."""
        return not self.ended and self.track.rank < _PICKED_UP

    @property
    def quiet(self) -> timedelta:
        """Return how long the courier may say nothing."""
        return QUIET_BEFORE_PICKUP if self.track.rank < _PICKED_UP else QUIET_ON_THE_WAY


@dataclass(frozen=True, slots=True)
class Report:
    """What a courier says about a parcel."""

    status: Status
    occurred_at: datetime
    tracking_number: str | None = None
    location: str | None = None
    note: str | None = None
    proof_code: str | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """A report as it is kept; `sealed` holds place and note, encrypted for the citizen."""

    report_id: str
    status: Status
    occurred_at: datetime
    received_at: datetime
    sealed: str | None
    moved: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """What a day counted of one hall's parcels with one courier in one area; see COUNTS."""

    day: date
    office_id: str
    courier_id: str
    area: str
    counts: Mapping[str, int]


def heard(old: Delivery, report: Report, now: datetime, *, proof: bool) -> Delivery:
    """Return the delivery after a report; `proof` says that the code was right or not needed."""
    wrong = report.proof_code is not None and not proof
    if report.status is Status.DELIVERED and old.proof_needed and wrong:
        return _flagged(replace(old, reports=old.reports + 1), Flag.PROOF_WRONG, now)
    moved = follow(old.track, report.status, report.occurred_at)
    new = replace(
        old,
        track=moved.track,
        picked_up_at=_picked_up_at(old, report),
        tracking=_tracking(old, report),
        reports=old.reports + 1,
        watch_at=now + old.quiet,
        asked=False,
    )
    if new.status is not old.status:
        new = _marked(new, now, proof=proof)
    return _flagged(new, Flag.CONTRADICTORY, now) if moved.contradicts else new


def silent(old: Delivery, now: datetime) -> Delivery:
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


def _marked(new: Delivery, now: datetime, *, proof: bool) -> Delivery:
    """Flag what a new state brings, and clear what it answers."""
    brought = new.status is Status.DELIVERED
    wanted = Flag.PROOF_MISSING if brought and not proof else _FLAG_OF.get(new.status)
    if wanted:
        return _flagged(new, wanted, now)
    # The right code answers a wrong one before it.
    answered = PASSING | {Flag.PROOF_WRONG} if brought else PASSING
    return replace(new, flag=None, flagged_at=None) if new.flag in answered else new


def _picked_up_at(old: Delivery, report: Report) -> datetime | None:
    if RANK.get(report.status, 0) < _PICKED_UP and report.status is not Status.DELIVERED:
        return old.picked_up_at
    return min(filter(None, (old.picked_up_at, report.occurred_at)))


def _tracking(old: Delivery, report: Report) -> tuple[str, datetime] | None:
    # The newest number counts, whatever the order in which the reports come.
    given = (report.tracking_number, report.occurred_at)
    if given[0] is None:
        return old.tracking
    newer = old.tracking is None or (given[1], given[0]) > (old.tracking[1], old.tracking[0])
    return (given[0], given[1]) if newer else old.tracking
