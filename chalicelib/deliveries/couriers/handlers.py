"""What events mean for couriers: messages go out."""

from datetime import datetime

from chalicelib.core.events import Event
from chalicelib.deliveries.couriers.service.sending import SENDER
from chalicelib.webhooks.service import dispatcher


def send_messages(event: Event, now: datetime) -> None:
    """Send at once what an event's change wrote; what cannot go at once is left to the timer."""
    message_id, courier_id = event.data.get("message"), event.data.get("courier")
    if message_id and courier_id:
        is_ping = event.type == "courier.pinged"
        dispatcher.send_now(SENDER, courier_id, message_id, now, anyway=is_ping)
