"""A citizen's own appointments: listed, named by whom they are for, and never two at one time."""

from collections.abc import Iterable, Mapping

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import (
    Appointment,
)
from chalicelib.core.auth import Staff
from chalicelib.core.errors import (
    NotFound,
)
from chalicelib.core.pagination import Page
from chalicelib.identity import service as identity


def page_of(
    citizen_id: str, status: str | None, position: str | None, limit: int
) -> Page[Appointment]:
    """Return a page of a citizen's appointments: the coming by time, then the ended, latest first.

    A citizen's partition is read whole: nobody has more than a few Queries' worth in a lifetime.
    """
    kept = [a for a in storage.list_of(citizen_id) if status in (None, a.status.value)]
    keyed = sorted((_rank(a), a) for a in kept)
    after = [(rank, a) for rank, a in keyed if position is None or rank > position]
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
    found = storage.load(appointment_id)
    if found is None:
        raise NotFound
    return found


def mine(citizen_id: str, appointment_id: str) -> Appointment:
    """Return the citizen's own appointment; raises NotFound."""
    found = storage.load(appointment_id) if appointment_id.startswith(citizen_id) else None
    if found is None:
        raise NotFound
    return found


def check_office(staff: Staff, office_id: str) -> None:
    """Refuse halls where the caller does not work; raises NotFound."""
    if office_id not in staff.office_ids:
        raise NotFound
