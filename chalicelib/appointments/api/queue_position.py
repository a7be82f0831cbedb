"""The route of one's place in the hall's queue."""

from typing import Final

from chalicelib.appointments.api.answers import owner_of
from chalicelib.appointments.domain.appointments import AppointmentStatus
from chalicelib.appointments.service import lookup, waiting_times
from chalicelib.core import auth
from chalicelib.core.http_messages import BodyModel, QueryModel, Request
from chalicelib.core.routes import Routes
from chalicelib.mandates.domain import MandateMissing

routes: Final = Routes("appointments")


class PositionView(BodyModel):
    """Where one stands in the hall; the numbers are null before check-in and after the end."""

    status: AppointmentStatus
    ahead: int | None
    estimated_wait_minutes: int | None
    counter: str | None


@routes.get(
    "/v1/appointments/{appointment_id}/queue",
    auth=auth.citizen,
    response=PositionView,
    errors=[MandateMissing],
)
def show_queue(request: Request[QueryModel], appointment_id: str) -> PositionView:
    """Show how many are ahead and about how long that takes."""
    caller = owner_of(request, appointment_id, "read")
    position = waiting_times.position(lookup.mine(caller.citizen_id, appointment_id), request.now)
    return PositionView(
        status=position.status,
        ahead=position.ahead,
        estimated_wait_minutes=position.wait_minutes,
        counter=position.counter,
    )
