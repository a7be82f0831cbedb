"""How new bookings are kept: all of those who come together, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.booking_limits import (
    ACTIVE_LIMIT,
    CHANGES_A_DAY,
    RefusedBooking,
    change_mark,
)
from chalicelib.appointments.storage._records import (
    KEYS,
    GuardRecord,
    entry_record,
    size,
)
from chalicelib.appointments.storage.booking_limits import counts_for, guard_record, load_guard
from chalicelib.appointments.storage.bookings import appointment_record, load
from chalicelib.core.attributes import seconds
from chalicelib.core.history import Entry
from chalicelib.core.key_notes import KeyNote
from chalicelib.core.tables import Addition, failed_conditions, transaction

# Marks of other days may be among the changes: who is refused by those alone is rid of them.
_BELOW_LIMITS: Final = (
    GuardRecord.services.does_not_exist() | (size(GuardRecord.services) < ACTIVE_LIMIT)
) & (GuardRecord.changes.does_not_exist() | (size(GuardRecord.changes) < CHANGES_A_DAY))


@dataclass(frozen=True, slots=True)
class NewBooking:
    """A booking that is not kept yet, with its first entry.

    `stands` is the condition under which one acts for another, `key` is noted with one
    that comes alone.
    """

    appointment: Appointment
    entry: Entry
    stands: Addition | None = None
    key: KeyNote | None = None


def store_bookings(bookings: Sequence[NewBooking], now: datetime) -> list[RefusedBooking] | None:
    """Keep new appointments with guards and entries, all or nothing; None when they were kept.

    Each must be for another person. Otherwise returns what stands in the way of each, in order.
    """
    try:
        with transaction() as write:
            for booking in bookings:
                _write(write, booking, now)
    except TransactWriteError as error:
        # pynamodb sends conditions, puts and then updates, and the reasons come in that order.
        reasons = failed_conditions(error)[-3 * len(bookings) :]
        puts, guards = reasons[: 2 * len(bookings)], reasons[2 * len(bookings) :]
        return [
            RefusedBooking(
                load(one.appointment.appointment_id) if existing else None,
                load_guard(one.appointment.person) if blocking else None,
            )
            for one, existing, blocking in zip(bookings, puts[::2], guards, strict=True)
        ]
    return None


def _write(write: TransactWrite, booking: NewBooking, now: datetime) -> None:
    appointment = booking.appointment
    if booking.stands:
        booking.stands(write)
    if booking.key:
        booking.key.write(write)
    write.save(appointment_record(appointment), condition=KEYS.is_free(now))
    write.update(
        guard_record(appointment.person),
        [
            GuardRecord.services.add({appointment.service_id}),
            GuardRecord.times.add(set(appointment.times)),
            GuardRecord.changes.add({change_mark(appointment, now)}),
            GuardRecord.revision.add(1),
        ],
        condition=_may_book(appointment, now),
    )
    write.save(entry_record(appointment.appointment_id, booking.entry))


def _may_book(appointment: Appointment, now: datetime) -> Any:
    """Return the condition on the guard of the person who is booked for."""
    until = GuardRecord.suspended_until
    not_suspended = until.does_not_exist() | (until <= seconds(now))
    no_other = ~GuardRecord.services.contains(appointment.service_id)
    is_there = counts_for(appointment.citizen_id, appointment.booker)
    may_book = _BELOW_LIMITS & no_other & not_suspended & is_there
    for mark in appointment.times:
        may_book &= ~GuardRecord.times.contains(mark)
    return may_book
