"""The route by which a citizen rates a visit."""

from typing import Final

from chalicelib.appointments.api.views import AppointmentView, appointment_view
from chalicelib.appointments.domain.appointments import RatedByCase
from chalicelib.appointments.service import ratings
from chalicelib.core import auth
from chalicelib.core.errors import WrongStatus
from chalicelib.core.http_messages import Request, Response, replayed
from chalicelib.core.rating_given import RatingGiven
from chalicelib.core.ratings import AlreadyRated
from chalicelib.core.routes import Routes
from chalicelib.mandates import service as mandates
from chalicelib.mandates.domain import MandateMissing

routes: Final = Routes("appointments")


@routes.post(
    "/v1/appointments/{appointment_id}/rating",
    auth=auth.citizen,
    body=RatingGiven,
    response=AppointmentView,
    errors=[WrongStatus, AlreadyRated, RatedByCase, MandateMissing],
    idempotent=True,
)
def rate_visit(request: Request[RatingGiven], appointment_id: str) -> Response:
    """Rate a visit once, after it was kept; one that belongs to a case is rated with that."""
    rating, now = request.input.rating, request.now
    caller = mandates.owner_of(request.citizen, ("appointment", appointment_id), "book", now)
    applied = ratings.rate(caller, appointment_id, rating, request.attempt, now)
    acting = caller.standing is not None
    names = mandates.names_of(applied.new.citizen_id, [applied.new], acting=acting)
    view = appointment_view(applied.new, request.lang, names)
    return replayed(view, again=applied.replayed)
