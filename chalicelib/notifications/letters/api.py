"""The routes of letters, for the hall that prints and posts them."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.core import auth, dependencies
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import InvalidCursor, NotFound
from chalicelib.core.http_messages import BodyModel, Id, QueryModel, Request, Response
from chalicelib.core.routes import Routes
from chalicelib.notifications.letters import service
from chalicelib.notifications.letters.domain import Letter
from chalicelib.notifications.letters.service import ReachedOtherwise

routes: Final = Routes("letters")
_PDF: Final = "application/pdf"
_STAFF: Final = auth.staff("clerk", "supervisor", "admin")


class LettersAsked(QueryModel):
    """Which page of which hall's letters."""

    office_id: Id
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class LetterView(BodyModel):
    """A notice of a case that is to be written, as nothing else reaches the person."""

    case_id: str
    notification_id: str
    event: str
    created_at: str


class LetterList(BodyModel):
    """Letters of one page."""

    items: list[LetterView]
    next_cursor: str | None


class Posted(BodyModel):
    """Which notice was posted."""

    notification_id: Id


@routes.get(
    "/v1/admin/letters",
    auth=_STAFF,
    body=LettersAsked,
    response=LetterList,
    errors=[NotFound, InvalidCursor],
)
def list_letters(request: Request[LettersAsked]) -> LetterList:
    """List what the hall is to write to people whom nothing else reaches; nobody is named."""
    asked, staff = request.input, request.staff
    page = dependencies.cursors().page(
        f"letters/{asked.office_id}",
        asked.cursor,
        lambda position: service.list_due(staff, asked.office_id, position, asked.limit),
    )
    return LetterList(items=[_view(one) for one in page.items], next_cursor=page.next_cursor)


@routes.get(
    "/v1/admin/cases/{case_id}/letter",
    auth=_STAFF,
    media=(_PDF,),
    errors=[NotFound, ReachedOtherwise],
)
def print_letter(request: Request[QueryModel], case_id: str) -> Response:
    """Print the newest notice of a case, for who is reached by nothing else."""
    found, body = service.letter(request.staff, case_id, request.lang)
    headers = {"Content-Disposition": f'attachment; filename="{found.number}-letter.pdf"'}
    return Response(body, content_type=_PDF, headers=headers)


@routes.post(
    "/v1/admin/cases/{case_id}/letter/posted",
    auth=_STAFF,
    body=Posted,
    status=204,
    errors=[NotFound],
)
def note_posted(request: Request[Posted], case_id: str) -> Response:
    """Note that a letter was posted, or is not needed; doing it twice is the same."""
    service.note_posted(request.staff, case_id, request.input.notification_id)
    return Response(None)


def _view(letter: Letter) -> LetterView:
    return LetterView(
        case_id=letter.case_id,
        notification_id=letter.notification_id,
        event=letter.event,
        created_at=rfc3339(letter.created_at),
    )
