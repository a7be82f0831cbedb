"""The types of the events that tables of handlers name: a misspelt one is a type error."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, cast

from chalicelib.core.events import Event

AppointmentEvent = Literal["appointment.cancelled", "appointment.expired"]
PaymentEvent = Literal[
    "payment.cancelled",
    "payment.created",
    "payment.expired",
    "payment.failed",
    "payment.held",
    "payment.held_accepted",
    "payment.held_returned",
    "payment.notified",
    "payment.received_late",
    "payment.refund_failed",
    "payment.refund_succeeded",
    "payment.refund_waits",
    "payment.succeeded",
]
EventType = AppointmentEvent | PaymentEvent
Handler = Callable[[Event, datetime], None]
Handlers = Mapping[EventType, tuple[Handler, ...]]


def handle(handlers: Handlers, event: Event, now: datetime) -> None:
    """Call the handlers of an event's type, in their order; others are ignored."""
    for handler in handlers.get(cast("EventType", event.type), ()):
        handler(event, now)
