"""How appointments look from outside."""

from collections.abc import Mapping
from types import MappingProxyType

from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.catalogue import service as catalogue
from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import BodyModel
from chalicelib.core.i18n import Lang


class DocumentView(BodyModel):
    """A paper to bring."""

    material_id: str
    name: str
    required: bool


class AppointmentView(BodyModel):
    """One booking; `documents` is what to bring.

    `for_name` is the name of the family whom it is for, told to who booked it and to nobody else.
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
    ticket_number: str | None
    counter: str | None
    documents: list[DocumentView]
    cancellable_until: str
    created_at: str
    version: int


class AppointmentList(BodyModel):
    """Appointments of one page."""

    items: list[AppointmentView]
    next_cursor: str | None


def appointment_view(
    found: Appointment, lang: Lang, names: Mapping[str, str] = MappingProxyType({})
) -> AppointmentView:
    """Present an appointment in a language; `names` are those of the family by their ids."""
    return AppointmentView(
        appointment_id=found.appointment_id,
        service_id=found.service_id,
        office_id=found.slot.office_id,
        slot_id=found.slot.slot_id,
        start=rfc3339(found.start),
        end=rfc3339(found.end),
        status=found.status,
        for_member=found.for_member,
        for_name=names.get(found.for_member or ""),
        ticket_number=found.ticket_number,
        counter=found.turn.counter if found.turn else None,
        documents=_documents(found.service_id, lang),
        cancellable_until=rfc3339(found.cancellable_until),
        created_at=rfc3339(found.created_at),
        version=found.version,
    )


def _documents(service_id: str, lang: Lang) -> list[DocumentView]:
    service = catalogue.current().services.get(service_id)
    materials = service.materials if service else ()
    return [
        DocumentView(material_id=m.material_id, name=m.name.in_language(lang), required=m.required)
        for m in materials
    ]
