"""Seats that wait for their fee: booked once it is paid, given up when it is not."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.appointments.service import booking_limits
from chalicelib.appointments.service.seats import sold_out
from chalicelib.core import history
from chalicelib.core.errors import (
    NotFound,
    TryAgain,
)

_TRIES: Final = 6


def confirm_paid(appointment_id: str, event_id: str, now: datetime) -> bool:
    """Book a held seat whose fee was paid; False when it is given up. Again is the same.

    One whose time is over is given up: its day may be closed, and nobody would look at it again.
    Raises NotFound.
    """
    for _ in range(_TRIES):
        old = _kept(appointment_id)
        if old.status is not AppointmentStatus.HELD:
            return old.status not in (AppointmentStatus.CANCELLED, AppointmentStatus.EXPIRED)
        if old.valid_until <= now:
            expire_held(appointment_id, now)
        elif _end_hold(old, AppointmentStatus.BOOKED, {"payment_event": event_id}, now):
            if old.hold:
                storage.keep_seat(old.slot, old.shard, old.hold)
            return True
    raise TryAgain(retry_after=1)


def held_before(moment: datetime) -> list[str]:
    """Return the ids of the seats that are held for a fee since before a moment."""
    return storage.list_held(moment)


def expire_held(appointment_id: str, now: datetime) -> None:
    """Give up a held seat whose fee was not paid; one that is not held any more stays."""
    old = _kept(appointment_id)
    if old.status is AppointmentStatus.HELD and _end_hold(old, AppointmentStatus.EXPIRED, {}, now):
        storage.free_seat(old.slot, old.shard, old.seat, appointment_id, old.hold)
        sold_out.drop(old.slot.slot_id)


def _kept(appointment_id: str) -> Appointment:
    found = storage.load(appointment_id)
    if found is None:
        raise NotFound
    return found


def _end_hold(
    old: Appointment, status: AppointmentStatus, facts: dict[str, str], now: datetime
) -> bool:
    data = {"service": old.service_id, "slot": old.slot.slot_id, "status": status.value, **facts}
    entry = history.append(
        old.appointment_id,
        old.head,
        type_=f"appointment.{status.value}",
        at=now,
        actor="system:payments",
        data=data,
    )
    new = replace(old, status=status, version=old.version + 1, head=entry.head)
    guards = () if new.active else booking_limits.guard_of(old.person)[1]
    return storage.store_change(old, new, entry, frees=not new.active, guards=guards)
