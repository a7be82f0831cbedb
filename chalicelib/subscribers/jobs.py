"""What runs by the clock: messages that are due go out to subscribers."""

from datetime import datetime

from chalicelib.subscribers.service.sending import SENDER
from chalicelib.webhooks.service import dispatcher
from chalicelib.webhooks.service.dispatcher import SendCounts


def send_due(now: datetime, *, patient: bool = False) -> SendCounts:
    """Send what is due to all subscribers; a `patient` run waits for what soon falls due.

    Two runs at once send nothing twice.
    """
    return dispatcher.send_due(SENDER, now, patient=patient)
