"""The routes of consents: what one agreed to, and what one took back."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from chalicelib.core import auth, dependencies
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import InvalidCursor
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response, replayed
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.identity.consents import service
from chalicelib.identity.consents.domain import Consent, Word

routes: Final = Routes("consents")

_LAST_VERSION: Final = 10**9


class Paging(QueryModel):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class ConsentGiven(BodyModel):
    """What one says about a purpose, having read this version of the text about it."""

    purpose: Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9._-]{0,39}$")]
    version: Annotated[str, text(40)] | Annotated[int, Field(ge=0, le=_LAST_VERSION)]
    given: bool


class ConsentView(BodyModel):
    """What one said last about a purpose; `at` is when."""

    purpose: str
    version: str | int
    given: bool
    at: str


class ConsentList(BodyModel):
    """Consents of one page, by purpose."""

    items: list[ConsentView]
    next_cursor: str | None


@routes.get(
    "/v1/me/consents",
    auth=auth.citizen,
    body=Paging,
    response=ConsentList,
    errors=[InvalidCursor],
)
def list_mine(request: Request[Paging]) -> ConsentList:
    """List what one agreed to, and what one took back."""
    asked, citizen_id = request.input, request.citizen.citizen_id
    page = dependencies.cursors().page(
        f"consents/{citizen_id}",
        asked.cursor,
        lambda position: service.list_mine(citizen_id, position, asked.limit),
    )
    return ConsentList(items=[_view(one) for one in page.items], next_cursor=page.next_cursor)


@routes.post(
    "/v1/me/consents",
    auth=auth.citizen,
    body=ConsentGiven,
    response=ConsentView,
    status=201,
    idempotent=True,
)
def say(request: Request[ConsentGiven]) -> Response:
    """Agree to a purpose, or take it back; the same again changes nothing."""
    said = request.input
    word = Word(said.version, said.given, request.now)
    consent, again = service.say(request.citizen.citizen_id, said.purpose, word, request.attempt)
    return replayed(_view(consent), again=again)


def _view(consent: Consent) -> ConsentView:
    word = consent.last
    return ConsentView(
        purpose=consent.purpose, version=word.version, given=word.given, at=rfc3339(word.at)
    )
