"""Appointments with their histories, and how a new one is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError

from chalicelib.appointments.domain import queue
from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus, Turn
from chalicelib.appointments.domain.booking_limits import (
    ACTIVE_LIMIT,
    CHANGES_A_DAY,
    Guard,
    change_mark,
)
from chalicelib.appointments.domain.slots import slot_key as read_slot_id
from chalicelib.appointments.storage._records import (
    AppointmentRecord,
    GuardRecord,
    HistoryRecord,
    Queue,
    appointment_keys,
    entry_record,
    size,
)
from chalicelib.appointments.storage.guards import guard_record, load_guard
from chalicelib.core.attributes import (
    ledger_of,
    moment,
    optional_moment,
    optional_seconds,
    read_ledger,
    seconds,
)
from chalicelib.core.history import Entry, Head
from chalicelib.core.tables import failed_conditions, transaction

_HELD: Final = "held"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a booking's transaction was refused: what stood in its way."""

    existing: Appointment | None
    guard: Guard | None


def load(appointment_id: str) -> Appointment | None:
    """Return an appointment."""
    keys = appointment_keys(appointment_id)
    try:
        return read_appointment(AppointmentRecord.get(*keys, consistent_read=True))
    except AppointmentRecord.DoesNotExist:
        return None


def load_many(ids: Iterable[str]) -> list[Appointment]:
    """Return the appointments that exist, in any order."""
    keys = [appointment_keys(one) for one in ids]
    return [read_appointment(record) for record in AppointmentRecord.batch_get(keys)]


def list_of(citizen_id: str, *, consistent: bool = False) -> list[Appointment]:
    """Return all appointments of a citizen, in any order; one Query a MB."""
    found = AppointmentRecord.query(
        f"C#{citizen_id}", AppointmentRecord.sk.startswith("A#"), consistent_read=consistent
    )
    return [read_appointment(record) for record in found]


def list_held(before: datetime) -> list[str]:
    """Return the ids of the appointments that are held since before a time; one Query."""
    found = AppointmentRecord.in_queue.query(_HELD, Queue.place < f"{seconds(before):010}")
    return [record.sk[2:] for record in found]


def load_entries(appointment_id: str) -> list[Entry]:
    """Return the history of an appointment."""
    pk, _ = appointment_keys(appointment_id)
    return HistoryRecord.entries_of(pk, f"E#{appointment_id}#")


def store_booking(appointment: Appointment, entry: Entry, now: datetime) -> Refused | None:
    """Keep a new appointment with guard and entry, all or nothing; None when it was kept."""
    services = GuardRecord.services
    no_other = services.does_not_exist() | ~services.contains(appointment.service_id)
    below_limit = services.does_not_exist() | (size(services) < ACTIVE_LIMIT)
    until = GuardRecord.suspended_until
    not_suspended = until.does_not_exist() | (until <= seconds(now))
    not_joined = GuardRecord.alias.does_not_exist()
    is_there = ~GuardRecord.gone.contains(appointment.citizen_id)
    if appointment.for_member:
        is_there &= ~GuardRecord.gone.contains(appointment.booker)
    # Marks of other days may be among them: who is refused by those alone is rid of them.
    changes = GuardRecord.changes
    changed_little = changes.does_not_exist() | (size(changes) < CHANGES_A_DAY)
    may_book = no_other & below_limit & not_suspended & not_joined & is_there & changed_little
    for mark in appointment.times:
        may_book &= ~GuardRecord.times.contains(mark)
    try:
        with transaction() as write:
            write.save(
                appointment_record(appointment),
                condition=AppointmentRecord.pk.does_not_exist(),
            )
            write.update(
                guard_record(appointment.person),
                [
                    services.add({appointment.service_id}),
                    GuardRecord.times.add(set(appointment.times)),
                    changes.add({change_mark(appointment, now)}),
                    GuardRecord.revision.add(1),
                ],
                condition=may_book,
            )
            write.save(entry_record(appointment.appointment_id, entry))
    except TransactWriteError as error:
        # pynamodb sends puts before updates, and the reasons come in that order.
        existing, _, blocking = failed_conditions(error)
        return Refused(
            load(appointment.appointment_id) if existing else None,
            load_guard(appointment.person) if blocking else None,
        )
    return None


def appointment_record(appointment: Appointment) -> AppointmentRecord:
    """Return an appointment as it is kept."""
    day, place = queue.queue_of(appointment) or _holding(appointment) or (None, None)
    return AppointmentRecord(
        *appointment_keys(appointment.appointment_id),
        person=appointment.person,
        service=appointment.service_id,
        slot=appointment.slot.slot_id,
        shard=appointment.shard,
        seat=appointment.seat,
        end=seconds(appointment.end),
        status=appointment.status.value,
        member=appointment.for_member,
        created=seconds(appointment.created_at),
        ticket=appointment.ticket_number,
        turn=_turn_kept(appointment.turn),
        queue=day,
        place=place,
        version=appointment.version,
        hash=appointment.head.hash,
        ledger=ledger_of(appointment.ledger),
    )


def read_appointment(record: AppointmentRecord) -> Appointment:
    """Read an appointment."""
    key = read_slot_id(record.slot)
    if key is None:
        message = f"not a slot: {record.slot}"
        raise ValueError(message)
    version = int(record.version)
    return Appointment(
        record.sk[2:],
        record.pk[2:],
        record.person,
        record.service,
        key,
        int(record.shard),
        record.seat,
        moment(record.end),
        AppointmentStatus(record.status),
        record.member,
        moment(record.created),
        record.ticket,
        _turn(record.turn),
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
    )


def _holding(appointment: Appointment) -> tuple[str, str] | None:
    if appointment.status is not AppointmentStatus.HELD:
        return None
    return _HELD, f"{seconds(appointment.created_at):010}#{appointment.appointment_id}"


def _turn_kept(turn: Turn | None) -> list[Any] | None:
    if turn is None:
        return None
    moments = (turn.due, turn.arrived_at, turn.called_at, turn.started_at, turn.ended_at)
    return [turn.counter, turn.calls, *(optional_seconds(m) for m in moments)]


def _turn(kept: list[Any] | None) -> Turn | None:
    if kept is None:
        return None
    counter, calls, due, arrived, *later = kept
    called, started, ended = (optional_moment(m) for m in later)
    return Turn(moment(due), moment(arrived), counter, calls, called, started, ended)
