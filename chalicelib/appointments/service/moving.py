"""Moving a booking to another slot: the seat is taken before the change, and the old one freed."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.slots import Seat, SlotKey, TakenSeat
from chalicelib.appointments.service import bookable, booking_limits, changes, seats
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.storage import Effects
from chalicelib.core.auth import Citizen
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id

_SEAT_SUFFIX: Final = 3


@dataclass(slots=True)
class Move:
    """A move to a slot, decided again whenever another change of the appointment came before it."""

    slot: SlotKey
    attempt: Attempt
    now: datetime
    _taken: TakenSeat | None = None
    _version: int = 0

    def decide(self, caller: Citizen, old: Appointment) -> Decided | None:
        """Return what becomes of a booking that moves; None where it is there already.

        Raises InvalidRequest, NotYet, SlotFull, SlotClosed, TimeConflict or TooManyChanges.
        """
        slot, now = self.slot, self.now
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
        seat = _held(old, slot, now) or self._claim(old)
        new = replace(moved, shard=seat.shard, seat_id=seat.seat_id, further=seat.further)
        facts = {"status": new.status.value, "slot": slot.slot_id, "freed": old.slot.slot_id}
        effects = Effects(guard=(names[-1], after))
        return changes.decided(new, "appointment.rescheduled", facts, effects)

    def give_up(self, current: Appointment) -> None:
        """Give back the seat that was taken for what the appointment was before another change.

        A seat is taken for one version, so nobody can move to it any more. One that is still
        there is taken again with the next decision.
        """
        if self._taken and self._version != current.version:
            seats.give_back([self._taken])
            # Where somebody touched the slot since, it is given up like any other.
            for seat in self._taken.seat.singles:
                seats.release(seat, self.now, self.now)
            self._taken = None

    def _claim(self, old: Appointment) -> Seat:
        suffix = derived_id(self.attempt.key, str(old.version), length=_SEAT_SUFFIX)
        wanted = Seat(self.slot, 0, old.appointment_id + suffix)
        self._taken = seats.claim(wanted, old.service_id, self.now)
        self._version = old.version
        return self._taken.seat


def counted_as(caller: Citizen, appointment: Appointment) -> str:
    """Return the person whose limits count an appointment.

    An account that became a person since counts under the person's guard now.
    """
    own = appointment.person == caller.citizen_id
    return caller.person if own else appointment.person


def _held(appointment: Appointment, slot: SlotKey, now: datetime) -> Seat | None:
    """Return the seat that is held as a new time in a slot, while that is open."""
    held = appointment.new_time.held if appointment.new_time else None
    # The hall may have closed it since: then it is claimed as any other, and that says so.
    return held if held and held.slot == slot and seats.take_again(held, now) else None
