"""The routes of mandates, for both of their sides."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from chalicelib.core import auth, dependencies
from chalicelib.core.changes import Author
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import (
    Forbidden,
    InvalidCursor,
    NotFound,
    RecentlyJoined,
    TooManyRequests,
    WrongStatus,
)
from chalicelib.core.http_messages import (
    ID_SIGNS,
    BodyModel,
    Day,
    Id,
    IssuedCode,
    Opaque,
    QueryModel,
    Request,
    Response,
    Token,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.secret_code import read_letters
from chalicelib.core.text import typed
from chalicelib.identity.domain import VerificationRequired
from chalicelib.identity.signing.domain import SignatureInvalid, SignatureRequired
from chalicelib.mandates.domain import (
    ALL_SERVICES,
    Action,
    Answer,
    MandateStatus,
    NotRepresentative,
    Side,
    Terms,
)
from chalicelib.mandates.service import agent_codes, answers, giving
from chalicelib.mandates.service.answers import Chosen, MandateShown, Party

routes: Final = Routes("mandates")

_OneOrAll = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=rf"^({ID_SIGNS}*|\*)$"), Opaque()
]
# Services by their ids, or `*`.
ServiceIds = Annotated[list[_OneOrAll], Field(min_length=1, max_length=100)]


class MandateQuery(QueryModel):
    """Which mandates: those that one gave, or by which one acts (both without), in which state."""

    side: Side | None = None
    status: MandateStatus | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class NewMandate(BodyModel):
    """What whom a code names may do for one: services by their ids or `*`, until a last day.

    With `*` or `collect` it needs a `signature`.
    """

    agent_code: Annotated[str, typed("[0-9A-HJKMNP-TV-Z]{8}", read_letters)]
    services: ServiceIds
    actions: Annotated[list[Action], Field(min_length=1, max_length=5)]
    until: Day
    organisation_id: Id | None = None
    signature: Token | None = None

    def terms(self) -> Terms:
        """Return what it allows."""
        return terms_of(self.services, self.actions, self.until)


def terms_of(services: Iterable[str], actions: Iterable[Action], until: date) -> Terms:
    """Return what a mandate allows; `*` stands for all services, whatever else is named."""
    named = frozenset(services)
    everything = frozenset({ALL_SERVICES})
    return Terms(everything if ALL_SERVICES in named else named, frozenset(actions), until)


class PartyView(BodyModel):
    """One of the two, masked; null of an account that is not verified."""

    name: str | None
    id_number: str | None


class MandateView(BodyModel):
    """Who may do what for whom; `side` is the caller's, `until` the last day in Shanghai.

    `offered` is what the principal has not answered; of a family (with a `relation`) one may book
    for them until then. `for_name` is the principal's whole name, for who acts by it.
    """

    mandate_id: str
    side: Side
    principal: PartyView
    agent: PartyView
    for_name: str | None
    relation: Literal["spouse", "child", "parent", "other"] | None
    services: list[str]
    actions: list[Action]
    from_: Annotated[str | None, Field(serialization_alias="from")]
    until: str | None
    status: MandateStatus
    accepted_by: Literal["app", "counter"] | None


class MandateList(BodyModel):
    """Mandates of one page."""

    items: list[MandateView]
    next_cursor: str | None


@routes.post(
    "/v1/me/agent-codes",
    auth=auth.trusted,
    response=IssuedCode,
    status=201,
    errors=[RecentlyJoined, VerificationRequired],
    idempotent=True,
)
def issue_agent_code(request: Request[QueryModel]) -> Response:
    """Make a code by which somebody names one as their agent, once and within ten minutes."""
    code, expires_at, again = agent_codes.issue(request.citizen, request.attempt, request.now)
    return replayed(IssuedCode(code=code, expires_at=rfc3339(expires_at)), again=again)


@routes.post(
    "/v1/me/mandates",
    auth=auth.trusted,
    body=NewMandate,
    response=MandateView,
    status=201,
    errors=[
        Forbidden,
        RecentlyJoined,
        VerificationRequired,
        NotRepresentative,
        TooManyRequests,
        SignatureRequired,
        SignatureInvalid,
    ],
    idempotent=True,
)
def give(request: Request[NewMandate]) -> Response:
    """Give a mandate to whom a code names; it is active at once."""
    body = request.input
    asked = giving.Asked(
        body.agent_code, body.terms(), request.source, body.organisation_id, body.signature
    )
    mandate, again = giving.give(request.citizen, asked, request.attempt, request.now)
    view = _view(answers.show("principal", mandate), request)
    return replayed(view, again=again, headers={"Location": f"/v1/me/mandates/{view.mandate_id}"})


@routes.get(
    "/v1/me/mandates",
    auth=auth.citizen,
    body=MandateQuery,
    response=MandateList,
    errors=[InvalidCursor],
)
def list_mandates(request: Request[MandateQuery]) -> MandateList:
    """List who may act for one, and for whom one may act."""
    query, citizen_id, now = request.input, request.citizen.citizen_id, request.now
    chosen = Chosen(query.side, query.status)
    page = dependencies.cursors().page(
        f"mandates/{citizen_id}/{query.side}/{query.status}",
        query.cursor,
        lambda position: answers.list_mandates(citizen_id, chosen, position, query.limit, now),
    )
    items = [_view(one, request) for one in page.items]
    return MandateList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/me/mandates/{mandate_id}", auth=auth.citizen, response=MandateView, errors=[NotFound]
)
def show_mandate(request: Request[QueryModel], mandate_id: str) -> MandateView:
    """Show a mandate to either of its sides."""
    shown = answers.find_mandate(request.citizen.citizen_id, mandate_id, request.now)
    return _view(shown, request)


@routes.post(
    "/v1/me/mandates/{mandate_id}/accept",
    # A mandate is given, so an account that was joined lately does not give it.
    auth=auth.trusted,
    response=MandateView,
    errors=[NotFound, Forbidden, RecentlyJoined, VerificationRequired, WrongStatus],
    idempotent=True,
)
def accept(request: Request[QueryModel], mandate_id: str) -> Response:
    """Agree that somebody acts for one; the same again changes nothing."""
    return _answered(request, mandate_id, "accept")


@routes.post(
    "/v1/me/mandates/{mandate_id}/decline",
    auth=auth.citizen,
    response=MandateView,
    errors=[NotFound, Forbidden, WrongStatus],
    idempotent=True,
)
def decline(request: Request[QueryModel], mandate_id: str) -> Response:
    """Say no to who wants to act for one; the same again changes nothing."""
    return _answered(request, mandate_id, "decline")


@routes.post(
    "/v1/me/mandates/{mandate_id}/revoke",
    auth=auth.citizen,
    response=MandateView,
    errors=[NotFound, WrongStatus],
    idempotent=True,
)
def revoke(request: Request[QueryModel], mandate_id: str) -> Response:
    """End a mandate, from either side: what was done before stays, and again changes nothing."""
    return _answered(request, mandate_id, "revoke")


@routes.post(
    "/v1/me/mandates/{mandate_id}/dispute",
    auth=auth.citizen,
    response=MandateView,
    errors=[NotFound, Forbidden, WrongStatus],
    idempotent=True,
)
def dispute(request: Request[QueryModel], mandate_id: str) -> Response:
    """Say "this was not me": it is frozen, and supervisors are alerted."""
    return _answered(request, mandate_id, "dispute")


def _answered(request: Request[QueryModel], mandate_id: str, said: Answer) -> Response:
    author = Author.of(request.citizen, request.now, request.attempt)
    shown, again = answers.answer(request.citizen.citizen_id, mandate_id, said, author)
    return replayed(_view(shown, request), again=again)


def _view(shown: MandateShown, request: Request[Any]) -> MandateView:
    mandate = shown.mandate
    return MandateView(
        mandate_id=mandate.mandate_id,
        side=shown.side,
        principal=_party(shown.principal),
        agent=_party(shown.agent),
        for_name=shown.for_name,
        relation=mandate.relation,
        services=sorted(mandate.services),
        actions=list(mandate.actions),
        from_=mandate.since.isoformat() if mandate.since else None,
        until=mandate.until.isoformat() if mandate.until else None,
        status=mandate.status(request.now),
        accepted_by=mandate.accepted_by,
    )


def _party(party: Party) -> PartyView:
    return PartyView(name=party.name, id_number=party.id_number)
