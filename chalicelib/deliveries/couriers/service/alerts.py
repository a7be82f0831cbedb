"""What halls are told of couriers' endpoints."""

from datetime import datetime

from chalicelib.catalogue import service as catalogue
from chalicelib.core.events import Event
from chalicelib.deliveries.couriers.service import directory
from chalicelib.supervision import service as supervision


def tell_halls(event: Event, now: datetime) -> None:
    """Tell a courier's halls whether its endpoint answers; the courier itself says what is."""
    own = directory.find(event.subject).office_id
    offices = [own] if own else catalogue.current().offices
    supervision.follow_endpoint(directory.DIRECTORY, event.subject, offices, now)
