"""Whose appointments a caller asks for, and how they are answered, with the names that they see."""

from collections.abc import Mapping
from typing import Any

from chalicelib.appointments.api.views import AppointmentView, appointment_view
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied
from chalicelib.core.http_messages import Request, Response, replayed
from chalicelib.core.i18n import Lang
from chalicelib.mandates import service as mandates
from chalicelib.mandates.domain import Action, Kind
from chalicelib.mandates.service import Names


def owner_of(request: Request[Any], appointment_id: str, action: Action) -> Citizen:
    """Return whose appointment a caller reads or changes: theirs, or of whom they act for.

    Raises MandateMissing.
    """
    made: tuple[Kind, str] = ("appointment", appointment_id)
    return mandates.owner_of(request.citizen, made, action, request.now)


def name_for(caller: Citizen, appointment: Appointment) -> str | None:
    """Return the name of the family, or of a principal, whom an appointment is for."""
    return _names(caller, appointment).for_name(appointment)


def named(caller: Citizen, appointment: Appointment, lang: Lang) -> AppointmentView:
    """Present an appointment with the names that the caller sees."""
    return appointment_view(appointment, lang, _names(caller, appointment))


def answer(
    caller: Citizen,
    applied: Applied[Appointment],
    lang: Lang,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer a write with the appointment as it is then."""
    view = named(caller, applied.new, lang)
    return replayed(view, again=applied.replayed, headers=headers or {})


def _names(caller: Citizen, appointment: Appointment) -> Names:
    acting = caller.standing is not None
    return mandates.names_of(appointment.citizen_id, [appointment], acting=acting)
