"""What other rooms' events mean for payments, and payments' for others: at least once."""

from datetime import datetime
from typing import Final

from chalicelib.appointments import service as appointments
from chalicelib.appointments.domain.appointments import AppointmentStatus
from chalicelib.cases import service as cases
from chalicelib.cases.domain import CaseStatus
from chalicelib.core import event_types
from chalicelib.core.errors import TryAgain
from chalicelib.core.event_types import EventType, Handlers
from chalicelib.core.events import Event
from chalicelib.payments import alarms, refunds, settling, storage
from chalicelib.payments.domain import CITIZEN_ID_LENGTH, FeeStatus, Payment, Status, fee_status
from chalicelib.payments.providers.base import Unanswered

_CALLED_OFF: Final = frozenset({CaseStatus.WITHDRAWN, CaseStatus.DECLINED, CaseStatus.REJECTED})
_TOLD: Final[frozenset[EventType]] = frozenset(
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
    """Do what an event asks of this room; again changes nothing, and others are ignored."""
    event_types.handle(_HANDLERS, event, now)


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
    return status is not AppointmentStatus.RESERVED


def _settle(event: Event, now: datetime) -> None:
    provider, event_id = event.data["provider"], event.data["notification"]
    payment_id = event.data.get("payment")
    if not payment_id or storage.took_effect(provider, event_id):
        return
    try:
        settling.ask(settling.load(payment_id), now, (provider, event_id))
    except Unanswered as error:
        raise TryAgain(retry_after=5) from error


def _give_back_late(event: Event, now: datetime) -> None:
    refunds.automatic(settling.load(event.subject), "late", now)


def _tell_case(event: Event, now: datetime) -> None:
    case_id = event.data.get("case")
    if case_id is not None:
        cases.note_payment(case_id, event.event_id, now, lambda: _fee_status(case_id))


def _tell_case_of_return(event: Event, now: datetime) -> None:
    """Tell the case of a refund that had gone and came back; others change nothing there."""
    if "returned" in event.data:
        _tell_case(event, now)


def _give_back_for_ended_case(event: Event, now: datetime) -> None:
    """Give back what was paid for a case that had been called off."""
    if "case" in event.data and _came_too_late(event):
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
    if "case" in event.data:
        return
    appointment_id = event.data["appointment"]
    if not appointments.confirm_paid(appointment_id, event.event_id, now):
        refunds.automatic(settling.load(event.subject), "appointment_ended", now)


def _give_back(event: Event, now: datetime) -> None:
    """Give back what was paid for an appointment that will not be."""
    payment = _paid(event.subject)
    if payment and payment.status is Status.SUCCEEDED:
        refunds.automatic(payment, "appointment_ended", now)


def _paid(subject: str) -> Payment | None:
    _, paid_id = storage.load_guard(subject)
    return storage.load(paid_id) if paid_id else None


_HANDLERS: Final[Handlers] = {
    "appointment.cancelled": (_give_back,),
    "appointment.expired": (_give_back,),
    "payment.cancelled": (_tell_case,),
    "payment.created": (_tell_case,),
    "payment.expired": (_tell_case,),
    "payment.failed": (_tell_case,),
    "payment.held": (alarms.follow,),
    "payment.held_accepted": (alarms.follow,),
    "payment.held_returned": (alarms.follow,),
    "payment.notified": (_settle,),
    "payment.received_late": (_give_back_late,),
    "payment.refund_failed": (alarms.follow, _tell_case_of_return),
    "payment.refund_succeeded": (alarms.follow, _tell_case),
    "payment.refund_waits": (alarms.follow,),
    "payment.succeeded": (_tell_case, _give_back_for_ended_case, _tell_appointment),
}
