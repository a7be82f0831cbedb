"""Appointments by their id or their citizen, for whoever may see them."""

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import (
    Appointment,
)
from chalicelib.core.auth import Staff
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page
from chalicelib.mandates.service import Scope


def page_of(
    scope: Scope, status: str | None, position: str | None, limit: int
) -> Page[Appointment]:
    """Return a page of a scope's appointments: the coming by time, then the ended, latest first.

    A citizen's partition is read whole: nobody has more than a few Queries' worth in a lifetime.
    """
    listed = [a for a in storage.list_of(scope.owner) if status in (None, a.status.value)]
    covered = [a for a in listed if scope.covers(a.appointment_id, a.for_member)]
    ranked = sorted((_rank(a), a) for a in covered)
    after = [(rank, a) for rank, a in ranked if position is None or rank > position]
    more = after[limit - 1][0] if len(after) > limit else None
    return Page(tuple(a for _, a in after[:limit]), more)


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
