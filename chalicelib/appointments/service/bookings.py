"""Booking a seat that nobody else can have, moving it and giving it back.

A seat is taken before the appointment is written and given back after it is changed, so a crash
leaves at worst a seat too few, never one too many; `jobs.release` brings it back.
"""

import itertools
from dataclasses import replace
from datetime import datetime

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import (
    Appointment,
    AppointmentStatus,
    check_changeable,
)
from chalicelib.appointments.domain.openings import NotYet
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
    drafts,
    lookup,
    moving,
    openings,
    seats,
    visits,
)
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.service.drafts import AtWindow, Terms
from chalicelib.appointments.storage import Effects
from chalicelib.core import idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied, Author
from chalicelib.core.errors import Problem
from chalicelib.core.event_types import AppointmentEvent
from chalicelib.core.idempotency import Attempt
from chalicelib.mandates.service import Acting


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
    appointment_id = drafts.id_for(caller.citizen_id, attempt)
    try:
        terms, taken = _take(caller, request, appointment_id, attempt, now, window)
    except (KnownFull, NotYet):
        # What the process knows to be full, or not to be out yet, is known to hold no seat of this
        # attempt either.
        raise
    except Problem:
        existing = storage.load(appointment_id)
        if existing and idempotency.already_applied(existing.ledger, attempt):
            return Applied(existing, existing, replayed=True)
        key = drafts.key_of(caller, attempt, now, window)
        if key:
            key.check()
        raise
    return book_taken(caller, terms, taken, attempt, now)


def _take(  # noqa: PLR0913 - a booking has these facts.
    caller: Citizen,
    request: bookable.BookingRequest,
    appointment_id: str,
    attempt: Attempt,
    now: datetime,
    window: AtWindow | None,
) -> tuple[Terms, TakenSeat]:
    service = bookable.service(request.service_id)
    bookable.check_slot(service, request.office_id, request.slot_id)
    acting = _admitted(caller, request, now)
    mark = reservation_mark(appointment_id, now) if service.prepaid else None
    visits.check(caller.citizen_id, request.case_id, service.service_id)
    terms = Terms(service, request.for_member, acting, request.case_id, window)
    wanted = Seat(request.slot_id, 0, appointment_id, mark)
    if drafts.was_refused(caller, terms):
        drafts.look_first(caller, terms, wanted, attempt, now)
    taken = seats.claim(wanted, service.service_id, now)
    bookable.end_of(service, request.slot_id)
    return terms, taken


def book_taken(
    caller: Citizen, terms: Terms, taken: TakenSeat, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Book a seat that was taken for it, or reserve it where the fee comes first. Idempotent.

    Raises SlotClosed, AlreadyBooked, TooManyActive, TooManyChanges, BookingSuspended, TimeConflict
    or IdempotencyKeyReused.
    """
    drafted = drafts.draft(caller, terms, taken, attempt, now)
    booked = drafts.store([drafted], attempt, now)
    [appointment] = booked.appointments
    return Applied(appointment, appointment, replayed=booked.replayed)


def reschedule(
    caller: Citizen, appointment_id: str, slot: SlotKey, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Move to another slot of the same counters; on any failure the old seat stands. Idempotent.

    Raises NotFound, InvalidRequest, NotYet, SlotFull, SlotClosed, TimeConflict, TooLate,
    TooManyChanges, WrongStatus or IdempotencyKeyReused.
    """
    move = moving.Move(slot, attempt, now)

    def decide(old: Appointment) -> Decided | None:
        move.give_up(old)
        check_changeable(old, now)
        return move.decide(caller, old)

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
