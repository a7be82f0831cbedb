"""The route by which a citizen rates a visit."""

from typing import Final

from chalicelib.appointments.api.answers import answer, owner_of
from chalicelib.appointments.api.views import AppointmentView
from chalicelib.appointments.domain.appointments import RatedByCase
from chalicelib.appointments.service import ratings
from chalicelib.core import auth
from chalicelib.core.errors import WrongStatus
from chalicelib.core.http_messages import Request, Response
from chalicelib.core.rating_given import RatingGiven
from chalicelib.core.ratings import AlreadyRated
from chalicelib.core.routes import Routes
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
    caller = owner_of(request, appointment_id, "book")
    rating = request.input.rating
    applied = ratings.rate(caller, appointment_id, rating, request.attempt, request.now)
    return answer(caller, applied, request.lang)
