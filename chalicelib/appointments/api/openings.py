"""The route of one's own moment to book where seats are scarce."""

from datetime import date
from typing import Final

from chalicelib.appointments.service import openings
from chalicelib.catalogue import service as catalogue
from chalicelib.core import auth
from chalicelib.core.clock import precise, rfc3339
from chalicelib.core.errors import FieldError, InvalidQuery, NotFound
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request
from chalicelib.core.i18n import Text
from chalicelib.core.routes import Routes
from chalicelib.identity.domain import VerificationRequired

routes: Final = Routes("appointments")

_UNKNOWN: Final = Text("没有找到", "Not found")


class OpeningQuery(QueryModel):
    """For which service, at which hall."""

    service_id: Id
    office_id: Id


class OpeningView(BodyModel):
    """The day whose seats come out next, and the caller's own moment to book them."""

    date: date
    opens_at: str
    your_moment: str
    ramp_seconds: int


@routes.get(
    "/v1/openings",
    auth=auth.citizen,
    body=OpeningQuery,
    response=OpeningView,
    errors=[VerificationRequired, NotFound],
)
def next_opening(request: Request[OpeningQuery]) -> OpeningView:
    """Show the next opening with seats; not found where they are out at once."""
    office_id, category = _counters(request.input)
    opening, moment = openings.following(request.citizen, office_id, category, request.now)
    return OpeningView(
        date=opening.day,
        opens_at=rfc3339(opening.opens_at),
        your_moment=precise(moment),
        ramp_seconds=opening.ramp_seconds,
    )


def _counters(asked: OpeningQuery) -> tuple[str, str]:
    """Return the hall and the category that are asked about; raises InvalidQuery or NotFound."""
    known = catalogue.current()
    if asked.service_id not in known.services:
        raise InvalidQuery(errors=[FieldError("/service_id", "unknown", _UNKNOWN)])
    if asked.office_id not in known.offices:
        raise InvalidQuery(errors=[FieldError("/office_id", "unknown", _UNKNOWN)])
    return asked.office_id, known.services[asked.service_id].category
