"""The routes of the steps that staff take."""

from datetime import date, datetime
from typing import Annotated, Final

from chalicelib.cases.domain import AlreadyClaimed
from chalicelib.core.changes import Applied
from chalicelib.core.clock import office_time
from chalicelib.core.errors import WrongStatus
from chalicelib.core.http_messages import (
    BodyModel,
    Day,
    Moment,
    Nothing,
    Request,
    Response,
    Transfer,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.enquiries.api.citizen import LongText, TextGiven
from chalicelib.enquiries.api.staff import HANDLERS, DeskEnquiry, handled
from chalicelib.enquiries.domain import (
    AlreadyExtended,
    DeadlinePassed,
    EnquiryFile,
    NotPublishable,
)
from chalicelib.enquiries.service import desk, questions
from chalicelib.enquiries.service.questions import Publication

routes: Final = Routes("admin_enquiries")

ShortText = Annotated[str, text(500, lines=True)]


class Extension(BodyModel):
    """Until which day, and why; the citizen reads it."""

    until: Day | Moment
    reason: ShortText


class PublicationGiven(BodyModel):
    """What everybody may read: the answer, and the question in better words than the citizen's.

    `text` and `question` are in whichever language they are written in; the others are English.
    """

    text: LongText
    text_en: LongText | None = None
    question: ShortText | None = None
    question_en: ShortText | None = None


class Declined(BodyModel):
    """Why it is not for the city's halls, and who else answers it; the citizen reads it."""

    note: ShortText


@routes.post(
    "/v1/admin/enquiries/{enquiry_id}/claim",
    auth=HANDLERS,
    body=Nothing,
    response=DeskEnquiry,
    errors=[WrongStatus, AlreadyClaimed],
    idempotent=True,
)
def claim(request: Request[Nothing], enquiry_id: str) -> Response:
    """Take an enquiry on."""
    return _shown(desk.claim(request.staff, enquiry_id, request.attempt, request.now))


@routes.post(
    "/v1/admin/enquiries/{enquiry_id}/transfer",
    auth=HANDLERS,
    body=Transfer,
    response=DeskEnquiry,
    errors=[WrongStatus, AlreadyClaimed],
    idempotent=True,
)
def transfer(request: Request[Transfer], enquiry_id: str) -> Response:
    """Pass an enquiry to another hall; its deadline stays."""
    to, note = request.input.office_id, request.input.note
    applied = desk.transfer(request.staff, enquiry_id, to, note, request.attempt, request.now)
    return _shown(applied)


@routes.post(
    "/v1/admin/enquiries/{enquiry_id}/answer",
    auth=HANDLERS,
    body=TextGiven,
    response=DeskEnquiry,
    errors=[WrongStatus, AlreadyClaimed],
    idempotent=True,
)
def answer(request: Request[TextGiven], enquiry_id: str) -> Response:
    """Answer an enquiry, or add to the answer."""
    words = request.input.text
    return _shown(desk.answer(request.staff, enquiry_id, words, request.attempt, request.now))


@routes.post(
    "/v1/admin/enquiries/{enquiry_id}/extend",
    auth=HANDLERS,
    body=Extension,
    response=DeskEnquiry,
    errors=[WrongStatus, AlreadyClaimed, AlreadyExtended, DeadlinePassed],
    idempotent=True,
)
def extend(request: Request[Extension], enquiry_id: str) -> Response:
    """Extend the deadline, once, with a reason."""
    until, reason = _day(request.input), request.input.reason
    applied = desk.extend(request.staff, enquiry_id, until, reason, request.attempt, request.now)
    return _shown(applied)


@routes.post(
    "/v1/admin/enquiries/{enquiry_id}/publish",
    auth=HANDLERS,
    body=PublicationGiven,
    response=DeskEnquiry,
    errors=[WrongStatus, AlreadyClaimed, NotPublishable],
    idempotent=True,
)
def publish(request: Request[PublicationGiven], enquiry_id: str) -> Response:
    """Publish the answer to a question, cleaned of persons; again takes the first one's place."""
    given = Publication(**request.input.model_dump())
    return _shown(questions.publish(request.staff, enquiry_id, given, request.attempt, request.now))


@routes.post(
    "/v1/admin/enquiries/{enquiry_id}/unpublish",
    auth=HANDLERS,
    body=Nothing,
    response=DeskEnquiry,
    errors=[AlreadyClaimed],
    idempotent=True,
)
def unpublish(request: Request[Nothing], enquiry_id: str) -> Response:
    """Take a published answer back. Idempotent."""
    return _shown(questions.unpublish(request.staff, enquiry_id, request.attempt, request.now))


@routes.post(
    "/v1/admin/enquiries/{enquiry_id}/not-ours",
    auth=HANDLERS,
    body=Declined,
    response=DeskEnquiry,
    errors=[WrongStatus, AlreadyClaimed],
    idempotent=True,
)
def decline(request: Request[Declined], enquiry_id: str) -> Response:
    """Say that an enquiry is not for the city's halls, and who else answers it."""
    note = request.input.note
    return _shown(desk.decline(request.staff, enquiry_id, note, request.attempt, request.now))


def _day(given: Extension) -> date:
    """Return the day; a moment is the offices' day on which it is."""
    until = given.until
    return office_time(until).date() if isinstance(until, datetime) else until


def _shown(applied: Applied[EnquiryFile]) -> Response:
    return replayed(DeskEnquiry(**handled(applied.new)), again=applied.replayed)
