"""The board of a hall: who is booked there on a day."""

from datetime import date, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import (
    Appointment,
)
from chalicelib.appointments.service.lookup import check_office
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.pagination import Page

_ID_LENGTH: Final = 16


def list_day(  # noqa: PLR0913 - a board is filtered by these.
    staff: Staff,
    office_id: str,
    day: date,
    status: str | None,
    service_id: str | None,
    position: str | None,
    limit: int,
) -> Page[Appointment]:
    """Return the day's appointments of a hall by time; raises NotFound."""
    check_office(staff, office_id)
    seats = _seats(office_id, day, service_id)
    after = [(key, found) for key, found in seats if position is None or key > position]
    items: list[Appointment] = []
    for at in range(0, len(after), 100):
        chunk = after[at : at + 100]
        known = {a.appointment_id: a for a in storage.load_many({i for _, i in chunk})}
        for key, appointment_id in chunk:
            found = known.get(appointment_id)
            if found is None or not _matches(found, key, status, service_id):
                continue
            if len(items) == limit:
                return Page(tuple(items), _key(items[-1]))
            items.append(found)
    return Page(tuple(items))


def _seats(office_id: str, day: date, service_id: str | None) -> list[tuple[str, str]]:
    # Who is booked is shown whatever counters the hall has left.
    groups = [catalogue.service(service_id).category] if service_id else [*CATEGORIES]
    first, last = f"{day:%Y%m%d}", f"{day + timedelta(days=1):%Y%m%d}"
    found = set()
    for slots in parallel.map_concurrently(
        lambda c: storage.load_slots(office_id, c, first, last), groups
    ):
        for slot in slots:
            ids = {seat[:_ID_LENGTH] for seat in slot.seats | slot.left}
            found |= {(f"{slot.key.stamp}#{slot.key.slot_id}#{i}", i) for i in ids}
    return sorted(found)


def _key(appointment: Appointment) -> str:
    slot = appointment.slot
    return f"{slot.stamp}#{slot.slot_id}#{appointment.appointment_id}"


def _matches(found: Appointment, key: str, status: str | None, service_id: str | None) -> bool:
    right_slot = _key(found) == key
    right_service = service_id in (None, found.service_id)
    return right_slot and right_service and status in (None, found.status.value)
