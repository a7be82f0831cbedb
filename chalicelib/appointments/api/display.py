"""The route of a hall's screen: numbers only, for everybody."""

from typing import Final

from chalicelib.appointments.service import waiting_times
from chalicelib.core import auth
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import NotFound
from chalicelib.core.http_messages import BodyModel, QueryModel, Request
from chalicelib.core.routes import Routes

routes: Final = Routes("display")
_CACHED_SECONDS: Final = 2


class CallView(BodyModel):
    """A number that is called to a counter, or served there."""

    ticket_number: str
    counter: str
    called_at: str


class WaitingView(BodyModel):
    """How many wait for a category, and how long who comes now would; null where none is open."""

    category: str
    count: int
    estimated_wait_minutes: int | None


class DisplayView(BodyModel):
    """What a hall's screen shows: calls, the latest first, and who waits."""

    calls: list[CallView]
    waiting: list[WaitingView]


@routes.get(
    "/v1/offices/{office_id}/display",
    auth=auth.public,
    response=DisplayView,
    errors=[NotFound],
    cacheable_seconds=_CACHED_SECONDS,
)
def show_display(request: Request[QueryModel], office_id: str) -> DisplayView:
    """Show which numbers are called where, how many wait, and how long that takes."""
    shown = waiting_times.display(office_id, request.now)
    return DisplayView(
        calls=[
            CallView(
                ticket_number=one.ticket or "",
                counter=one.name,
                called_at=rfc3339(one.called_at or request.now),
            )
            for one in shown.calls
        ],
        waiting=[
            WaitingView(
                category=one.category,
                count=one.count,
                estimated_wait_minutes=one.wait_minutes,
            )
            for one in shown.waiting
        ],
    )
