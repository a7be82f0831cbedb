"""What other rooms' events mean for payments, and payments' for others: at least once."""

from datetime import datetime
from typing import Final, cast

from chalicelib.core import event_handlers
from chalicelib.core.event_facts import PaymentFacts
from chalicelib.core.event_handlers import Checks, Handlers
from chalicelib.core.events import Event
from chalicelib.payments.bills.service import bills, differences, issuers
from chalicelib.payments.service import (
    alerts,
    appointment_fees,
    case_fees,
    freed,
    halls,
    refunds,
    transitions,
)
from chalicelib.payments.service.freed import LATE


def follow_up(event: Event, now: datetime) -> None:
    """Handle one event. Idempotent; other types are ignored."""
    event_handlers.handle(_HANDLERS, event, now)


def arrived(event: Event) -> bool:
    """Tell whether what an event asks of this room was done; raises NotFound for what is none."""
    return event_handlers.took_effect(_CHECKS, event)


def _apply_notification(event: Event, now: datetime) -> None:
    facts = _facts(event)
    notification = facts["provider"], facts["notification"]
    if "payment" in facts:
        transitions.apply_notification(facts["payment"], notification, now)


def _refund_late(event: Event, now: datetime) -> None:
    refunds.automatic(transitions.load(event.subject), LATE, now)


def _note_in_case(event: Event, now: datetime) -> None:
    facts = _facts(event)
    if "case" in facts:
        case_fees.note(facts["case"], event.event_id, now)


def _note_return_in_case(event: Event, now: datetime) -> None:
    """Tell the case of a refund that had gone and came back; others change nothing there."""
    facts = _facts(event)
    if "returned" in facts:
        _note_in_case(event, now)


def _refund_if_case_called_off(event: Event, now: datetime) -> None:
    facts = _facts(event)
    if "case" in facts:
        case_fees.refund_if_called_off(facts["case"], event.subject, event.moment, now)


def _confirm_appointment(event: Event, now: datetime) -> None:
    facts = _facts(event)
    if "appointment" in facts:
        appointment_fees.confirm(facts["appointment"], event.subject, event.event_id, now)


def _note_in_bill(event: Event, now: datetime) -> None:
    facts = _facts(event)
    if "bill" in facts:
        bills.note_money(facts["bill"], now)


def _carry_out_difference(event: Event, now: datetime) -> None:
    differences.carry_out(event.subject, now)


def _tell_issuers_hall(event: Event, now: datetime) -> None:
    issuers.tell_hall(event.subject, now)


def _is_noted_in_bill(event: Event) -> bool:
    facts = _facts(event)
    return "bill" not in facts or bills.is_money_noted(facts["bill"])


def _is_difference_carried_out(event: Event) -> bool:
    return differences.is_carried_out(event.subject)


def _give_back_freed(event: Event, now: datetime) -> None:
    facts = _facts(event)
    freed.give_back(event.subject, facts["refund"], now)
    if "bill" in facts:
        differences.carry_out(facts["bill"], now)


def _is_freed_given_back(event: Event) -> bool:
    facts = _facts(event)
    carried_out = "bill" not in facts or differences.is_carried_out(facts["bill"])
    return carried_out and freed.is_given_back(event.subject, facts["refund"])


def _follow_case(event: Event, now: datetime) -> None:
    halls.follow_case(event.subject, now)


def _follow_appointment(event: Event, now: datetime) -> None:
    halls.follow_appointment(event.subject, now)


def _has_followed_case(event: Event) -> bool:
    return halls.has_followed_case(event.subject)


def _has_followed_appointment(event: Event) -> bool:
    return halls.has_followed_appointment(event.subject)


def _refund_ended_appointment(event: Event, now: datetime) -> None:
    appointment_fees.refund_ended(event.subject, now)


def _refund_rejected_matter(event: Event, now: datetime) -> None:
    case_fees.refund_if_part_rejected(event.subject, now)


