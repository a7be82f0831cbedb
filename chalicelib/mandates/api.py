"""The routes of mandates, for both of their sides."""

from typing import Annotated, Final, Literal

from pydantic import Field

from chalicelib.core import auth
from chalicelib.core.errors import Forbidden, NotFound, RecentlyJoined, WrongStatus
from chalicelib.core.http_messages import BodyModel, QueryModel, Request
from chalicelib.core.routes import Routes
from chalicelib.identity.domain import MemberStatus, VerificationRequired
from chalicelib.mandates.domain import ACTIONS, Action, Answer, Side
from chalicelib.mandates.service import answers
from chalicelib.mandates.service.answers import MandateShown, Party

routes: Final = Routes("mandates")


class MandateQuery(QueryModel):
    """Which mandates: those that one gave, or by which one acts (both without), in which state."""

    side: Side | None = None
    status: MemberStatus | None = None


class PartyView(BodyModel):
    """One of the two, masked; null of an account that is not verified."""

    name: str | None
    id_number: str | None


class MandateView(BodyModel):
    """Who may do what for whom; `side` is the caller's, `until` the last day in Shanghai.

    `offered` is what the principal has not answered; until then one may only book for them.
    """

    mandate_id: str
    side: Side
    principal: PartyView
    agent: PartyView
    relation: Literal["spouse", "child", "parent", "other"]
    services: list[str]
    actions: list[Action]
    from_: Annotated[str | None, Field(serialization_alias="from")]
    until: str | None
    status: MemberStatus
    accepted_by: Literal["app", "counter"] | None


class MandateList(BodyModel):
    """The mandates of one citizen, always one page."""

    items: list[MandateView]
    next_cursor: str | None = None


@routes.get("/v1/me/mandates", auth=auth.citizen, body=MandateQuery, response=MandateList)
def list_mandates(request: Request[MandateQuery]) -> MandateList:
    """List who may act for one, and for whom one may act."""
    query, citizen_id = request.input, request.citizen.citizen_id
    mandates = answers.list_mandates(citizen_id, query.side, query.status, request.now)
    return MandateList(items=[_view(one, request) for one in mandates])


@routes.get(
    "/v1/me/mandates/{mandate_id}", auth=auth.citizen, response=MandateView, errors=[NotFound]
)
def show_mandate(request: Request[QueryModel], mandate_id: str) -> MandateView:
    """Show a mandate to either of its sides."""
    return _view(answers.find_mandate(request.citizen.citizen_id, mandate_id), request)


@routes.post(
    "/v1/me/mandates/{mandate_id}/accept",
    # A mandate is given, so an account that was joined lately does not give it.
    auth=auth.trusted,
    response=MandateView,
    errors=[NotFound, Forbidden, RecentlyJoined, VerificationRequired, WrongStatus],
)
def accept(request: Request[QueryModel], mandate_id: str) -> MandateView:
    """Agree that somebody acts for one; the same again changes nothing."""
    return _answered(request, mandate_id, "accept")


@routes.post(
    "/v1/me/mandates/{mandate_id}/decline",
    auth=auth.citizen,
    response=MandateView,
    errors=[NotFound, Forbidden, WrongStatus],
)
def decline(request: Request[QueryModel], mandate_id: str) -> MandateView:
    """Say no to who wants to act for one; the same again changes nothing."""
    return _answered(request, mandate_id, "decline")


@routes.post(
    "/v1/me/mandates/{mandate_id}/revoke",
    auth=auth.citizen,
    response=MandateView,
    errors=[NotFound, WrongStatus],
)
def revoke(request: Request[QueryModel], mandate_id: str) -> MandateView:
    """End a mandate, from either side: what was done before stays, and again changes nothing."""
    return _answered(request, mandate_id, "revoke")


@routes.post(
    "/v1/me/mandates/{mandate_id}/dispute",
    auth=auth.citizen,
    response=MandateView,
    errors=[NotFound, Forbidden, WrongStatus],
)
def dispute(request: Request[QueryModel], mandate_id: str) -> MandateView:
    """Say "this was not me": it is frozen, and supervisors are alerted."""
    return _answered(request, mandate_id, "dispute")


def _answered(request: Request[QueryModel], mandate_id: str, said: Answer) -> MandateView:
    shown = answers.answer(request.citizen.citizen_id, mandate_id, said, request.now)
    return _view(shown, request)


def _view(shown: MandateShown, request: Request[QueryModel]) -> MandateView:
    member = shown.mandate.member
    until = None if member.consent == "accepted" else member.guarded_until
    return MandateView(
        mandate_id=shown.mandate.mandate_id,
        side=shown.side,
        principal=_party(shown.principal),
        agent=_party(shown.agent),
        relation=member.relation,
        services=["*"],
        actions=list(ACTIONS),
        from_=member.since.isoformat() if member.since else None,
        until=until.isoformat() if until else None,
        status=member.status(request.now),
        accepted_by="app" if member.consent == "accepted" else None,
    )


def _party(party: Party) -> PartyView:
    return PartyView(name=party.name, id_number=party.id_number)
