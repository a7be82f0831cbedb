"""Tables of what handles the events of a type, and of what tells that they were handled."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

from chalicelib.core.event_types import EventType
from chalicelib.core.events import Event

Handler = Callable[[Event, datetime], None]
Handlers = Mapping[EventType, tuple[Handler, ...]]
Check = Callable[[Event], bool]
Checks = Mapping[EventType, tuple[Check, ...]]


def handle(handlers: Handlers, event: Event, now: datetime) -> None:
    """Call the handlers of an event's type, in their order; others are ignored."""
    for handler in handlers.get(cast("EventType", event.type), ()):
        handler(event, now)


def took_effect(checks: Checks, event: Event) -> bool:
    """Tell whether all checks of an event's type pass, asked in their order; others pass."""
    return all(check(event) for check in checks.get(cast("EventType", event.type), ()))
