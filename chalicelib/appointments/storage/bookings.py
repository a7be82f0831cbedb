"""Appointments with their histories."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import UpdateError
from pynamodb.transactions import TransactWrite

from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus, QueuePlace
from chalicelib.appointments.domain.calling_order import Priority
from chalicelib.appointments.domain.new_times import NewTime
from chalicelib.appointments.domain.queue_steps import queue_key
from chalicelib.appointments.domain.slots import Seat, SlotKey, parse_slot_id
from chalicelib.appointments.storage._records import (
    TABLE,
    AppointmentRecord,
    HistoryRecord,
    Queue,
    appointment_keys,
)
from chalicelib.core.attributes import (
    ledger_of,
    moment,
    optional_moment,
    optional_seconds,
    read_ledger,
    seconds,
)
from chalicelib.core.buckets import WHOLE, Buckets, Part
from chalicelib.core.history import Entry, Head
from chalicelib.core.items import (
    RawItem,
    document,
    item_at,
    item_of,
    items_at,
    items_in,
    number,
    text,
)
from chalicelib.core.tables import condition_failed

Places = tuple[tuple[SlotKey, int], ...]
_RESERVED: Final = Buckets("held#", first="held")
# Most people wait where they came to, without priority: nothing is kept of that.
_NOT_SENT: Final[list[Any]] = ["none", None, None, 0]


def load(appointment_id: str) -> Appointment | None:
    """Return an appointment."""
    item = item_at(TABLE, appointment_keys(appointment_id))
    return read_appointment(item) if item and is_appointment(item) else None


def load_many(ids: Iterable[str], *, consistent: bool = False) -> list[Appointment]:
    """Return the appointments that exist, in any order."""
    keys = (appointment_keys(one) for one in ids)
    items = items_at(TABLE, keys, consistent=consistent)
    return [read_appointment(item) for item in items if is_appointment(item)]


def list_of(citizen_id: str, *, consistent: bool = False) -> list[Appointment]:
    """Return all appointments of a citizen, in any order; one Query a MB."""
    span = AppointmentRecord.sk.startswith("A#")
    items = items_in(AppointmentRecord, f"C#{citizen_id}", span, consistent=consistent)
    return [read_appointment(item) for item in items if is_appointment(item)]


def correct_person(appointment: Appointment, person: str) -> None:
    """Keep for whom an appointment is under another name; nothing where it has one already."""
    record = AppointmentRecord(*appointment_keys(appointment.appointment_id))
    is_so = AppointmentRecord.person == appointment.person
    try:
        record.update([AppointmentRecord.person.set(person)], condition=is_so)
    except UpdateError as error:
        condition_failed(error)


def list_with_places(citizen_id: str) -> tuple[list[Appointment], list[str]]:
    """Return all appointments of a citizen, and the ids of their places on the waiting list.

    One Query a MB, which reads past the histories that stand in between.
    """
    span = AppointmentRecord.sk.between("A#", "W~")
    items = [(one["sk"]["S"], one) for one in items_in(AppointmentRecord, f"C#{citizen_id}", span)]
    places = [sk[2:] for sk, _ in items if sk.startswith("W#")]
    return [read_appointment(one) for _, one in items if is_appointment(one)], places


def list_reserved(before: datetime, part: Part = WHOLE) -> list[str]:
    """Return the ids of the appointments reserved since before a time; one Query a bucket."""
    return _RESERVED.read(lambda bucket: list_queued(bucket, before), part)


def list_queued(partition: str, before: datetime) -> list[str]:
    """Return the ids of what stands in a part of the queue since before a time; one Query."""
    since = Queue.order < f"{seconds(before):010}"
    return [record.sk[2:] for record in AppointmentRecord.in_queue.query(partition, since)]


def no_appointment(write: TransactWrite, appointment_id: str) -> None:
    """Make it a condition of another's transaction that there is no appointment of an id."""
    keys = appointment_keys(appointment_id)
    write.condition_check(AppointmentRecord, *keys, condition=AppointmentRecord.pk.does_not_exist())


def load_entries(appointment_id: str) -> list[Entry]:
    """Return the history of an appointment."""
    pk, _ = appointment_keys(appointment_id)
    return HistoryRecord.entries_of(pk, f"E#{appointment_id}#")


