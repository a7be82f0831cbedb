"""The routes of a person's accounts: codes, joining, undoing, and which are joined."""

from typing import Final

from chalicelib.core import auth
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import (
    Forbidden,
    NotFound,
    RecentlyJoined,
    TooManyRequests,
)
from chalicelib.core.http_messages import (
    BodyModel,
    GivenCode,
    IssuedCode,
    QueryModel,
    Request,
    Response,
    WholeList,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.identity import domain
from chalicelib.identity.api.profile import MeView, me_view
from chalicelib.identity.service import joining, link_codes

routes: Final = Routes("identity")


class AccountView(BodyModel):
    """A platform's log-in by which one comes; `of_record` is the one that is the person's own."""

    account_id: str
    platform: str | None
    linked_at: str | None
    last_login_at: str | None
    of_record: bool


class AccountList(WholeList):
    """One's accounts, that of record first; always one page."""

    items: list[AccountView]


@routes.post(
    "/v1/me/link-codes",
    auth=auth.citizen,
    response=IssuedCode,
    status=201,
    errors=[Forbidden, domain.VerificationRequired],
    idempotent=True,
)
def issue_link_code(request: Request[QueryModel]) -> Response:
    """Make the code by which another account can be joined to this one, of record."""
    code, expires_at, again = link_codes.issue(request.citizen, request.attempt, request.now)
    return replayed(IssuedCode(code=code, expires_at=rfc3339(expires_at)), again=again)


@routes.post(
    "/v1/me/links/{link_id}",
    auth=auth.citizen,
    body=GivenCode,
    response=MeView,
    errors=[NotFound, domain.ThingsOpen, TooManyRequests],
)
def join(request: Request[GivenCode], link_id: str) -> MeView:
    """Join this account to the account of record by its code; both see the same from now on."""
    code, source = request.input.code, request.source
    owner = joining.join(request.citizen, link_id, code, source, request.now)
    return me_view(owner, request.lang)


@routes.post(
    "/v1/me/links/{link_id}/undo",
    auth=auth.citizen,
    response=AccountList,
    errors=[Forbidden, NotFound],
)
def undo(request: Request[QueryModel], link_id: str) -> AccountList:
    """Part a joined account within 72 hours, from the account of record; its tokens end."""
    joining.undo(request.citizen, link_id, request.now)
    return _list(request.citizen.citizen_id)


@routes.get("/v1/me/accounts", auth=auth.citizen, response=AccountList)
def accounts(request: Request[QueryModel]) -> AccountList:
    """List the accounts that are joined."""
    return _list(request.citizen.citizen_id)


@routes.delete(
    "/v1/me/accounts/{account_id}",
    auth=auth.trusted,
    status=204,
    errors=[Forbidden, RecentlyJoined, NotFound, domain.LastAccount],
)
def remove(request: Request[QueryModel], account_id: str) -> Response:
    """Part a joined account from the account of record; its tokens end."""
    joining.remove(request.citizen, account_id, request.now)
    return Response(None)


def _list(citizen_id: str) -> AccountList:
    return AccountList(items=[_view(one) for one in joining.accounts_of(citizen_id)])


def _view(one: joining.Account) -> AccountView:
    return AccountView(
        account_id=one.account_id,
        platform=one.platform,
        linked_at=rfc3339(one.linked_at) if one.linked_at else None,
        last_login_at=rfc3339(one.last_login_at) if one.last_login_at else None,
        of_record=one.of_record,
    )
