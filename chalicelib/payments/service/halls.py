"""Payments go with what they pay for to another hall: who has it now gives its money back.

What was paid or given back before stays in the books of the hall where it was.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.appointments import service as appointments
from chalicelib.cases import service as cases
from chalicelib.core.changes import Author
from chalicelib.payments.domain.payments import Outcome, Payment, happened
from chalicelib.payments.service import listing, transitions
from chalicelib.supervision import service as supervision

_ACTOR: Final = "system:halls"


def follow_case(case_id: str, now: datetime) -> None:
    """Give a case's payments to the hall that has it now. Idempotent."""
    _follow(case_id, cases.load(case_id).office_id, now)


def follow_appointment(appointment_id: str, now: datetime) -> None:
    """Give an appointment's payments to the hall where it is now. Idempotent."""
    _follow(appointment_id, appointments.load(appointment_id).slot.office_id, now)


def has_followed_case(case_id: str) -> bool:
    """Tell whether a case's payments are of the hall that has it."""
    return not _elsewhere(case_id, cases.load(case_id).office_id)


def has_followed_appointment(appointment_id: str) -> bool:
    """Tell whether an appointment's payments are of the hall where it is."""
    return not _elsewhere(appointment_id, appointments.load(appointment_id).slot.office_id)


def _follow(subject: str, office_id: str, now: datetime) -> None:
    for payment in _elsewhere(subject, office_id):
        # Who sees a payment sees what is wrong with it; a run that stops here comes again.
        for about in (payment.payment_id, *(one.refund_id for one in payment.refunds)):
            supervision.move_alerts(about, office_id)
        _move(payment, office_id, now)


def _move(payment: Payment, office_id: str, now: datetime) -> None:
    def decide(old: Payment) -> Outcome | None:
        if old.office_id == office_id:
            return None
        moved = replace(old, office_id=office_id)
        return happened(moved, "payment.transferred", {"from_office": old.office_id})

    transitions.change(payment, decide, Author(_ACTOR, now))


def _elsewhere(subject: str, office_id: str) -> list[Payment]:
    return [one for one in listing.all_of(subject) if one.office_id != office_id]
