"""Booking a seat that nobody else can have, moving it and giving it back.

A seat is taken before the appointment is written and given back after it is changed, so a crash
leaves at worst a seat too few, never one too many; `jobs.release` brings it back.
"""

import itertools
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import (
    EVENT_OF,
    Appointment,
    AppointmentStatus,
    check_changeable,
)
from chalicelib.appointments.domain.booking_limits import (
    RefusedBooking,
)
from chalicelib.appointments.domain.slots import (
    KnownFull,
    Seat,
    SlotKey,
    TakenSeat,
    reservation_mark,
)
from chalicelib.appointments.service import (
    bookable,
    booking_limits,
    changes,
    lookup,
    moving,
    openings,
    seats,
    visits,
)
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.storage import Effects
from chalicelib.catalogue.domain import Service
from chalicelib.core import history, idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied, Author, until_stored
from chalicelib.core.errors import Problem, TryAgain
from chalicelib.core.event_types import AppointmentEvent
from chalicelib.core.history import Entry
from chalicelib.core.idempotency import Attempt
from chalicelib.mandates.service import Acting

_ID_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class _Draft:
    """A booking that is not stored yet, with the seat that was taken for it."""

    caller: Citizen
    appointment: Appointment
    entry: Entry
    taken: TakenSeat
    acting: Acting | None


@dataclass(frozen=True, slots=True)
class AtWindow:
    """The member of staff who books for somebody at the window, and why."""

    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Terms:
    """For what a seat is booked, for which member of the family, by whose leave, and by whom."""

    service: Service
    for_member: str | None
    acting: Acting | None
    case_id: str | None = None
    window: AtWindow | None = None


def book(
    caller: Citizen,
    request: bookable.BookingRequest,
    attempt: Attempt,
    now: datetime,
    window: AtWindow | None = None,
) -> Applied[Appointment]:
    """Book a seat, or reserve it where the fee comes first. Idempotent.

    Raises InvalidRequest, VerificationRequired, ConsentRequired, NotYet, SlotFull, SlotClosed,
    TimeConflict, IdempotencyKeyReused, and what `check_guard` raises.
    """
    service = bookable.service(request.service_id)
    bookable.check_slot(service, request.office_id, request.slot_id)
    acting = _admitted(caller, request, now)
    appointment_id = caller.citizen_id + attempt.id_for("appointment", _ID_LENGTH)
    mark = reservation_mark(appointment_id, now) if service.prepaid else None
    try:
        visits.check(caller.citizen_id, request.case_id, service.service_id)
        taken = seats.claim(Seat(request.slot_id, 0, appointment_id, mark), now)
        bookable.end_of(service, request.slot_id)
    except KnownFull:
        # What the process knows to be full is known to hold no seat of this attempt either.
        raise
    except Problem:
        existing = storage.load(appointment_id)
        if existing and idempotency.already_applied(existing.ledger, attempt):
            return Applied(existing, existing, replayed=True)
        raise
    terms = Terms(service, request.for_member, acting, request.case_id, window)
    return book_taken(caller, terms, taken, attempt, now)


