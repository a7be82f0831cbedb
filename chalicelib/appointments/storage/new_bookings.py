"""How new bookings are kept: all of those who come together, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
    AppointmentRecord,
    GuardRecord,
    entry_record,
    size,
)
from chalicelib.appointments.storage.bookings import appointment_record, load
from chalicelib.appointments.storage.guards import counts_for, guard_record, load_guard
from chalicelib.core.attributes import seconds
from chalicelib.core.history import Entry
from chalicelib.core.tables import Addition, failed_conditions, transaction


@dataclass(frozen=True, slots=True)
class NewBooking:
    """A booking that is not kept yet, with its first entry.

    `stands` is the condition under which one acts for another.
    """

    appointment: Appointment
    entry: Entry
    stands: Addition | None = None


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
    is_new = AppointmentRecord.pk.does_not_exist()
    write.save(appointment_record(appointment), condition=is_new)
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
    services = GuardRecord.services
    no_other = services.does_not_exist() | ~services.contains(appointment.service_id)
    below_limit = services.does_not_exist() | (size(services) < ACTIVE_LIMIT)
    until = GuardRecord.suspended_until
    not_suspended = until.does_not_exist() | (until <= seconds(now))
    is_there = counts_for(appointment.citizen_id, appointment.booker)
    # Marks of other days may be among them: who is refused by those alone is rid of them.
    changes = GuardRecord.changes
    changed_little = changes.does_not_exist() | (size(changes) < CHANGES_A_DAY)
    may_book = no_other & below_limit & not_suspended & is_there & changed_little
    for mark in appointment.times:
        may_book &= ~GuardRecord.times.contains(mark)
    return may_book
