"""The routes of one's own appointments: listed, and each shown."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.appointments.api.answers import named, owner_of
from chalicelib.appointments.api.views import AppointmentList, AppointmentView, appointment_view
from chalicelib.appointments.domain.appointments import AppointmentStatus
from chalicelib.appointments.service import lookup
from chalicelib.core import auth, dependencies
from chalicelib.core.errors import InvalidCursor
from chalicelib.core.http_messages import Id, QueryModel, Request
from chalicelib.core.routes import Routes
from chalicelib.mandates import service as mandates
from chalicelib.mandates.domain import MandateMissing

routes: Final = Routes("appointments")


class MineQuery(QueryModel):
    """Which of one's own appointments, or of those that a right made (its id)."""

    status: AppointmentStatus | None = None
    on_behalf_of: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


@routes.get(
    "/v1/appointments",
    auth=auth.citizen,
    body=MineQuery,
    response=AppointmentList,
    errors=[InvalidCursor, MandateMissing],
)
def list_mine(request: Request[MineQuery]) -> AppointmentList:
    """List one's own appointments: the coming by time, then the ended, latest first."""
    asked, caller = request.input, request.citizen
    scope = mandates.scope_of(caller, asked.on_behalf_of, "appointment", request.now)
    page = dependencies.cursors().page(
        f"appointments/{scope.key}/{asked.status}",
        asked.cursor,
        lambda position: lookup.page_of(scope, asked.status, position, asked.limit),
    )
    names = mandates.names_of(scope.owner, page.items, acting=scope.acting)
    items = [appointment_view(one, request.lang, names) for one in page.items]
    return AppointmentList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/appointments/{appointment_id}",
    auth=auth.citizen,
    response=AppointmentView,
    errors=[MandateMissing],
)
def show(request: Request[QueryModel], appointment_id: str) -> AppointmentView:
    """Show one of one's own appointments."""
    caller = owner_of(request, appointment_id, "read")
    return named(caller, lookup.mine(caller.citizen_id, appointment_id), request.lang)
