"""Handlers of events of cases, visits and certificates; events come at least once."""

from datetime import datetime
from typing import Final

from chalicelib.cases.service import (
    automated_decisions,
    evidence,
    machine_switch,
    once_only,
    results,
    trips,
    visits,
)
from chalicelib.core import event_handlers
from chalicelib.core.event_handlers import Checks, Handlers
from chalicelib.core.event_types import EventType
from chalicelib.core.events import Event


def follow_up(event: Event, now: datetime) -> None:
    """Handle one event. Idempotent; other types are ignored."""
    event_handlers.handle(_HANDLERS, event, now)


def arrived(event: Event) -> bool:
    """Tell whether what an event asks of this room was done."""
    return event_handlers.took_effect(_CHECKS, event)


_VISITS: Final[tuple[EventType, ...]] = (
    "appointment.booked",
    "appointment.cancelled",
    "appointment.checked_in",
    "appointment.expired",
    "appointment.held",
    "appointment.missed",
    "appointment.undone",
)
_DECIDED: Final[tuple[EventType, ...]] = ("case.completed", "case.declined", "case.rejected")
_HANDLERS: Final[Handlers] = {
    **dict.fromkeys(_VISITS, (visits.note_visit,)),
    "case.decision_reviewed": (machine_switch.note_disagreement,),
    "case.issued": (results.issue_certificate,),
    "case.paid": (automated_decisions.decide,),
    "case.submitted": (automated_decisions.decide, once_only.count),
    **dict.fromkeys(_DECIDED, (trips.count,)),
    "certificate.revoked": (evidence.alert_open_cases,),
}
_CHECKS: Final[Checks] = {
    **dict.fromkeys(_VISITS, (visits.is_visit_noted,)),
    "case.decision_reviewed": (machine_switch.is_disagreement_noted,),
    "case.issued": (results.is_certificate_issued,),
    "case.paid": (automated_decisions.is_decided,),
    "case.submitted": (automated_decisions.is_decided,),
}
