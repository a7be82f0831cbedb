"""What a change stores of an appointment and around it, all or nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.appointments.domain.appointments import Appointment, released_seats
from chalicelib.appointments.domain.booking_limits import Guard
from chalicelib.appointments.domain.queue_steps import difference
from chalicelib.appointments.storage._records import (
    AND,
    SWEEP,
    AppointmentRecord,
    write_entry,
)
from chalicelib.appointments.storage.booking_limits import write_guard, write_release, write_strikes
from chalicelib.appointments.storage.bookings import appointment_item
from chalicelib.appointments.storage.counters import CounterCall, write_call
from chalicelib.appointments.storage.hall import write_day, write_ticket
from chalicelib.appointments.storage.moves import write_move
from chalicelib.core.attributes import seconds
from chalicelib.core.changes import Change
from chalicelib.core.tables import Addition, Transaction, failed_conditions, transaction


@dataclass(frozen=True, slots=True)
class Effects:
    """What is stored with an appointment's next version.

    `ended_for` are the names of the person whose guard no longer counts it: one alone must be all,
    or the write is refused. `missed` is that guard with a strike, `strikes` another person who
    booked and their guard with one. `guard` is a person and their
    whole guard after the change, which must not have changed meanwhile. `ticket` is the counter of
    the hall's day and its next number, `call` what a call changes of the hall's day, `asked_at`
    when somebody is asked for a new time, `rating` what counts one.
    """

    ended_for: tuple[str, ...] = ()
    missed: Guard | None = None
    strikes: tuple[str, Guard] | None = None
    guard: tuple[str, Guard] | None = None
    ticket: tuple[str, int] | None = None
    call: CounterCall | None = None
    asked_at: datetime | None = None
    rating: Addition | None = None


def store_change(change: Change[Appointment, Effects]) -> bool:
    """Store the next version with its entries; False when the old one is not what is there.

    Version 0 stands for what is not there yet. A seat that is given back is put on the list to
    sweep.
    """
    old, new = change.old, change.new
    is_still = AppointmentRecord.version == old.version
    is_new = AppointmentRecord.pk.does_not_exist()
    try:
        with transaction() as write:
            is_last = is_still if old.version else is_new
            write.put(AppointmentRecord, appointment_item(new), is_last)
            _write_entries(write, change)
            counted = difference(old if old.version else None, new)
            if counted:
                write_day(write, new, counted)
            _write_effects(write, change)
            for add in change.also:
                add(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def _write_effects(write: TransactWrite, change: Change[Appointment, Effects]) -> None:
    effects = change.effects
    for person in effects.ended_for:
        alone = len(effects.ended_for) == 1
        write_release(write, person, change.old, effects.missed, alone=alone)
    if effects.strikes:
        write_strikes(write, *effects.strikes)
    if effects.guard:
        write_guard(write, *effects.guard)
    if effects.ticket:
        write_ticket(write, effects.ticket)
    if effects.call:
        write_call(write, effects.call)
    if effects.asked_at:
        write_move(write, change.new, effects.asked_at)
    if effects.rating:
        effects.rating(write)


def _write_entries(write: Transaction, change: Change[Appointment, Effects]) -> None:
    """Keep the entries; the last is put on a list to sweep where a seat was given back."""
    *before, last = change.entries
    for entry in before:
        write_entry(write, change.old.appointment_id, entry)
    freed: dict[str, Any] = {}
    released = released_seats(change.old, change.new)
    if released:
        freed = {
            "freed_slot": AND.join(f"{seat.slot.slot_id}#{seat.shard}" for seat in released),
            "freed_seat": AND.join(seat.seat_id for seat in released),
            "sweep": SWEEP.of(released[0].seat_id),
            "sweep_at": seconds(datetime.fromisoformat(last.at)),
        }
    write_entry(write, change.old.appointment_id, last, **freed)
