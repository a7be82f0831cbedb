"""What events mean for subscribers: messages are written, and go out."""

from datetime import datetime
from typing import Final

from chalicelib.core.event_types import SubscriberEvent
from chalicelib.core.events import Event
from chalicelib.subscribers.service import publishing
from chalicelib.subscribers.service.accounts import DIRECTORY
from chalicelib.subscribers.service.sending import SENDER
from chalicelib.supervision import service as supervision
from chalicelib.webhooks.service import dispatcher

_OF_HEALTH: Final[tuple[SubscriberEvent, ...]] = (
    "subscriber.disabled",
    "subscriber.recovered",
    "subscriber.resumed",
    "subscriber.troubled",
)


def tell_subscribers(event: Event, now: datetime) -> None:
    """Tell those who hear of an event; one of their accounts sends what it wrote. Idempotent."""
    subscriber_id, message_id = event.data.get("subscriber"), event.data.get("message")
    if not event.type.startswith("subscriber."):
        publishing.publish(event, now)
    elif subscriber_id and message_id:
        is_ping = event.type == "subscriber.pinged"
        dispatcher.send_now(SENDER, subscriber_id, message_id, now, anyway=is_ping)


def follow_up(event: Event, now: datetime) -> None:
    """Tell the city whether a subscriber's endpoint answers. Idempotent; others are ignored."""
    if event.type in _OF_HEALTH:
        supervision.follow_endpoint(DIRECTORY, event.subject, None, now)


def write_messages(event: Event, now: datetime) -> None:
    """Write what an event should have told, for the timer to send. Idempotent."""
    publishing.write(event, now)


def arrived(event: Event) -> bool:
    """Tell whether an event did what it should have done."""
    return publishing.was_published(event)
