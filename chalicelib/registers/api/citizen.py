"""The routes of citizens: a look-up, one's own look-ups, and which registers there are."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.core import auth, dependencies
from chalicelib.core.errors import InvalidCursor, RecentlyJoined, TooManyRequests
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    QueryModel,
    Request,
    Response,
    WholeList,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.identity.domain import ConsentRequired, ProviderUnavailable, VerificationRequired
from chalicelib.registers.api.views import LookupView, lookup_view
from chalicelib.registers.service import asking, queries, registers
from chalicelib.registers.service.asking import Asked

routes: Final = Routes("registers")


class LookupAsked(BodyModel):
    """Which register is asked, for which service, for whom of the family."""

    register_id: Id
    service_id: Id
    for_member: Id | None = None


class LookupList(BodyModel):
    """Look-ups of one page, newest first."""

    items: list[LookupView]
    next_cursor: str | None


class LookupQuery(QueryModel):
    """Which page of one's own look-ups."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class ConsentText(BodyModel):
    """What one agrees to by a look-up."""

    version: str
    text: str


class RegisterView(BodyModel):
    """A register: who keeps it, and what it confirms, by the claims that services name."""

    register_id: str
    title: str
    keeper: str
    claims: dict[str, str]


class RegisterList(WholeList):
    """All registers, and the consent that each look-up needs."""

    consent: ConsentText
    items: list[RegisterView]


@routes.get("/v1/registers", auth=auth.public, response=RegisterList, cacheable_seconds=300)
def list_registers(request: Request[QueryModel]) -> RegisterList:
    """List the registers of other offices that may be asked with one's consent."""
    known, lang = registers.known(), request.lang
    return RegisterList(
        consent=ConsentText(
            version=known.consent.version, text=known.consent.text.in_language(lang)
        ),
        items=[
            RegisterView(
                register_id=one.register_id,
                title=one.title.in_language(lang),
                keeper=one.keeper.in_language(lang),
                claims={claim: words.in_language(lang) for claim, words in one.claims.items()},
            )
            for one in known.by_id.values()
        ],
    )


@routes.post(
    "/v1/me/lookups",
    auth=auth.trusted,
    body=LookupAsked,
    response=LookupView,
    status=201,
    errors=[
        VerificationRequired,
        ConsentRequired,
        RecentlyJoined,
        ProviderUnavailable,
        TooManyRequests,
    ],
    idempotent=True,
)
def look_up(request: Request[LookupAsked]) -> Response:
    """Ask a register about oneself or one's family, for one service; the call is the consent."""
    body = request.input
    wanted = Asked(body.register_id, body.service_id, body.for_member)
    shown, again = asking.look_up(request.citizen, wanted, request.attempt, request.now)
    return replayed(lookup_view(shown, request.lang), again=again)


@routes.get(
    "/v1/me/lookups",
    auth=auth.citizen,
    body=LookupQuery,
    response=LookupList,
    errors=[InvalidCursor],
)
def list_mine(request: Request[LookupQuery]) -> LookupList:
    """List one's own look-ups, newest first."""
    query, citizen_id = request.input, request.citizen.citizen_id
    page = dependencies.cursors().page(
        f"lookups/{citizen_id}",
        query.cursor,
        lambda position: queries.list_mine(citizen_id, position, query.limit),
    )
    items = [lookup_view(one, request.lang) for one in page.items]
    return LookupList(items=items, next_cursor=page.next_cursor)
