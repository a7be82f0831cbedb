"""What a step changes of an appointment and around it, all or nothing."""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.exceptions import TransactWriteError

from chalicelib.appointments.domain import queue
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.booking_limits import Guard
from chalicelib.appointments.storage._records import AppointmentRecord, entry_record, sweep_bucket
from chalicelib.appointments.storage.bookings import appointment_record
from chalicelib.appointments.storage.guards import write_guard, write_release
from chalicelib.appointments.storage.hall import write_day, write_ticket
from chalicelib.core.attributes import seconds
from chalicelib.core.history import Entry
from chalicelib.core.tables import failed_conditions, transaction


def store_change(  # noqa: PLR0913 - what a change may carry.
    old: Appointment,
    new: Appointment,
    entry: Entry,
    *,
    frees: bool = False,
    guards: Iterable[str] = (),
    ticket: tuple[str, int] | None = None,
    no_show: Guard | None = None,
    guard: tuple[str, Guard] | None = None,
) -> bool:
    """Keep the next version with its entry; False when the old one is not what is there.

    `frees` puts the old seat on the list of seats to free; `guards` are the persons whose guard no
    longer counts it; `ticket` is the day's counter and its next number; `no_show` the guard after.
    `guard` is a person and their whole guard after the change.
    """
    kept = entry_record(new.appointment_id, entry)
    if frees:
        kept.freed_slot = f"{old.slot.slot_id}#{old.shard}"
        kept.freed_seat = old.seat
        kept.sweep = sweep_bucket(old.seat)
        kept.sweep_at = seconds(datetime.fromisoformat(entry.at))
    try:
        with transaction() as write:
            write.save(appointment_record(new), condition=AppointmentRecord.version == old.version)
            write.save(kept)
            changed = queue.difference(old, new)
            if changed:
                write_day(write, new, changed)
            for person in guards:
                write_release(write, person, old, no_show)
            if guard:
                write_guard(write, *guard)
            if ticket:
                write_ticket(write, ticket)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True
