"""How far a parcel came, whatever the order in which its courier tells of it.

The words of the states are those of AfterShip and EasyPost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.core.event_types import DeliveryEvent

EARLY_END: Final = timedelta(minutes=10)


class DeliveryStatus(StrEnum):
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
    DeliveryStatus.REQUESTED,
    DeliveryStatus.ACCEPTED,
    DeliveryStatus.PICKUP_SCHEDULED,
    DeliveryStatus.PICKED_UP,
    DeliveryStatus.IN_TRANSIT,
    DeliveryStatus.OUT_FOR_DELIVERY,
    DeliveryStatus.AVAILABLE_FOR_PICKUP,
)
EVENT_OF: Final[Mapping[DeliveryStatus, DeliveryEvent]] = {
    DeliveryStatus.REQUESTED: "delivery.requested",
    DeliveryStatus.ACCEPTED: "delivery.accepted",
    DeliveryStatus.PICKUP_SCHEDULED: "delivery.pickup_scheduled",
    DeliveryStatus.PICKED_UP: "delivery.picked_up",
    DeliveryStatus.IN_TRANSIT: "delivery.in_transit",
    DeliveryStatus.OUT_FOR_DELIVERY: "delivery.out_for_delivery",
    DeliveryStatus.AVAILABLE_FOR_PICKUP: "delivery.available_for_pickup",
    DeliveryStatus.ATTEMPT_FAILED: "delivery.attempt_failed",
    DeliveryStatus.ON_HOLD: "delivery.on_hold",
    DeliveryStatus.EXCEPTION: "delivery.exception",
    DeliveryStatus.DELIVERED: "delivery.delivered",
    DeliveryStatus.RETURNED: "delivery.returned",
    DeliveryStatus.CANCELLED: "delivery.cancelled",
    DeliveryStatus.REFUSED: "delivery.refused",
    DeliveryStatus.LOST: "delivery.lost",
}
RANK: Final[Mapping[DeliveryStatus, int]] = {status: rank for rank, status in enumerate(WAY)}
PICKED_UP: Final = RANK[DeliveryStatus.PICKED_UP]
# Of two that happened in the same moment the graver one is shown.
TROUBLES: Final = (DeliveryStatus.ATTEMPT_FAILED, DeliveryStatus.ON_HOLD, DeliveryStatus.EXCEPTION)
ENDED: Final = frozenset(
    {
        DeliveryStatus.DELIVERED,
        DeliveryStatus.RETURNED,
        DeliveryStatus.CANCELLED,
        DeliveryStatus.REFUSED,
        DeliveryStatus.LOST,
    }
)


@dataclass(frozen=True, slots=True)
class Track:
    """How far a parcel came: when each state was last reported to have been, and the end.

    Reports of one journey may come in any order and any number of times: the track is the same.
    `ended_at` is when the courier said that it ended; None for an end that we set ourselves.
    """

    seen: Mapping[DeliveryStatus, datetime] = field(default_factory=dict)
    end: DeliveryStatus | None = None
    ended_at: datetime | None = None

    @property
    def status(self) -> DeliveryStatus:
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


def follow(track: Track, status: DeliveryStatus, at: datetime) -> Moved:
    """Apply a report: to a later rank by a later time only, and an end stays an end."""
    if track.end:
        carried = track.end is DeliveryStatus.CANCELLED and RANK.get(status, 0) >= PICKED_UP
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
