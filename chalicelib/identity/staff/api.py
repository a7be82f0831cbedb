"""The routes by which admins keep the accounts of staff."""

from typing import Annotated, Final

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from chalicelib.core import auth, dependencies
from chalicelib.core.auth import Role
from chalicelib.core.changes import Applied
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import FieldError, InvalidCursor, InvalidRequest, NotFound, StaleVersion
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    Nothing,
    QueryModel,
    Request,
    Response,
    Token,
    replayed,
)
from chalicelib.core.i18n import Text
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.identity.staff.domain import (
    LastAdmin,
    OwnAccount,
    Proposal,
    Rights,
    StaffAccount,
    StaffExists,
)
from chalicelib.identity.staff.service import administration, totp
from chalicelib.identity.staff.service.administration import Act, RightsChange

routes: Final = Routes("admin_staff")
_ADMINS: Final = auth.staff("admin")

Username = Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]{1,40}$")]
# At least eight characters and any of them (NIST SP 800-63B, 5.1.1).
NewPassword = Annotated[Token, StringConstraints(min_length=8, max_length=200)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=4)]
# A token names them all, and has room for so many; more are a division.
OfficeIds = Annotated[list[Id], Field(min_length=1, max_length=40)]
DivisionPrefix = Annotated[str, StringConstraints(pattern=r"^[0-9]{0,12}$")]
DepartmentIds = Annotated[list[Id], Field(max_length=20)]
Why = Annotated[str, text(200, 0, lines=True)]
_WHERE: Final = Text(
    "请填写大厅或区划前缀中的一项", "Give either the halls or a division's code, not both"
)
_EXAMPLE: Final[dict[str, JsonValue]] = {
    "username": "clerk-2",
    "password": "correct horse battery staple",
    "roles": ["clerk"],
    "office_ids": ["hall-330203"],
}


class AccountQuery(QueryModel):
    """Which page."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class NewStaff(BodyModel):
    """A member of staff, with halls by their ids, or all of a division, later ones included.

    `division_prefix` is the beginning of GB/T 2260 codes; an empty one means everywhere.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    username: Username
    password: NewPassword
    roles: Roles
    office_ids: OfficeIds | None = None
    division_prefix: DivisionPrefix | None = None
    department_ids: DepartmentIds | None = None
    reason: Why | None = None


class StaffChange(BodyModel):
    """What is to be different; halls by their ids and a division take each other's place."""

    roles: Roles | None = None
    office_ids: OfficeIds | None = None
    division_prefix: DivisionPrefix | None = None
    department_ids: DepartmentIds | None = None
    reason: Why | None = None
    version: int | None = None


class PasswordReset(BodyModel):
    """A password, to be changed at the next log-in."""

    password: NewPassword


class ProposalView(BodyModel):
    """Rights that a first person asked for, and to which a second must agree."""

    asked_by: str
    at: str
    reason: str
    roles: list[str]
    office_ids: list[str]
    division_prefix: str | None
    department_ids: list[str]


class StaffAccountView(BodyModel):
    """An account of staff; without roles it waits for a second person."""

    username: str
    roles: list[str]
    office_ids: list[str]
    division_prefix: str | None
    department_ids: list[str]
    password_change_required: bool
    totp_enrolled: bool
    pending: ProposalView | None
    version: int


class StaffAccountList(BodyModel):
    """Accounts in the order of their names."""

    items: list[StaffAccountView]
    next_cursor: str | None


class TotpEnrolment(BodyModel):
    """The secret of one-time codes (RFC 6238), told this once, and its `otpauth` address."""

    username: str
    secret: str | None
    otpauth_uri: str | None


@routes.get(
    "/v1/admin/staff",
    auth=_ADMINS,
    body=AccountQuery,
    response=StaffAccountList,
    errors=[InvalidCursor],
)
def list_accounts(request: Request[AccountQuery]) -> StaffAccountList:
    """List the accounts of one's own halls."""
    query, admin = request.input, request.staff
    page = dependencies.cursors().page(
        f"staff/{admin.staff_id}",
        query.cursor,
        lambda position: administration.list_accounts(admin, position, query.limit),
    )
    return StaffAccountList(
        items=[_account_view(account) for account in page.items], next_cursor=page.next_cursor
    )


@routes.post(
    "/v1/admin/staff",
    auth=_ADMINS,
    body=NewStaff,
    response=StaffAccountView,
    status=201,
    errors=[StaffExists, SecondPersonNeeded],
    idempotent=True,
    two_persons=True,
)
def create(request: Request[NewStaff]) -> Response:
    """Make an account; an admin's by two persons, the second of whom is answered 200."""
    body = request.input
    if (body.office_ids is None) == (body.division_prefix is None):
        raise InvalidRequest(errors=[FieldError("/office_ids", "one_of", _WHERE)])
    rights = _wanted(body).of(Rights())
    applied = administration.create(
        _act(request), body.username, body.password, rights, body.reason or ""
    )
    return _seen(request, applied, 200 if rights.is_admin else 201)


