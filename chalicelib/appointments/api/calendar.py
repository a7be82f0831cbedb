"""The routes of a hall's calendar feed, and of the tokens that open it."""

from typing import Annotated, Final
from urllib.parse import quote

from pydantic import StringConstraints

from chalicelib.appointments.api import icalendar
from chalicelib.appointments.domain.feeds import FeedToken
from chalicelib.appointments.service import feeds
from chalicelib.core import auth
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import NotFound
from chalicelib.core.http_messages import (
    BodyModel,
    Nothing,
    Opaque,
    QueryModel,
    Request,
    Response,
    WholeList,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.settings import SETTINGS

routes: Final = Routes("admin_calendar")
_TOKENS: Final = "/v1/admin/offices/{office_id}/calendar-tokens"
_STAFF: Final = auth.staff("clerk", "supervisor", "admin")


class CalendarTokenView(BodyModel):
    """A token that opens a hall's calendar feed, and for whom it was made."""

    token_id: str
    office_id: str
    staff_id: str
    created_at: str


class CalendarTokenMade(CalendarTokenView):
    """A fresh token, and the feed's address with it; only the same attempt is told them again."""

    token: str
    url: str


class CalendarTokenList(WholeList):
    """The tokens that one may revoke."""

    items: list[CalendarTokenView]


class CalendarQuery(QueryModel):
    """The token; a calendar program has no log-in."""

    token: Annotated[str, StringConstraints(max_length=100), Opaque()] = ""


@routes.post(
    _TOKENS,
    auth=_STAFF,
    body=Nothing,
    response=CalendarTokenMade,
    status=201,
    errors=[NotFound],
    idempotent=True,
)
def make_calendar_token(request: Request[Nothing], office_id: str) -> Response:
    """Make a token that opens the hall's calendar feed without a log-in."""
    made = feeds.make_token(request.staff, office_id, request.attempt, request.now)
    url = (
        f"{SETTINGS.public_url}/v1/admin/offices/{office_id}/calendar.ics?token={quote(made.clear)}"
    )
    view = CalendarTokenMade(**dict(_view(made.token)), token=made.clear, url=url)
    return replayed(view, again=made.replayed)


@routes.get(_TOKENS, auth=_STAFF, response=CalendarTokenList, errors=[NotFound])
def list_calendar_tokens(request: Request[QueryModel], office_id: str) -> CalendarTokenList:
    """List one's own tokens of a hall; supervisors see everybody's."""
    tokens = feeds.list_tokens(request.staff, office_id)
    return CalendarTokenList(items=[_view(one) for one in tokens])


@routes.delete(f"{_TOKENS}/{{token_id}}", auth=_STAFF, status=204, errors=[NotFound])
def revoke_calendar_token(request: Request[QueryModel], office_id: str, token_id: str) -> Response:
    """End a token at once; doing it twice is the same."""
    feeds.revoke_token(request.staff, office_id, token_id, request.now)
    return Response(None)


@routes.get(
    "/v1/admin/offices/{office_id}/calendar.ics",
    auth=auth.public,
    body=CalendarQuery,
    media=("text/calendar",),
    errors=[NotFound],
)
def hall_calendar(request: Request[CalendarQuery], office_id: str) -> Response:
    """Show a hall's days to a calendar program (RFC 5545): how many are booked when, no persons."""
    times = feeds.times_of(office_id, request.input.token, request.now)
    text = icalendar.hall_calendar(office_id, times, request.lang, request.now)
    return Response(text, content_type="text/calendar; charset=utf-8")


def _view(token: FeedToken) -> CalendarTokenView:
    return CalendarTokenView(
        token_id=token.token_id,
        office_id=token.office_id,
        staff_id=token.staff_id,
        created_at=rfc3339(token.created_at),
    )