def book_taken(
    caller: Citizen, terms: Terms, taken: TakenSeat, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Book a seat that was taken for it, or reserve it where the fee comes first. Idempotent.

    Raises SlotClosed, AlreadyBooked, TooManyActive, TooManyChanges, BookingSuspended, TimeConflict
    or IdempotencyKeyReused.
    """
    service, acting, seat = terms.service, terms.acting, taken.seat
    appointment = Appointment(
        appointment_id=seat.seat_id,
        citizen_id=caller.citizen_id,
        person=acting.counted_as if acting else caller.person,
        service_id=service.service_id,
        slot=seat.slot,
        shard=seat.shard,
        seat_id=seat.seat_id,
        end=bookable.end_of(service, seat.slot),
        status=AppointmentStatus.RESERVED if service.prepaid else AppointmentStatus.BOOKED,
        for_member=terms.for_member,
        created_at=now,
        granted_by=caller.standing.granted_by if caller.standing else None,
        ledger=idempotency.note((), attempt, now),
        case_id=terms.case_id,
    )
    entry = _first_entry(appointment, terms.window or AtWindow(caller.actor, ""))
    drafted = replace(appointment, head=entry.head)
    return _store(_Draft(caller, drafted, entry, taken, acting), attempt, now)


def reschedule(
    caller: Citizen, appointment_id: str, slot: SlotKey, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Move to another slot of the same counters; on any failure the old seat stands. Idempotent.

    Raises NotFound, InvalidRequest, NotYet, SlotFull, SlotClosed, TimeConflict, TooLate,
    TooManyChanges, WrongStatus or IdempotencyKeyReused.
    """

    def decide(old: Appointment) -> Decided | None:
        check_changeable(old, now)
        return moving.decide(caller, old, slot, attempt, now)

    return _change(caller, appointment_id, decide, attempt, now)


def cancel(
    caller: Citizen, appointment_id: str, attempt: Attempt, now: datetime, *, late: bool = False
) -> Applied[Appointment]:
    """Cancel; a second time answers the same. Idempotent.

    A seat that is reserved until its fee is paid can be given up at any time, and so can any where
    it may be `late`. Raises NotFound, TooLate, WrongStatus or IdempotencyKeyReused.
    """
    tries = itertools.count()

    def decide(old: Appointment) -> Decided | None:
        if old.status is AppointmentStatus.CANCELLED:
            return None
        if old.status is not AppointmentStatus.RESERVED:
            check_changeable(old, min(now, old.cancellable_until) if late else now)
        new = replace(old, status=AppointmentStatus.CANCELLED)
        names = {old.person, moving.counted_as(caller, old)}
        if next(tries):
            # A token from before the account became a person does not know it.
            names = set(booking_limits.guard_of(old.person)[1])
        return _decided(new, "appointment.cancelled", Effects(ended_for=tuple(sorted(names))))

    return _change(caller, appointment_id, decide, attempt, now)


def _change(
    caller: Citizen,
    appointment_id: str,
    decide: changes.Decide,
    attempt: Attempt,
    now: datetime,
) -> Applied[Appointment]:
    author = Author.of(caller, now, attempt)
    return changes.apply(lambda: lookup.mine(caller.citizen_id, appointment_id), decide, author)


def _decided(new: Appointment, type_: AppointmentEvent, effects: Effects, **more: str) -> Decided:
    facts = {"status": new.status.value, "slot": new.slot.slot_id, **more}
    return changes.decided(new, type_, facts, effects)


def _admitted(caller: Citizen, request: bookable.BookingRequest, now: datetime) -> Acting | None:
    """Return for whom of the family it is, once their moment has come.

    Raises InvalidRequest, VerificationRequired, ConsentRequired or NotYet.
    """
    opening = bookable.opening_of(request.slot_id)
    if opening is None:
        return openings.acting_as(caller, request.for_member, now)
    person = openings.verified(caller)
    if request.for_member is None:
        opening.check(person, now)
        return None
    opening.check_begun(now)
    acting = openings.acting_as(caller, request.for_member, now)
    if acting:
        openings.check_member(opening, acting, now)
    return acting


def _first_entry(appointment: Appointment, by: AtWindow) -> Entry:
    reason = {"reason": by.reason} if by.reason else {}
    return history.append(
        appointment.appointment_id,
        history.Head(),
        type_=EVENT_OF[appointment.status],
        at=appointment.created_at,
        actor=by.actor,
        data={
            "service": appointment.service_id,
            "slot": appointment.slot.slot_id,
            **visits.facts_of(appointment),
            **reason,
        },
    )


def _store(draft: _Draft, attempt: Attempt, now: datetime) -> Applied[Appointment]:
    def write() -> Applied[Appointment] | None:
        nonlocal draft
        made = draft.caller.holds("appointment", draft.appointment.appointment_id)
        stands = draft.acting.stands if draft.acting else made
        refused = storage.store_booking(draft.appointment, draft.entry, now, stands)
        if refused is None:
            return Applied(draft.appointment, draft.appointment)
        if refused.existing is None and refused.guard:
            if refused.guard.alias:
                named = replace(draft.appointment, person=refused.guard.alias)
                draft = replace(draft, appointment=named)
                return None
            if booking_limits.forget_other_days(draft.appointment.person, refused.guard, now):
                return None
        return _existing_or_refused(draft, refused, attempt, now)

    return until_stored(write)


def _existing_or_refused(
    draft: _Draft, refused: RefusedBooking, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Answer the booking that is there already, or raise why there can be none."""
    appointment, taken, existing = draft.appointment, draft.taken, refused.existing
    has_seat = existing and existing.active and existing.seat_id == taken.seat.seat_id
    if not (has_seat and existing and existing.slot == taken.seat.slot):
        seats.give_back(taken)
    if existing and idempotency.already_applied(existing.ledger, attempt):
        # The seat was new to this call, and so is the booking: the answer to its write was lost.
        own = taken.fresh and existing.head == draft.entry.head
        return Applied(existing, existing, replayed=not own)
    if refused.guard:
        booking_limits.refuse(draft.caller, appointment, refused.guard, now)
    # Somebody changed the mandate meanwhile: it may be over.
    if draft.acting:
        openings.acting_as(draft.caller, appointment.for_member, now)
    if draft.caller.standing:
        draft.caller.standing.check()
    raise TryAgain(retry_after=1)
