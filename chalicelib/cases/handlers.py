"""Handlers of events of cases and certificates; events come at least once."""

from datetime import datetime
from typing import Final

from chalicelib.cases.service import evidence, results
from chalicelib.core import event_handlers
from chalicelib.core.event_handlers import Checks, Handlers
from chalicelib.core.events import Event


def follow_up(event: Event, now: datetime) -> None:
    """Handle one event. Idempotent; other types are ignored."""
    event_handlers.handle(_HANDLERS, event, now)


def arrived(event: Event) -> bool:
    """Tell whether what an event asks of this room was done."""
    return event_handlers.took_effect(_CHECKS, event)


_HANDLERS: Final[Handlers] = {
    "case.issued": (results.issue_certificate,),
    "certificate.revoked": (evidence.alert_open_cases,),
}
_CHECKS: Final[Checks] = {"case.issued": (results.is_certificate_issued,)}