def appointment_item(appointment: Appointment) -> RawItem:
    """Return an appointment as it is kept."""
    day, order = queue_key(appointment) or _reservation_key(appointment) or (None, None)
    columns = {
        "person": appointment.person,
        "service": appointment.service_id,
        "slot": appointment.slot.slot_id,
        "shard": appointment.shard,
        "seat_id": appointment.seat_id,
        "end": seconds(appointment.end),
        "status": appointment.status.value,
        "member": appointment.for_member,
        "case": appointment.case_id,
        "score": appointment.score,
        "further": places_values(appointment.further),
        "granted_by": appointment.granted_by,
        "created": seconds(appointment.created_at),
        "ticket": appointment.ticket_number,
        "stay": _place_values(appointment.place),
        "new_time": _new_time_values(appointment.new_time),
        "queue": day,
        "order": order,
        "version": appointment.version,
        "hash": appointment.head.hash,
        "ledger": ledger_of(appointment.ledger),
    }
    return item_of(AppointmentRecord, appointment_keys(appointment.appointment_id), columns)


def is_appointment(item: RawItem) -> bool:
    """Tell an appointment from the rest of its partition, and from a note in its place."""
    return item["sk"]["S"].startswith("A#") and "fingerprint" not in item


def read_appointment(item: RawItem) -> Appointment:
    """Read an appointment."""
    key = parse_slot_id(item["slot"]["S"])
    if key is None:
        message = f"not a slot: {item['slot']['S']}"
        raise ValueError(message)
    version = int(item["version"]["N"])
    return Appointment(
        item["sk"]["S"][2:],
        item["pk"]["S"][2:],
        item["person"]["S"],
        item["service"]["S"],
        key,
        int(item["shard"]["N"]),
        item["seat"]["S"],
        moment(int(item["end"]["N"])),
        AppointmentStatus(item["status"]["S"]),
        text(item, "member"),
        moment(int(item["created"]["N"])),
        text(item, "ticket"),
        _place(document(item, "turn")),
        text(item, "granted_by"),
        _new_time(document(item, "new_time")),
        version,
        Head(version, item["hash"]["S"]),
        read_ledger(document(item, "ledger")),
        text(item, "case"),
        number(item, "score"),
        read_places(document(item, "further")),
    )


def places_values(places: Places) -> list[Any] | None:
    """Return slots with their shards as they are kept; None of none."""
    return [[slot.slot_id, shard] for slot, shard in places] or None


def read_places(values: list[Any] | None) -> Places:
    """Read slots with their shards."""
    return tuple((slot, int(n)) for one, n in values or () if (slot := parse_slot_id(one)))


def _reservation_key(appointment: Appointment) -> tuple[str, str] | None:
    if appointment.status is not AppointmentStatus.RESERVED:
        return None
    bucket = _RESERVED.of(appointment.appointment_id)
    return bucket, f"{seconds(appointment.created_at):010}#{appointment.appointment_id}"


def _new_time_values(offered: NewTime | None) -> list[Any] | None:
    if offered is None:
        return None
    held = offered.held
    seat = [held.shard, held.seat_id, places_values(held.further)] if held else None
    ids = [slot.slot_id for slot in offered.alternatives]
    return [offered.reason, seconds(offered.move_by), ids, seat]


def _new_time(values: list[Any] | None) -> NewTime | None:
    if values is None:
        return None
    reason, until, ids, seat = values
    slots = tuple(slot for one in ids if (slot := parse_slot_id(one)))
    if seat is None:
        return NewTime(reason, moment(until), slots)
    shard, seat_id, *further = seat
    places = read_places(further[0] if further else None)
    held = Seat(slots[0], shard, seat_id, further=places)
    return NewTime(reason, moment(until), slots, held)


def _place_values(place: QueuePlace | None) -> list[Any] | None:
    if place is None:
        return None
    moments = (place.due, place.arrived_at, place.called_at, place.started_at, place.ended_at)
    stay = [place.counter, place.calls, *(optional_seconds(m) for m in moments)]
    sent = [place.priority.value, place.category, place.only_at, place.parked_until]
    return stay if sent == _NOT_SENT else stay + sent


def _place(values: list[Any] | None) -> QueuePlace | None:
    if values is None:
        return None
    counter, calls, due, arrived, *later = values
    called, started, ended = (optional_moment(m) for m in later[:3])
    priority, category, only_at, parked_until = later[3:] or _NOT_SENT
    return QueuePlace(
        moment(due),
        moment(arrived),
        counter,
        calls,
        called,
        started,
        ended,
        Priority(priority),
        category,
        only_at,
        parked_until,
    )
