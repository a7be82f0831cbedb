"""What halls are told of couriers' endpoints."""

from datetime import datetime

from chalicelib.core.events import Event
from chalicelib.deliveries.couriers.service import directory
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import EVERY_HALL


def tell_halls(event: Event, now: datetime) -> None:
    """Tell a courier's halls whether its endpoint answers; the courier itself says what is.

    The city's courier serves all of them, and they are told once.
    """
    own = directory.find(event.subject).office_id or EVERY_HALL
    supervision.follow_endpoint(directory.DIRECTORY, event.subject, own, now)
