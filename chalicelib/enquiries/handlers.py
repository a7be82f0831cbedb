"""What events mean for enquiries: low ratings are asked about, enquiries are counted."""

from datetime import datetime
from typing import Final

from chalicelib.core import event_handlers
from chalicelib.core.event_handlers import Checks, Handlers
from chalicelib.core.events import Event
from chalicelib.enquiries.service import ratings, statistics


def follow_up(event: Event, now: datetime) -> None:
    """Handle one event. Idempotent; other types are ignored."""
    event_handlers.handle(_HANDLERS, event, now)


def arrived(event: Event) -> bool:
    """Tell whether what an event asks of this room was done."""
    return event_handlers.took_effect(_CHECKS, event)


_HANDLERS: Final[Handlers] = {
    "appointment.rated": (ratings.ask_leave,),
    "case.rated": (ratings.ask_leave,),
    "enquiry.answered": (statistics.count,),
    "enquiry.not_ours": (statistics.count,),
    "enquiry.overdue": (statistics.count,),
    "enquiry.received": (statistics.count,),
    "enquiry.reopened": (statistics.count,),
}
_CHECKS: Final[Checks] = {
    "appointment.rated": (ratings.was_asked,),
    "case.rated": (ratings.was_asked,),
    "enquiry.answered": (statistics.is_counted,),
    "enquiry.not_ours": (statistics.is_counted,),
    "enquiry.overdue": (statistics.is_counted,),
    "enquiry.received": (statistics.is_counted,),
    "enquiry.reopened": (statistics.is_counted,),
}
