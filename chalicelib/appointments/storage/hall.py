"""A hall's day: who is in it, its tickets, what it did, and how far its days are closed."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.calling_order import InLine
from chalicelib.appointments.domain.queue_steps import in_line
from chalicelib.appointments.storage._records import (
    TABLE,
    AppointmentRecord,
    ClosedRecord,
    DayRecord,
    HallsRecord,
    TicketRecord,
    appointment_keys,
)
from chalicelib.appointments.storage.bookings import is_appointment, load, read_appointment
from chalicelib.core.clock import office_time
from chalicelib.core.items import items_at

_COUNTED: Final = ("served", "waited", "serving", "no_shows", "walk_ins")


def list_queue(office_id: str, day: date) -> list[InLine]:
    """Return who is in a hall's day, in order; one Query."""
    records = AppointmentRecord.in_queue.query(f"{office_id}#{day:%Y%m%d}")
    return [in_line(record.order, record.sk[2:]) for record in records]


def load_with_ticket(appointment_id: str, counter: str) -> tuple[Appointment | None, int]:
    """Return an appointment and the day's last ticket number, in one read."""
    keys = appointment_keys(appointment_id)
    found = items_at(TABLE, (keys, (counter, "ticket")))
    items = {item["pk"]["S"]: item for item in found}
    last = int(items[counter]["last"]["N"]) if counter in items else 0
    item = items.get(keys[0])
    if item and is_appointment(item):
        return read_appointment(item), last
    return load(appointment_id), last


def ticket_counter(office_id: str, day: str) -> str:
    """Return the key of a hall's and day's ticket counter."""
    return f"T#{office_id}#{day}"


def load_days(office_id: str, first: str, last: str) -> list[tuple[str, str, Mapping[str, int]]]:
    """Return day, category and counts of what a hall did from one day to another."""
    days: list[tuple[str, str, Mapping[str, int]]] = []
    for record in DayRecord.query(f"R#{office_id}", DayRecord.sk.between(first, f"{last}~")):
        day, _, category = record.sk.partition("#")
        counts = {name: int(getattr(record, name) or 0) for name in _COUNTED}
        days.append((day, category, counts))
    return days


def closed_until(office_id: str) -> str | None:
    """Return the last day (YYYYMMDD) whose appointments were closed."""
    try:
        return ClosedRecord.get(f"D#{office_id}", "closed").day
    except ClosedRecord.DoesNotExist:
        return None


def set_closed_until(office_id: str, day: str) -> None:
    """Note that all days up to this one are closed."""
    ClosedRecord(f"D#{office_id}", "closed", day=day).save()


def halls_seen(offices: Iterable[str]) -> set[str]:
    """Return the halls that there ever were, with these; one read, and a write for a new one."""
    record = HallsRecord("D", "halls")
    try:
        known = set(HallsRecord.get(record.pk, record.sk).offices or ())
    except HallsRecord.DoesNotExist:
        known = set()
    new = set(offices) - known
    if new:
        record.update([HallsRecord.offices.add(new)])
    return known | new


def write_ticket(write: TransactWrite, ticket: tuple[str, int]) -> None:
    """Move a day's counter to its next number, in a change's own transaction."""
    counter, number = ticket
    is_next = (TicketRecord.last == number - 1) | TicketRecord.last.does_not_exist()
    write.save(TicketRecord(counter, "ticket", last=number), condition=is_next)


def write_day(write: TransactWrite, of: Appointment, changed: Mapping[str, int]) -> None:
    """Count in a hall's day what a change did, in its own transaction."""
    day = f"{office_time(of.place.arrived_at if of.place else of.start):%Y%m%d}"
    record = DayRecord(f"R#{of.slot.office_id}", f"{day}#{of.slot.category}")
    added = [getattr(DayRecord, name).add(amount) for name, amount in changed.items()]
    write.update(record, added)
