"""The routes of citizens: ask, follow, add, object, take the answer."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.core import auth, dependencies
from chalicelib.core.errors import InvalidCursor, NotFound, TooManyRequests, WrongStatus
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    QueryModel,
    Request,
    Response,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.enquiries.api.views import EnquiryList, EnquirySubject, EnquiryView, enquiry_view
from chalicelib.enquiries.domain import Kind, Place, ReopenedTooOften, Subject, Submission, Words
from chalicelib.enquiries.service import citizens, queries, ratings, submission
from chalicelib.enquiries.service.creation import Sender

routes: Final = Routes("enquiries")

LongText = Annotated[str, text(2000, lines=True)]
_LongTextIfAny = Annotated[str, text(2000, 0, lines=True)]


class PlaceGiven(BodyModel):
    """Where it is, in degrees (WGS 84)."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lng: Annotated[float, Field(ge=-180, le=180)]


class NewEnquiry(BodyModel):
    """A question, complaint, suggestion, praise, report, or what is wrong in one's data."""

    kind: Kind
    text: LongText
    subject: EnquirySubject | None = None
    office_id: Id | None = None
    attachments: Annotated[list[Id], Field(max_length=10, default_factory=list)]
    place: PlaceGiven | None = None


class TextGiven(BodyModel):
    """What one wants to say."""

    text: LongText


class TextIfAny(BodyModel):
    """What one wants to say, if anything."""

    text: _LongTextIfAny | None = None


class Satisfaction(BodyModel):
    """How well the answer helped, from 1 (not at all) to 5 (well)."""

    satisfaction: Annotated[int, Field(ge=1, le=5)]


class MineQuery(QueryModel):
    """Which page of one's own enquiries."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


def subject_of(given: EnquirySubject | None) -> Subject | None:
    """Return what an enquiry is about as the domain has it."""
    return Subject(given.type, given.id) if given else None


@routes.post(
    "/v1/enquiries",
    auth=auth.anyone,
    body=NewEnquiry,
    response=EnquiryView,
    status=201,
    errors=[NotFound, TooManyRequests],
    idempotent=True,
)
def submit(request: Request[NewEnquiry]) -> Response:
    """Ask, complain, suggest, praise, report or have data corrected; a log-in is not needed."""
    body = request.input
    place = Place(body.place.lat, body.place.lng) if body.place else None
    words = Words(body.text, tuple(body.attachments), place)
    given = Submission(body.kind, words, subject_of(body.subject), body.office_id)
    sender = Sender(request.citizen if request.caller else None, request.source)
    file, again = submission.submit(sender, given, request.attempt, request.now)
    location = {"Location": f"/v1/enquiries/{file.enquiry.enquiry_id}"}
    return replayed(enquiry_view(file), again=again, headers=location)


@routes.get(
    "/v1/enquiries",
    auth=auth.citizen,
    body=MineQuery,
    response=EnquiryList,
    errors=[InvalidCursor],
)
def list_mine(request: Request[MineQuery]) -> EnquiryList:
    """List one's own enquiries, newest first."""
    citizen_id = request.citizen.citizen_id
    page = dependencies.cursors().page(
        f"enquiries/{citizen_id}",
        request.input.cursor,
        lambda position: queries.list_mine(citizen_id, position, request.input.limit),
    )
    items = [enquiry_view(file) for file in page.items]
    return EnquiryList(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/enquiries/{enquiry_id}", auth=auth.citizen, response=EnquiryView)
def show(request: Request[QueryModel], enquiry_id: str) -> EnquiryView:
    """Show one of one's own enquiries."""
    return enquiry_view(queries.show(request.citizen.citizen_id, enquiry_id))


@routes.post(
    "/v1/enquiries/{enquiry_id}/reply",
    auth=auth.citizen,
    body=TextGiven,
    response=EnquiryView,
    errors=[WrongStatus],
    idempotent=True,
)
def reply(request: Request[TextGiven], enquiry_id: str) -> Response:
    """Add something to an enquiry."""
    words = request.input.text
    applied = citizens.reply(request.citizen, enquiry_id, words, request.attempt, request.now)
    return replayed(enquiry_view(applied.new), again=applied.replayed)


@routes.post(
    "/v1/enquiries/{enquiry_id}/withdraw",
    auth=auth.citizen,
    body=TextIfAny,
    response=EnquiryView,
    errors=[WrongStatus],
    idempotent=True,
)
def withdraw(request: Request[TextIfAny], enquiry_id: str) -> Response:
    """Take an enquiry back, or refuse to have a low rating looked into. Idempotent."""
    words = request.input.text
    applied = citizens.withdraw(request.citizen, enquiry_id, words, request.attempt, request.now)
    return replayed(enquiry_view(applied.new), again=applied.replayed)


@routes.post(
    "/v1/enquiries/{enquiry_id}/reopen",
    auth=auth.citizen,
    body=TextGiven,
    response=EnquiryView,
    errors=[WrongStatus, ReopenedTooOften],
    idempotent=True,
)
def reopen(request: Request[TextGiven], enquiry_id: str) -> Response:
    """Say that the answer does not help; the third time a supervisor answers, for good."""
    words = request.input.text
    applied = citizens.reopen(request.citizen, enquiry_id, words, request.attempt, request.now)
    return replayed(enquiry_view(applied.new), again=applied.replayed)


@routes.post(
    "/v1/enquiries/{enquiry_id}/confirm",
    auth=auth.citizen,
    body=Satisfaction,
    response=EnquiryView,
    errors=[WrongStatus],
    idempotent=True,
)
def confirm(request: Request[Satisfaction], enquiry_id: str) -> Response:
    """Take the answer, and say how well it helped."""
    score = request.input.satisfaction
    applied = citizens.confirm(request.citizen, enquiry_id, score, request.attempt, request.now)
    return replayed(enquiry_view(applied.new), again=applied.replayed)


@routes.post(
    "/v1/enquiries/{enquiry_id}/allow",
    auth=auth.citizen,
    body=TextIfAny,
    response=EnquiryView,
    errors=[WrongStatus],
    idempotent=True,
)
def allow(request: Request[TextIfAny], enquiry_id: str) -> Response:
    """Let a low rating be looked into, as a complaint that others than its handlers answer."""
    words = request.input.text
    applied = ratings.give_leave(request.citizen, enquiry_id, words, request.attempt, request.now)
    return replayed(enquiry_view(applied.new), again=applied.replayed)
