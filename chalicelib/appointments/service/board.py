"""The board of a hall: who is booked there on a day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import (
    Appointment,
)
from chalicelib.appointments.domain.slots import SlotKey, holder_of
from chalicelib.appointments.service.lookup import check_office
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.pagination import Page

_CHUNK: Final = 100


@dataclass(frozen=True, slots=True)
class Board:
    """A hall's day, and which of its appointments are asked for."""

    office_id: str
    day: date
    status: str | None = None
    service_id: str | None = None

    def shows(self, appointment: Appointment, key: str) -> bool:
        """Tell whether an appointment is asked for, and has the seat at which it was found."""
        has_status = self.status in (None, appointment.status.value)
        has_service = self.service_id in (None, appointment.service_id)
        return position_of(appointment) == key and has_service and has_status


def list_day(staff: Staff, board: Board, position: str | None, limit: int) -> Page[Appointment]:
    """Return the appointments of a hall's day by time; raises NotFound."""
    check_office(staff, board.office_id)
    seats = _seats(board)
    after = [(key, one) for key, one in seats if position is None or key > position]
    items: list[Appointment] = []
    for at in range(0, len(after), _CHUNK):
        chunk = after[at : at + _CHUNK]
        known = {a.appointment_id: a for a in storage.load_many({one for _, one in chunk})}
        for key, appointment_id in chunk:
            appointment = known.get(appointment_id)
            if appointment is None or not board.shows(appointment, key):
                continue
            if len(items) == limit:
                return Page(tuple(items), position_of(items[-1]))
            items.append(appointment)
    return Page(tuple(items))


def _seats(board: Board) -> list[tuple[str, str]]:
    """Return the key, by which the board is in order, and the appointment's id of each seat."""
    # Who is booked is shown whatever counters the hall has left.
    one, day = board.service_id, board.day
    groups = [catalogue.service(one).category] if one else [*CATEGORIES]
    stamps = f"{day:%Y%m%d}", f"{day + timedelta(days=1):%Y%m%d}"
    seats = set()
    for slots in parallel.map_concurrently(
        lambda category: storage.load_slots(board.office_id, category, *stamps), groups
    ):
        for slot in slots:
            begins = _begins(slot.key)
            ids = {holder_of(seat_id) for seat_id in slot.seats | slot.left}
            seats |= {(f"{begins}{one}", one) for one in ids}
    return sorted(seats)


def position_of(appointment: Appointment) -> str:
    """Return what orders the board."""
    return f"{_begins(appointment.slot)}{appointment.appointment_id}"


def _begins(slot: SlotKey) -> str:
    """Return how the positions of a slot's appointments begin."""
    return f"{slot.stamp}#{slot.slot_id}#"
