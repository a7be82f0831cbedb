"""Visits of cases: a case is asked whether it can be visited, and hears of it by the events."""

from typing import Final, Literal

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.core.plugins import registered

VisitState = Literal["coming", "came", "none"]
_CAME: Final = frozenset(
    {
        AppointmentStatus.CHECKED_IN,
        AppointmentStatus.CALLED,
        AppointmentStatus.SERVING,
        AppointmentStatus.FULFILLED,
    }
)


def check(citizen_id: str, case_id: str | None, service_id: str) -> None:
    """Let a booking name a case; raises NotFound, InvalidRequest or WrongStatus."""
    if case_id is None:
        return
    (check_case,) = registered("VISITED_CASES")
    check_case(citizen_id, case_id, service_id)


def facts_of(appointment: Appointment) -> dict[str, str]:
    """Return what an appointment's events say of its case."""
    return {"case": appointment.case_id} if appointment.case_id else {}


def state_of(appointment_id: str) -> VisitState:
    """Return whether an appointment is to come, whether its citizen came, or neither."""
    appointment = storage.load(appointment_id)
    if appointment and appointment.status in _CAME:
        return "came"
    return "coming" if appointment and appointment.active else "none"
