"""What changes a case, and what is kept with its next version."""

from dataclasses import dataclass
from typing import Literal

from chalicelib.cases.domain.application_body import Attachment, Body
from chalicelib.core.ratings import Rating
from chalicelib.supervision.domain import Alert


@dataclass(frozen=True, slots=True)
class Effects:
    """What is kept with a case's next version.

    `body` replaces what was applied for, `given` are the materials new in it; `event_id` marks an
    event as noted; `rating` is counted on the day `rated_on` (YYYYMMDD); `alert` is raised.
    Originals leave the hall `handed_over_from`.
    """

    body: Body | None = None
    given: tuple[Attachment, ...] = ()
    event_id: str | None = None
    rated_on: str | None = None
    rating: Rating | None = None
    alert: Alert | None = None
    handed_over_from: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryUpdate:
    """What an event of a parcel tells its case."""

    delivery_id: str
    status: str
    event_id: str
    direction: Literal["to_citizen", "to_office"] = "to_citizen"
