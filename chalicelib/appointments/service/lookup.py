"""Appointments by their id or their citizen, for whoever may see them."""

from collections.abc import Iterable, Mapping

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import (
    Appointment,
)
from chalicelib.core.auth import Staff
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.pagination import Page
from chalicelib.identity import service as identity


def page_of(
    citizen_id: str, status: str | None, position: str | None, limit: int
) -> Page[Appointment]:
    """Return a page of a citizen's appointments: the coming by time, then the ended, latest first.

    A citizen's partition is read whole: nobody has more than a few Queries' worth in a lifetime.
    """
    listed = [a for a in storage.list_of(citizen_id) if status in (None, a.status.value)]
    ranked = sorted((_rank(a), a) for a in listed)
    after = [(rank, a) for rank, a in ranked if position is None or rank > position]
    more = after[limit - 1][0] if len(after) > limit else None
    return Page(tuple(a for _, a in after[:limit]), more)


def names_of(citizen_id: str, appointments: Iterable[Appointment]) -> Mapping[str, str]:
    """Return the names of the family whom appointments are for, by their ids."""
    return identity.names_of(citizen_id, (a.for_member for a in appointments))


def _rank(appointment: Appointment) -> str:
    minute = int(appointment.start.timestamp()) // 60
    if appointment.active:
        return f"0{minute:010}{appointment.appointment_id}"
    return f"1{10**10 - minute:010}{appointment.appointment_id}"


def load(appointment_id: str) -> Appointment:
    """Return an appointment, for the rooms above; raises NotFound."""
    appointment = storage.load(appointment_id)
    if appointment is None:
        raise NotFound
    return appointment


def mine(citizen_id: str, appointment_id: str) -> Appointment:
    """Return the citizen's own appointment; raises NotFound."""
    if not appointment_id.startswith(citizen_id):
        raise NotFound
    return load(appointment_id)


def of_hall(staff: Staff, appointment_id: str) -> Appointment:
    """Return an appointment of a hall where the caller works; raises NotFound."""
    appointment = load(appointment_id)
    check_office(staff, appointment.slot.office_id)
    return appointment


def check_office(staff: Staff, office_id: str) -> None:
    """Refuse halls where the caller does not work; raises NotFound."""
    if office_id not in staff.office_ids:
        raise NotFound


def unknown(pointer: str) -> InvalidRequest:
    """Return the problem of a field that names nothing."""
    return InvalidRequest(errors=[FieldError(pointer, "unknown", Text("没有找到", "Not found"))])