def _is_rejected_matter_refunded(event: Event) -> bool:
    return case_fees.is_part_refunded(event.subject)


def _is_refunded_late(event: Event) -> bool:
    return refunds.is_given_back(transitions.load(event.subject), LATE)


def _is_noted_in_case(event: Event) -> bool:
    facts = _facts(event)
    case_id = facts.get("case")
    return case_id is None or case_fees.is_noted(case_id, event.event_id)


def _is_refunded_if_case_called_off(event: Event) -> bool:
    facts = _facts(event)
    case_id = facts.get("case")
    return case_id is None or not case_fees.is_refund_due(case_id, event.subject, event.moment)


def _is_appointment_confirmed(event: Event) -> bool:
    facts = _facts(event)
    appointment_id = facts.get("appointment")
    return appointment_id is None or appointment_fees.is_confirmed(appointment_id, event.subject)


def _is_ended_appointment_refunded(event: Event) -> bool:
    return appointment_fees.is_refunded(event.subject)


def _facts(event: Event) -> PaymentFacts:
    return cast("PaymentFacts", event.data)


_HANDLERS: Final[Handlers] = {
    "appointment.cancelled": (_refund_ended_appointment,),
    "appointment.expired": (_refund_ended_appointment,),
    "appointment.rescheduled": (_follow_appointment,),
    "bill.cancelled": (_carry_out_difference,),
    "bill.differed": (_carry_out_difference,),
    "case.rejected": (_refund_rejected_matter,),
    "case.transferred": (_follow_case,),
    "issuer.disabled": (_tell_issuers_hall,),
    "issuer.recovered": (_tell_issuers_hall,),
    "issuer.resumed": (_tell_issuers_hall,),
    "issuer.troubled": (_tell_issuers_hall,),
    "payment.cancelled": (_note_in_case,),
    "payment.created": (_note_in_case,),
    "payment.expired": (_note_in_case,),
    "payment.failed": (_note_in_case,),
    "payment.held": (alerts.follow,),
    "payment.held_accepted": (alerts.follow,),
    "payment.held_returned": (alerts.follow,),
    "payment.notified": (_apply_notification,),
    "payment.received_late": (_refund_late,),
    "payment.refund_declined": (_give_back_freed,),
    "payment.refund_failed": (alerts.follow, _note_return_in_case, _note_in_bill),
    "payment.refund_succeeded": (alerts.follow, _note_in_case, _note_in_bill),
    "payment.refund_waits": (alerts.follow,),
    "payment.succeeded": (
        _note_in_case,
        _refund_if_case_called_off,
        _confirm_appointment,
        _note_in_bill,
    ),
}
_CHECKS: Final[Checks] = {
    "bill.cancelled": (_is_difference_carried_out,),
    "bill.differed": (_is_difference_carried_out,),
    "case.rejected": (_is_rejected_matter_refunded,),
    "case.transferred": (_has_followed_case,),
    "appointment.cancelled": (_is_ended_appointment_refunded,),
    "appointment.expired": (_is_ended_appointment_refunded,),
    "appointment.rescheduled": (_has_followed_appointment,),
    "payment.cancelled": (_is_noted_in_case,),
    "payment.created": (_is_noted_in_case,),
    "payment.expired": (_is_noted_in_case,),
    "payment.failed": (_is_noted_in_case,),
    "payment.held": (alerts.arrived,),
    "payment.received_late": (_is_refunded_late,),
    "payment.refund_declined": (_is_freed_given_back,),
    "payment.refund_failed": (alerts.arrived, _is_noted_in_bill),
    "payment.refund_succeeded": (alerts.arrived, _is_noted_in_case, _is_noted_in_bill),
    "payment.refund_waits": (alerts.arrived,),
    "payment.succeeded": (
        _is_noted_in_case,
        _is_refunded_if_case_called_off,
        _is_appointment_confirmed,
        _is_noted_in_bill,
    ),
}
