"""What other rooms' events mean for payments, and payments' for others: at least once."""

from datetime import datetime
from typing import Final

from chalicelib.core import event_types
from chalicelib.core.event_types import EventType, Handlers
from chalicelib.core.events import Event
from chalicelib.payments.service import (
    alerts,
    appointment_fees,
    case_fees,
    refunds,
    transitions,
)

_LATE: Final = "late"
_NOTED: Final[frozenset[EventType]] = frozenset(
    {
        "payment.created",
        "payment.succeeded",
        "payment.failed",
        "payment.cancelled",
        "payment.expired",
        "payment.refund_succeeded",
    }
)
_ENDED: Final[frozenset[EventType]] = frozenset({"appointment.cancelled", "appointment.expired"})


def follow_up(event: Event, now: datetime) -> None:
    """Handle one event. Idempotent; other types are ignored."""
    event_types.handle(_HANDLERS, event, now)


def arrived(event: Event) -> bool:
    """Tell whether what an event asks of this room was done; raises NotFound for what is none."""
    return alerts.arrived(event) and _took_effect(event)


def _took_effect(event: Event) -> bool:
    paid = event.type == "payment.succeeded"
    if event.type == "payment.received_late":
        return refunds.is_given_back(transitions.load(event.subject), _LATE)
    if event.type in _ENDED:
        return appointment_fees.is_refunded(event.subject)
    if "case" in event.data and event.type in _NOTED:
        case_id = event.data["case"]
        due_back = paid and case_fees.is_refund_due(case_id, event.subject, event.moment)
        return case_fees.is_noted(case_id, event.event_id) and not due_back
    if "appointment" in event.data and paid:
        return appointment_fees.is_confirmed(event.data["appointment"], event.subject)
    return True


def _apply_notification(event: Event, now: datetime) -> None:
    notification = event.data["provider"], event.data["notification"]
    if "payment" in event.data:
        transitions.apply_notification(event.data["payment"], notification, now)


def _refund_late(event: Event, now: datetime) -> None:
    refunds.automatic(transitions.load(event.subject), _LATE, now)


def _note_in_case(event: Event, now: datetime) -> None:
    if "case" in event.data:
        case_fees.note(event.data["case"], event.event_id, now)


def _note_return_in_case(event: Event, now: datetime) -> None:
    """Tell the case of a refund that had gone and came back; others change nothing there."""
    if "returned" in event.data:
        _note_in_case(event, now)


def _refund_if_case_called_off(event: Event, now: datetime) -> None:
    if "case" in event.data:
        case_fees.refund_if_called_off(event.data["case"], event.subject, event.moment, now)


def _confirm_appointment(event: Event, now: datetime) -> None:
    if "appointment" in event.data:
        appointment_fees.confirm(event.data["appointment"], event.subject, event.event_id, now)


def _refund_ended_appointment(event: Event, now: datetime) -> None:
    appointment_fees.refund_ended(event.subject, now)


_HANDLERS: Final[Handlers] = {
    "appointment.cancelled": (_refund_ended_appointment,),
    "appointment.expired": (_refund_ended_appointment,),
    "payment.cancelled": (_note_in_case,),
    "payment.created": (_note_in_case,),
    "payment.expired": (_note_in_case,),
    "payment.failed": (_note_in_case,),
    "payment.held": (alerts.follow,),
    "payment.held_accepted": (alerts.follow,),
    "payment.held_returned": (alerts.follow,),
    "payment.notified": (_apply_notification,),
    "payment.received_late": (_refund_late,),
    "payment.refund_failed": (alerts.follow, _note_return_in_case),
    "payment.refund_succeeded": (alerts.follow, _note_in_case),
    "payment.refund_waits": (alerts.follow,),
    "payment.succeeded": (_note_in_case, _refund_if_case_called_off, _confirm_appointment),
}
