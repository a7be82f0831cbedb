"""Visits of cases: a case is asked whether it can be visited, and hears of it by the events."""

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.core.plugins import registered


def check(citizen_id: str, case_id: str | None, service_id: str) -> None:
    """Let a booking name a case; raises NotFound, InvalidRequest or WrongStatus."""
    if case_id is None:
        return
    (check_case,) = registered("VISITED_CASES")
    check_case(citizen_id, case_id, service_id)


def facts_of(appointment: Appointment) -> dict[str, str]:
    """Return what an appointment's events say of its case."""
    return {"case": appointment.case_id} if appointment.case_id else {}


def is_coming(appointment_id: str) -> bool:
    """Tell whether an appointment is booked, going on, or was kept."""
    appointment = storage.load(appointment_id)
    return appointment is not None and (appointment.active or appointment.status == "fulfilled")
