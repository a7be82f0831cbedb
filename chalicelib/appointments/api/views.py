"""How appointments look to those whose they are."""

from typing import Final

from chalicelib.appointments.domain.appointments import COMING, Appointment, AppointmentStatus
from chalicelib.catalogue import service as catalogue
from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import BodyModel
from chalicelib.core.i18n import Lang
from chalicelib.core.on_behalf import OnBehalfOf
from chalicelib.mandates import service as mandates
from chalicelib.mandates.service import Names

_NO_NAMES: Final = Names()


class DocumentView(BodyModel):
    """A paper to bring."""

    material_id: str
    name: str
    required: bool


class OfferedTime(BodyModel):
    """A time that is offered in place of another."""

    slot_id: str
    start: str
    office_id: str


class NewTimeView(BodyModel):
    """Why the hall cannot keep a booked time, and what it offers; the first seat is held."""

    reason: str
    alternatives: list[OfferedTime]
    move_by: str


class AppointmentView(BodyModel):
    """One booking; `documents` is what to bring.

    `for_name` is the name of the family, or of the principal of a mandate, whom it is for, told to
    who booked it and to nobody else; `by_name` (masked) is who booked it `on_behalf_of` the reader.
    `needs_new_time` asks for another time, which counts towards no limit, until `move_by`.
    """

    appointment_id: str
    service_id: str
    office_id: str
    slot_id: str
    start: str
    end: str
    status: AppointmentStatus
    for_member: str | None
    for_name: str | None = None
    by_name: str | None = None
    on_behalf_of: OnBehalfOf | None = None
    case_id: str | None
    score: int | None
    ticket_number: str | None
    counter: str | None
    documents: list[DocumentView]
    cancellable_until: str
    created_at: str
    needs_new_time: NewTimeView | None = None
    version: int


class AppointmentList(BodyModel):
    """Appointments of one page."""

    items: list[AppointmentView]
    next_cursor: str | None


def appointment_view(
    appointment: Appointment, lang: Lang, names: Names = _NO_NAMES
) -> AppointmentView:
    """Present an appointment in a language, with the names that the reader sees."""
    return AppointmentView(
        appointment_id=appointment.appointment_id,
        service_id=appointment.service_id,
        office_id=appointment.slot.office_id,
        slot_id=appointment.slot.slot_id,
        start=rfc3339(appointment.start),
        end=rfc3339(appointment.end),
        status=appointment.status,
        for_member=appointment.for_member,
        for_name=names.for_name(appointment),
        by_name=names.by_name(appointment),
        on_behalf_of=mandates.on_behalf_of(appointment),
        case_id=appointment.case_id,
        score=appointment.score,
        ticket_number=appointment.ticket_number,
        counter=appointment.place.counter if appointment.place else None,
        documents=_documents(appointment.service_id, lang),
        cancellable_until=rfc3339(appointment.cancellable_until),
        created_at=rfc3339(appointment.created_at),
        needs_new_time=_new_time(appointment),
        version=appointment.version,
    )


def _new_time(appointment: Appointment) -> NewTimeView | None:
    offered = appointment.new_time
    if offered is None or appointment.status not in COMING:
        return None
    return NewTimeView(
        reason=offered.reason,
        alternatives=[
            OfferedTime(slot_id=one.slot_id, start=rfc3339(one.start), office_id=one.office_id)
            for one in offered.alternatives
        ],
        move_by=rfc3339(offered.move_by),
    )


def _documents(service_id: str, lang: Lang) -> list[DocumentView]:
    service = catalogue.current().services.get(service_id)
    materials = service.materials if service else ()
    return [
        DocumentView(material_id=m.material_id, name=m.name.in_language(lang), required=m.required)
        for m in materials
    ]