@routes.patch(
    "/v1/admin/staff/{username}",
    auth=_ADMINS,
    body=StaffChange,
    response=StaffAccountView,
    errors=[OwnAccount, SecondPersonNeeded, LastAdmin, StaleVersion],
    idempotent=True,
    two_persons=True,
)
def change(request: Request[StaffChange], username: str) -> Response:
    """Give other rights; to make an admin takes two persons."""
    body = request.input
    if body.office_ids is not None and body.division_prefix is not None:
        raise InvalidRequest(errors=[FieldError("/office_ids", "one_of", _WHERE)])
    applied = administration.change(
        _act(request), username, _wanted(body), body.version, body.reason or ""
    )
    return _seen(request, applied, 200)


@routes.delete(
    "/v1/admin/staff/{username}",
    auth=_ADMINS,
    status=204,
    errors=[OwnAccount, LastAdmin],
    idempotent=True,
)
def remove(request: Request[QueryModel], username: str) -> Response:
    """End an account and its log-ins, or what was asked for; its history stays."""
    administration.remove(_act(request), username)
    return Response(None)


@routes.post(
    "/v1/admin/staff/{username}/reset-password",
    auth=_ADMINS,
    body=PasswordReset,
    response=StaffAccountView,
    errors=[OwnAccount],
    idempotent=True,
)
def reset_password(request: Request[PasswordReset], username: str) -> Response:
    """Set a password to be changed at the next log-in; all log-ins end."""
    applied = administration.reset_password(_act(request), username, request.input.password)
    return _seen(request, applied, 200)


@routes.post(
    "/v1/admin/staff/{username}/enrol-totp",
    auth=_ADMINS,
    body=Nothing,
    response=TotpEnrolment,
    errors=[OwnAccount],
    idempotent=True,
)
def enrol_totp(request: Request[Nothing], username: str) -> Response:
    """Make a fresh secret of one-time codes, told this once, in the place of the one before."""
    applied, secret = administration.enrol_totp(_act(request), username)
    uri = totp.uri(username, secret) if secret else None
    enrolment = TotpEnrolment(username=username, secret=secret, otpauth_uri=uri)
    return replayed(enrolment, again=applied.replayed)


@routes.post(
    "/v1/admin/staff/{username}/unlock",
    auth=_ADMINS,
    body=Nothing,
    response=StaffAccountView,
    errors=[NotFound],
    idempotent=True,
)
def unlock(request: Request[Nothing], username: str) -> Response:
    """Let a member of staff who was locked out try again at once."""
    return _seen(request, administration.unlock(_act(request), username), 200)


def _act(request: Request[NewStaff | StaffChange | PasswordReset | Nothing | QueryModel]) -> Act:
    return Act(request.staff, request.attempt, request.now)


def _wanted(body: NewStaff | StaffChange) -> RightsChange:
    return RightsChange(
        frozenset(body.roles) if body.roles else None,
        frozenset(body.office_ids) if body.office_ids else None,
        body.division_prefix,
        None if body.department_ids is None else frozenset(body.department_ids),
    )


def _seen(
    request: Request[NewStaff | StaffChange | PasswordReset | Nothing],
    applied: Applied[StaffAccount],
    done: int,
) -> Response:
    account = applied.new
    proposal = account.proposal
    waits = proposal is not None and proposal.word.by == request.staff.actor
    response = replayed(_account_view(account), again=applied.replayed)
    return Response(response.body, 202 if waits else done, response.headers)


def _account_view(account: StaffAccount) -> StaffAccountView:
    rights, proposal = account.rights, account.proposal
    return StaffAccountView(
        username=account.username,
        roles=sorted(rights.roles),
        office_ids=sorted(rights.office_ids),
        division_prefix=rights.division_prefix,
        department_ids=sorted(rights.department_ids),
        password_change_required=account.password_expired,
        totp_enrolled=account.totp is not None,
        pending=_proposal_view(proposal) if proposal else None,
        version=account.version,
    )


def _proposal_view(proposal: Proposal) -> ProposalView:
    word, rights = proposal.word, proposal.rights
    return ProposalView(
        asked_by=word.by,
        at=rfc3339(word.at),
        reason=word.reason,
        roles=sorted(rights.roles),
        office_ids=sorted(rights.office_ids),
        division_prefix=rights.division_prefix,
        department_ids=sorted(rights.department_ids),
    )
