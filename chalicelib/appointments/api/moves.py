"""The routes of staff for those whom the hall asked for a new time."""

from typing import Final, Literal

from chalicelib.appointments.service import new_times
from chalicelib.appointments.service.new_times import Asked
from chalicelib.core import auth
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import NotFound
from chalicelib.core.http_messages import BodyModel, Nothing, QueryModel, Request, WholeList
from chalicelib.core.routes import Routes
from chalicelib.identity.domain import masked_phone

routes: Final = Routes("admin_new_times")


class AskedView(BodyModel):
    """Somebody who was asked for a new time, and what they chose; null while nothing is chosen."""

    appointment_id: str
    service_id: str
    lost_slot_id: str
    answer: Literal["moved", "cancelled", "kept"] | None
    move_by: str | None
    told_at: str
    phoned_at: str | None
    name: str | None
    phone: str | None


class AskedList(WholeList):
    """All whom the hall asked for new times, by the time that they lost."""

    items: list[AskedView]


class PhonedView(BodyModel):
    """Who was telephoned."""

    appointment_id: str


@routes.get(
    "/v1/admin/offices/{office_id}/new-times",
    auth=auth.staff("supervisor", "admin"),
    response=AskedList,
)
def list_asked(request: Request[QueryModel], office_id: str) -> AskedList:
    """Show who was asked for a new time and has answered; each learns that staff looked."""
    asked = new_times.asked(request.staff, office_id, request.now)
    return AskedList(items=[_asked(one) for one in asked], next_cursor=None)


@routes.post(
    "/v1/admin/appointments/{appointment_id}/phoned",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=Nothing,
    response=PhonedView,
    errors=[NotFound],
    idempotent=True,
)
def note_call(request: Request[Nothing], appointment_id: str) -> PhonedView:
    """Note that somebody who was asked for a new time was telephoned."""
    new_times.note_call(request.staff, appointment_id, request.now)
    return PhonedView(appointment_id=appointment_id)


def _asked(one: Asked) -> AskedView:
    appointment, offered = one.appointment, one.appointment.new_time
    return AskedView.model_validate(
        {
            "appointment_id": appointment.appointment_id,
            "service_id": appointment.service_id,
            "lost_slot_id": one.lost_slot_id,
            "answer": one.answer,
            "move_by": rfc3339(offered.move_by) if offered and one.answer is None else None,
            "told_at": rfc3339(one.move.told_at),
            "phoned_at": rfc3339(one.move.phoned_at) if one.move.phoned_at else None,
            "name": one.name,
            "phone": masked_phone(one.phone) if one.phone else None,
        }
    )
