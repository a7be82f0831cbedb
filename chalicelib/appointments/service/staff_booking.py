"""At the window: staff book, move and cancel for the person who asks, and say why."""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import COMING, Appointment, AppointmentStatus
from chalicelib.appointments.domain.slots import SlotKey
from chalicelib.appointments.service import (
    booking_limits,
    bookings,
    changes,
    drafts,
    lookup,
    moving,
)
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.service.drafts import AtWindow
from chalicelib.appointments.storage import Effects
from chalicelib.core import idempotency
from chalicelib.core.auth import Citizen, Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import InvalidRequest, WrongStatus
from chalicelib.core.id_documents import Document
from chalicelib.core.idempotency import Attempt
from chalicelib.identity.service import desk_accounts, visitors
from chalicelib.identity.service.profiles import person_of


@dataclass(frozen=True, slots=True)
class WindowBooking:
    """What somebody asks for at the window of a hall."""

    name: str
    document: Document
    service_id: str
    office_id: str
    slot_id: SlotKey
    for_member: str | None = None
    case_id: str | None = None


def book(
    staff: Staff, request: WindowBooking, reason: str, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Book for whom a document names, account or not; the look is recorded. Idempotent.

    Raises NotFound of another's hall, InvalidRequest, TooManyRequests, and what `bookings.book`
    raises.
    """
    lookup.check_office(staff, request.office_id)
    try:
        caller = visitors.at_window(staff, request.name, request.document, now)
    except InvalidRequest:
        # What was booked before somebody died, or had another name, is answered all the same.
        made = _made_before(request.document, attempt)
        if made:
            return Applied(made, made, replayed=True)
        raise
    by = AtWindow(staff.actor, reason)
    return bookings.book(caller, request, attempt, now, by)


def _made_before(document: Document, attempt: Attempt) -> Appointment | None:
    """Return what an attempt booked for a person; raises IdempotencyKeyReused."""
    account = desk_accounts.find(person_of(document))
    appointment = storage.load(drafts.id_for(account.citizen_id, attempt)) if account else None
    if appointment and idempotency.already_applied(appointment.ledger, attempt):
        return appointment
    return None


def reschedule(  # noqa: PLR0913 - a move at the window has these facts.
    staff: Staff, appointment_id: str, slot: SlotKey, reason: str, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Move a booking of the caller's halls, until it begins. Idempotent.

    Raises NotFound, WrongStatus, and what `moving.Move.decide` raises.
    """
    move = moving.Move(slot, attempt, now)

    def decide(old: Appointment) -> Decided | None:
        move.give_up(old)
        if old.status is not AppointmentStatus.BOOKED or old.start <= now:
            raise WrongStatus(current=old.status)
        owner = Citizen(old.citizen_id, old.person, "real_name")
        moved = move.decide(owner, old)
        return moved and _because(moved, reason)

    author = Author(staff.actor, now, attempt)
    return changes.apply(lambda: lookup.of_hall(staff, appointment_id), decide, author)


def cancel(
    staff: Staff, appointment_id: str, reason: str, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Cancel a booking of the caller's halls; a second time answers the same. Idempotent.

    Raises NotFound or WrongStatus.
    """

    def decide(old: Appointment) -> Decided | None:
        if old.status is AppointmentStatus.CANCELLED:
            return None
        if old.status not in COMING:
            raise WrongStatus(current=old.status)
        names = booking_limits.guard_of(old.person)[1]
        new = replace(old, status=AppointmentStatus.CANCELLED)
        facts = {"status": new.status.value, "slot": new.slot.slot_id}
        effects = Effects(ended_for=tuple(names))
        return _because(changes.decided(new, "appointment.cancelled", facts, effects), reason)

    author = Author(staff.actor, now, attempt)
    return changes.apply(lambda: lookup.of_hall(staff, appointment_id), decide, author)


def _because(decision: Decided, reason: str) -> Decided:
    said = [DomainEvent(one.type, {**one.facts, "reason": reason}) for one in decision.events]
    return replace(decision, events=tuple(said))
