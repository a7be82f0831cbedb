"""How appointments and walk-ins look to staff."""

from chalicelib.appointments.api.views import AppointmentView, appointment_view
from chalicelib.appointments.domain.calling_order import Priority
from chalicelib.appointments.service.reception import Visit
from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import WholeList
from chalicelib.core.i18n import Lang
from chalicelib.core.on_behalf import ActedBy
from chalicelib.identity.domain import masked_phone
from chalicelib.mandates import service as mandates


class DeskAppointment(AppointmentView):
    """One booking or walk-in as staff see it; name and phone (masked) where they looked for them.

    `acted_by` is who booked for another; null for what was booked for oneself.

    `category` is that of the counters where they wait, `only_at` the counter where they were sent.
    `arrived_at`, `called_at` and `started_at` are of this stay in the hall.
    """

    name: str | None
    phone: str | None
    acted_by: ActedBy | None
    priority: Priority
    category: str
    only_at: str | None
    arrived_at: str | None
    called_at: str | None
    started_at: str | None


class DeskAppointmentList(WholeList):
    """Appointments of one page as staff see them."""

    items: list[DeskAppointment]


def desk_appointment(visit: Visit, lang: Lang) -> DeskAppointment:
    """Present an appointment to staff with who comes, and not with how they rated the visit."""
    appointment, place = visit.appointment, visit.appointment.place
    kind = mandates.kind_of_actor(appointment)
    return DeskAppointment(
        **{**dict(appointment_view(appointment, lang)), "score": None},
        name=visit.name,
        phone=masked_phone(visit.phone) if visit.phone else None,
        acted_by=visit.acted_by or (ActedBy(kind=kind) if kind else None),
        priority=place.priority if place else Priority.NONE,
        category=appointment.category,
        only_at=place.only_at if place else None,
        arrived_at=rfc3339(place.arrived_at) if place else None,
        called_at=rfc3339(place.called_at) if place and place.called_at else None,
        started_at=rfc3339(place.started_at) if place and place.started_at else None,
    )


def without_person(visit: DeskAppointment) -> DeskAppointment:
    """Return what a ticket says, and nothing of whose visit it is: anybody may read along."""
    nobody = ("name", "phone", "acted_by", "for_member", "for_name", "by_name", "case_id")
    return visit.model_copy(
        update={**dict.fromkeys(nobody), "on_behalf_of": None, "needs_new_time": None}
    )
