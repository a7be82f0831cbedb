"""What the room holds about a citizen: history, export and what is given back on leaving."""

from datetime import datetime
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.appointments.service import ratings
from chalicelib.appointments.service.bookings import cancel
from chalicelib.appointments.waiting.service import joining
from chalicelib.core import audit
from chalicelib.core.clock import rfc3339
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.identity import service as identity
from chalicelib.identity.service import personal_data_requests


def history_of(appointment_id: str) -> audit.SubjectHistory | None:
    """Return an appointment's history, for auditors of its hall."""
    appointment = storage.load(appointment_id)
    if appointment is None:
        return None
    entries = tuple(storage.load_entries(appointment_id))
    whose = None if appointment.walk_in else appointment.citizen_id
    return audit.SubjectHistory(entries, appointment.head, appointment.slot.office_id, whose)


def export_data(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's appointments as plain JSON values, for their export."""
    return [
        {
            "appointment_id": one.appointment_id,
            "service_id": one.service_id,
            "slot_id": one.slot.slot_id,
            "status": one.status.value,
            "for_member": one.for_member,
            "ticket_number": one.ticket_number,
            "created_at": rfc3339(one.created_at),
            "rating": _rating_of(one),
        }
        for one in storage.list_of(citizen_id)
    ]


def _rating_of(appointment: Appointment) -> dict[str, object] | None:
    if appointment.score is None:
        return None
    entries = storage.load_entries(appointment.appointment_id)
    given = next(entry for entry in entries if entry.type == "appointment.rated")
    words = ratings.open_words(appointment.appointment_id, given.data.get("note"))
    return {"score": appointment.score, "words": words, "trips_made": given.data.get("trips")}


def cancel_all(citizen_id: str, now: datetime) -> None:
    """Give back what a citizen who leaves has booked or waits for; what is too near stands."""
    caller, counted = personal_data_requests.who_leaves(citizen_id, now)
    storage.bar(counted, citizen_id)
    booked, places = storage.list_with_places(citizen_id)
    for entry_id in places:
        joining.leave(citizen_id, entry_id, now)
    for one in booked:
        reserved = one.status is AppointmentStatus.RESERVED
        if reserved or (one.status is AppointmentStatus.BOOKED and now <= one.cancellable_until):
            attempt = Attempt(derived_id("erase", one.appointment_id, length=16), "erase")
            cancel(caller, one.appointment_id, attempt, now)


def end_all(citizen_id: str, now: datetime) -> None:
    """Give back what somebody who died has booked, however near, or waits for. Idempotent."""
    caller = identity.caller_of(identity.profile_of(citizen_id))
    booked, places = storage.list_with_places(citizen_id)
    for entry_id in places:
        joining.leave(citizen_id, entry_id, now)
    for one in booked:
        if one.status in (AppointmentStatus.RESERVED, AppointmentStatus.BOOKED):
            attempt = Attempt(derived_id("death", one.appointment_id, length=16), "death")
            cancel(caller, one.appointment_id, attempt, now, late=True)


def active_ids(citizen_id: str) -> list[str]:
    """Return the ids of a citizen's appointments that have not ended."""
    booked = storage.list_of(citizen_id, consistent=True)
    return [appointment.appointment_id for appointment in booked if appointment.active]


def ids_of(citizen_id: str) -> list[str]:
    """Return the ids of a citizen's appointments."""
    return [appointment.appointment_id for appointment in storage.list_of(citizen_id)]


def office_ids_of(citizen_id: str) -> list[str]:
    """Return the ids of the halls where a citizen had appointments."""
    return [appointment.slot.office_id for appointment in storage.list_of(citizen_id)]


PERSONAL_DATA: Final = personal_data_requests.Holder("appointments", export_data, cancel_all)
