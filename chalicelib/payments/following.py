"""What other rooms' events mean for payments, and payments' for others: at least once."""

from datetime import datetime
from typing import Final

from chalicelib.appointments import service as appointments
from chalicelib.appointments.domain import Status as AppointmentStatus
from chalicelib.cases import service as cases
from chalicelib.cases.domain import Status as CaseStatus
from chalicelib.core.errors import TryAgain
from chalicelib.core.events import Event
from chalicelib.payments import alarms, refunds, settling, storage
from chalicelib.payments.domain import CITIZEN_ID_LENGTH, FeeStatus, Payment, Status, fee_status
from chalicelib.payments.providers.base import Unanswered

_CALLED_OFF: Final = frozenset({CaseStatus.WITHDRAWN, CaseStatus.DECLINED, CaseStatus.REJECTED})
_TOLD: Final = frozenset(
    {
        "payment.created",
        "payment.succeeded",
        "payment.failed",
        "payment.cancelled",
        "payment.expired",
        "payment.refund_succeeded",
    }
)
_ENDED: Final = frozenset({"appointment.cancelled", "appointment.expired"})


def follow_up(event: Event, now: datetime) -> None:
    """Do what an event asks of this room; again changes nothing, and others are ignored."""
    alarms.follow(event, now)
    if event.type == "payment.notified":
        _settle(event, now)
    elif event.type == "payment.received_late":
        refunds.automatic(settling.load(event.subject), "late", now)
    elif event.type.startswith("payment."):
        if "case" in event.data:
            _tell_case(event, now)
        elif event.type == "payment.succeeded":
            _tell_appointment(event, now)
    elif event.type in _ENDED:
        _give_back(event.subject, now)


def arrived(event: Event) -> bool:
    """Tell whether what an event asks of this room was done; raises NotFound for what is none."""
    return alarms.arrived(event) and _took_effect(event)


def _took_effect(event: Event) -> bool:
    if event.type == "payment.received_late":
        return refunds.is_given_back(settling.load(event.subject), "late")
    if event.type in _ENDED:
        payment = _paid(event.subject)
        paid = payment if payment and payment.status is Status.SUCCEEDED else None
        return paid is None or refunds.is_given_back(paid, "appointment_ended")
    if "case" in event.data and event.type in _TOLD:
        return cases.was_noted(event.data["case"], event.event_id) and not _is_due_back(event)
    if "appointment" in event.data and event.type == "payment.succeeded":
        return _is_confirmed(event)
    return True


def _is_due_back(event: Event) -> bool:
    """Tell whether a payment of a case that was called off is still to be given back."""
    if event.type != "payment.succeeded" or not _came_too_late(event):
        return False
    return not refunds.is_given_back(settling.load(event.subject), "case_ended")


def _is_confirmed(event: Event) -> bool:
    status = appointments.load(event.data["appointment"]).status
    if status in (AppointmentStatus.CANCELLED, AppointmentStatus.EXPIRED):
        return refunds.is_given_back(settling.load(event.subject), "appointment_ended")
    return status is not AppointmentStatus.HELD


def _settle(event: Event, now: datetime) -> None:
    provider, event_id = event.data["provider"], event.data["notification"]
    payment_id = event.data.get("payment")
    if not payment_id or storage.took_effect(provider, event_id):
        return
    try:
        settling.ask(settling.load(payment_id), now, (provider, event_id))
    except Unanswered as error:
        raise TryAgain(retry_after=5) from error


def _tell_case(event: Event, now: datetime) -> None:
    case_id = event.data["case"]
    if event.type in _TOLD or "returned" in event.data:
        cases.note_payment(case_id, event.event_id, now, lambda: _fee_status(case_id))
    if event.type == "payment.succeeded" and _came_too_late(event):
        refunds.automatic(settling.load(event.subject), "case_ended", now)


def _came_too_late(event: Event) -> bool:
    """Tell whether the case that was paid for had been called off before."""
    case = cases.load(event.data["case"])
    ended_before = case.decided_at is None or case.decided_at <= event.moment
    return case.status in _CALLED_OFF and ended_before


def _fee_status(subject: str) -> FeeStatus:
    own = storage.all_of(subject[:CITIZEN_ID_LENGTH])
    return fee_status(one for one in own if one.subject == subject)


def _tell_appointment(event: Event, now: datetime) -> None:
    appointment_id = event.data["appointment"]
    if not appointments.confirm_paid(appointment_id, event.event_id, now):
        refunds.automatic(settling.load(event.subject), "appointment_ended", now)


def _give_back(appointment_id: str, now: datetime) -> None:
    """Give back what was paid for an appointment that will not be."""
    payment = _paid(appointment_id)
    if payment and payment.status is Status.SUCCEEDED:
        refunds.automatic(payment, "appointment_ended", now)


def _paid(subject: str) -> Payment | None:
    _, paid_id = storage.load_guard(subject)
    return storage.load(paid_id) if paid_id else None
