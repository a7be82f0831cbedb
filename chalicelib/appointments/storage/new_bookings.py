"""How new bookings are kept: all of those who come together, or none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, TypeVar

from pynamodb.exceptions import TransactWriteError

from chalicelib.appointments.domain.appointments import Appointment, bookers
from chalicelib.appointments.domain.booking_limits import (
    ACTIVE_LIMIT,
    CHANGES_A_DAY,
    RefusedBooking,
    change_mark,
)
from chalicelib.appointments.storage._records import (
    KEYS,
    AppointmentRecord,
    GuardRecord,
    size,
    write_entry,
)
from chalicelib.appointments.storage.booking_limits import counts_for, guard_keys, load_guard
from chalicelib.appointments.storage.bookings import appointment_item, load
from chalicelib.core.attributes import seconds
from chalicelib.core.history import Entry
from chalicelib.core.key_notes import KeyNote
from chalicelib.core.prepared import Parameters, Prepared, element, parameter
from chalicelib.core.tables import Addition, Transaction, failed_conditions, transaction

T = TypeVar("T")

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


def _write(write: Transaction, booking: NewBooking, now: datetime) -> None:
    appointment = booking.appointment
    if booking.stands:
        booking.stands(write)
    if booking.key:
        booking.key.write(write)
    write.put_as(_keeping().put(appointment_item(appointment), {"now": seconds(now)}))
    write.update_as(_counted(appointment, now))
    write_entry(write, appointment.appointment_id, booking.entry)


@cache
def _keeping() -> Prepared:
    """Put together how an appointment is kept where there is none, nor a note of its key."""
    return Prepared(AppointmentRecord, KEYS.is_free(parameter("now", "N")))


def _counted(appointment: Appointment, now: datetime) -> Parameters:
    """Return the update that counts a booking in its person's guard, if they may book."""
    who = bookers(appointment.citizen_id, appointment.for_member)
    given = {
        "service": appointment.service_id,
        "services": [appointment.service_id],
        "times": appointment.times,
        "changes": [change_mark(appointment, now)],
        "now": seconds(now),
        **_named("time", sorted(appointment.times)),
        **_named("booker", who),
    }
    prepared = _counting(len(appointment.times), len(who))
    return prepared.update(guard_keys(appointment.person), given)


@cache
def _counting(times: int, bookers: int) -> Prepared:
    """Put together how a booking is counted that has so many marks of time, for so many bookers."""
    guard = GuardRecord
    actions = [
        guard.services.add(parameter("services", "SS")),
        guard.times.add(parameter("times", "SS")),
        guard.changes.add(parameter("changes", "SS")),
        guard.revision.add(1),
    ]
    until = guard.suspended_until
    not_suspended = until.does_not_exist() | (until <= parameter("now", "N"))
    no_other = ~guard.services.contains(element("service"))
    is_there = counts_for(*map(element, _named("booker", range(bookers))))
    may_book = _BELOW_LIMITS & no_other & not_suspended & is_there
    for name in _named("time", range(times)):
        may_book &= ~guard.times.contains(element(name))
    return Prepared(guard, may_book, actions)


def _named(name: str, values: Iterable[T]) -> dict[str, T]:
    return {f"{name}{number}": value for number, value in enumerate(values)}
