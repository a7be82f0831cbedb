"""Moving a booking to another slot: the seat is taken before the change, and the old one freed."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.slots import Seat, SlotKey
from chalicelib.appointments.service import bookable, booking_limits, changes, seats
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.storage import Effects
from chalicelib.core.auth import Citizen
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id

_SEAT_SUFFIX: Final = 3


def decide(
    caller: Citizen, old: Appointment, slot: SlotKey, attempt: Attempt, now: datetime
) -> Decided | None:
    """Return what becomes of a booking that moves; None where it is there already.

    Raises InvalidRequest, NotYet, SlotFull, SlotClosed, TimeConflict or TooManyChanges.
    """
    person = counted_as(caller, old)
    service = bookable.service(old.service_id)
    # Who is asked for a new time may be offered one in another hall.
    offices = {old.slot.office_id} | (old.new_time.offices if old.new_time else frozenset())
    office_id = slot.office_id if slot.office_id in offices else old.slot.office_id
    bookable.check_slot(service, office_id, slot)
    if slot == old.slot:
        return None
    opening = bookable.opening_of(slot)
    if opening and not (old.new_time and slot in old.new_time.alternatives):
        opening.check(person, now)
    moved = replace(old, slot=slot, end=bookable.end_of(service, slot), new_time=None)
    guard, names = booking_limits.guard_of(person)
    after = booking_limits.moved_guard(guard, old, moved, now)
    if (guard.times - old.times) & moved.times:
        # What was booked before one was verified stands under the account's own name.
        own = set() if old.for_member else {old.citizen_id}
        booking_limits.refuse_conflict(caller, moved, {old.person, *names} | own)
    seat = _held(old, slot)
    if seat is None:
        suffix = derived_id(attempt.key, str(old.version), length=_SEAT_SUFFIX)
        wanted = Seat(slot, 0, old.appointment_id + suffix)
        seat = seats.claim(wanted, old.service_id, now).seat
    new = replace(moved, shard=seat.shard, seat_id=seat.seat_id, further=seat.further)
    facts = {"status": new.status.value, "slot": slot.slot_id, "freed": old.slot.slot_id}
    effects = Effects(guard=(names[-1], after))
    return changes.decided(new, "appointment.rescheduled", facts, effects)


def counted_as(caller: Citizen, appointment: Appointment) -> str:
    """Return the person whose limits count an appointment.

    An account that became a person since counts under the person's guard now.
    """
    own = appointment.person == caller.citizen_id
    return caller.person if own else appointment.person


def _held(appointment: Appointment, slot: SlotKey) -> Seat | None:
    """Return the seat that is held as a new time in a slot."""
    held = appointment.new_time.held if appointment.new_time else None
    return held if held and held.slot == slot else None
