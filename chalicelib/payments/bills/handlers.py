"""What events mean for issuers: messages go out."""

from datetime import datetime

from chalicelib.core.events import Event
from chalicelib.payments.bills.service.sending import SENDER
from chalicelib.webhooks.service import dispatcher


def send_messages(event: Event, now: datetime) -> None:
    """Send at once what an event's change wrote; what cannot go at once is left to the timer."""
    message_id, issuer_id = event.data.get("message"), event.data.get("issuer")
    if message_id and issuer_id:
        is_ping = event.type == "issuer.pinged"
        dispatcher.send_now(SENDER, issuer_id, message_id, now, anyway=is_ping)
