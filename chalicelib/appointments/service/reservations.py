"""Seats that are reserved until their fee is paid: booked then, given up when it is not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import EVENT_OF, Appointment, AppointmentStatus
from chalicelib.appointments.service import booking_limits, changes, lookup
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.storage import Effects
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.changes import Applied, Author

_ACTOR: Final = "system:payments"


def confirm_paid(appointment_id: str, event_id: str, now: datetime) -> bool:
    """Book a reserved seat whose fee was paid; False when it is given up. Idempotent.

    One whose time is over is given up: its day may be closed, and nobody would look at it again.
    Raises NotFound.
    """

    def decide(old: Appointment) -> Decided | None:
        if old.status is not AppointmentStatus.RESERVED:
            return None
        if old.valid_until <= now:
            return _decided(old, AppointmentStatus.EXPIRED)
        return _decided(old, AppointmentStatus.BOOKED, {"payment_event": event_id})

    applied = _change(appointment_id, decide, now)
    if applied.changed and applied.new.status is AppointmentStatus.BOOKED:
        for seat in applied.old.seat.singles:
            storage.confirm_seat(seat)
    return applied.new.status not in (AppointmentStatus.CANCELLED, AppointmentStatus.EXPIRED)


def reserved_before(moment: datetime, part: Part = WHOLE) -> list[str]:
    """Return the ids of the appointments that are reserved until a fee is paid since a moment."""
    return storage.list_reserved(moment, part)


def expire_reservation(appointment_id: str, now: datetime) -> None:
    """Give up a reserved seat whose fee was not paid; one that is reserved no more stays."""

    def decide(old: Appointment) -> Decided | None:
        return (
            _decided(old, AppointmentStatus.EXPIRED)
            if old.status is AppointmentStatus.RESERVED
            else None
        )

    _change(appointment_id, decide, now)


def _change(appointment_id: str, decide: changes.Decide, now: datetime) -> Applied[Appointment]:
    return changes.apply(lambda: lookup.load(appointment_id), decide, Author(_ACTOR, now))


def _decided(
    old: Appointment, status: AppointmentStatus, more: Mapping[str, str] | None = None
) -> Decided:
    new = replace(old, status=status)
    facts = {"service": old.service_id, "slot": old.slot.slot_id, "status": status.value}
    ended_for = () if new.active else tuple(booking_limits.guard_of(old.person)[1])
    effects = Effects(ended_for=ended_for)
    return changes.decided(new, EVENT_OF[status], {**facts, **(more or {})}, effects)
