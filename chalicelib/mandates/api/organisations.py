"""The routes of organisations and their members."""

from typing import Annotated, Any, Final

from pydantic import Field

from chalicelib.core import auth, dependencies
from chalicelib.core.credit_code import CreditCode
from chalicelib.core.errors import (
    Forbidden,
    InvalidCursor,
    NotFound,
    RecentlyJoined,
    TooManyRequests,
)
from chalicelib.core.http_messages import (
    BodyModel,
    Day,
    QueryModel,
    Request,
    Response,
    replayed,
)
from chalicelib.core.pagination import Page
from chalicelib.core.routes import Routes
from chalicelib.core.secret_code import read_letters
from chalicelib.core.text import text, typed
from chalicelib.identity import service as identity
from chalicelib.identity.domain import ProviderUnavailable, VerificationRequired
from chalicelib.mandates import domain
from chalicelib.mandates.domain import Membership, OrganisationState, Role
from chalicelib.mandates.service import organisations
from chalicelib.mandates.service.organisations import NewMember, OrganisationShown

routes: Final = Routes("mandates")


class NewOrganisation(BodyModel):
    """What one represents by law, by its unified social credit code (GB 32100)."""

    credit_code: CreditCode
    name: Annotated[str, text(200)]


class OrganisationQuery(QueryModel):
    """Which page of one's organisations."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class MemberAdded(BodyModel):
    """Who shall act for the organisation, in which role, until a last day if there is one."""

    agent_code: Annotated[str, typed("[0-9A-HJKMNP-TV-Z]{8}", read_letters)]
    role: Role
    until: Day | None = None


class OrganisationMember(BodyModel):
    """Who acts for an organisation; the name is masked, null for who is gone."""

    member_id: str
    name: str | None
    role: Role
    since: str
    until: str | None


class OrganisationSummary(BodyModel):
    """An organisation that one belongs to; `frozen` until the register names who represents it."""

    organisation_id: str
    credit_code: str
    name: str
    status: OrganisationState
    role: Role
    until: str | None
    version: int


class OrganisationView(OrganisationSummary):
    """An organisation with its members."""

    members: list[OrganisationMember]


class OrganisationList(BodyModel):
    """Organisations of one page."""

    items: list[OrganisationSummary]
    next_cursor: str | None


@routes.post(
    "/v1/me/organisations",
    auth=auth.trusted,
    body=NewOrganisation,
    response=OrganisationView,
    status=201,
    errors=[RecentlyJoined, VerificationRequired, domain.NotRepresentative, ProviderUnavailable],
    idempotent=True,
)
def create(request: Request[NewOrganisation]) -> Response:
    """Become a manager of what the business register says that one represents."""
    body = request.input
    shown, again = organisations.create(
        request.citizen, body.credit_code, body.name, request.attempt, request.now
    )
    location = f"/v1/me/organisations/{shown.organisation.organisation_id}"
    return replayed(_view(shown), again=again, headers={"Location": location})


@routes.get(
    "/v1/me/organisations",
    auth=auth.citizen,
    body=OrganisationQuery,
    response=OrganisationList,
    errors=[InvalidCursor],
)
def list_mine(request: Request[OrganisationQuery]) -> OrganisationList:
    """List the organisations that one belongs to."""
    asked, citizen_id = request.input, request.citizen.citizen_id

    def read(position: str | None) -> Page[OrganisationShown]:
        found = organisations.list_current(citizen_id, request.now)
        after = [one for one in found if one.organisation.organisation_id > (position or "")]
        more = len(after) > asked.limit
        page = after[: asked.limit]
        return Page(tuple(page), page[-1].organisation.organisation_id if more else None)

    page = dependencies.cursors().page(f"organisations/{citizen_id}", asked.cursor, read)
    items = [OrganisationSummary(**_summary(one)) for one in page.items]
    return OrganisationList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/me/organisations/{organisation_id}",
    auth=auth.citizen,
    response=OrganisationView,
    errors=[NotFound],
)
def show(request: Request[QueryModel], organisation_id: str) -> OrganisationView:
    """Show an organisation to its members."""
    return _view(organisations.show(request.citizen.citizen_id, organisation_id, request.now))


@routes.post(
    "/v1/me/organisations/{organisation_id}/members",
    auth=auth.trusted,
    body=MemberAdded,
    response=OrganisationMember,
    status=201,
    errors=[
        NotFound,
        Forbidden,
        RecentlyJoined,
        TooManyRequests,
        ProviderUnavailable,
        domain.NotRepresentative,
        domain.AlreadyMember,
        domain.TooManyMembers,
    ],
    idempotent=True,
)
def add_member(request: Request[MemberAdded], organisation_id: str) -> Response:
    """Let whom a code names act for the organisation; managers do."""
    body = request.input
    asked = NewMember(body.agent_code, body.role, body.until, request.source)
    member, again = organisations.add_member(
        request.citizen, organisation_id, asked, request.attempt, request.now
    )
    return replayed(_member(member, identity.masked_name_of(member.citizen_id)), again=again)


@routes.delete(
    "/v1/me/organisations/{organisation_id}/members/{member_id}",
    auth=auth.citizen,
    status=204,
    errors=[NotFound, Forbidden],
)
def remove_member(request: Request[QueryModel], organisation_id: str, member_id: str) -> Response:
    """End a membership: managers anybody's, everybody their own; the last manager's freezes it."""
    organisations.remove_member(request.citizen, organisation_id, member_id, request.now)
    return Response(None)


def _view(shown: OrganisationShown) -> OrganisationView:
    members = [_member(member, name) for member, name in shown.members]
    return OrganisationView(**_summary(shown), members=members)


def _summary(shown: OrganisationShown) -> dict[str, Any]:
    organisation, membership = shown.organisation, shown.membership
    return {
        "organisation_id": organisation.organisation_id,
        "credit_code": shown.credit_code,
        "name": shown.name,
        "status": organisation.state,
        "role": membership.role,
        "until": membership.until.isoformat() if membership.until else None,
        "version": organisation.version,
    }


def _member(member: Membership, name: str | None) -> OrganisationMember:
    return OrganisationMember(
        member_id=member.member_id,
        name=name,
        role=member.role,
        since=member.since.isoformat(),
        until=member.until.isoformat() if member.until else None,
    )
