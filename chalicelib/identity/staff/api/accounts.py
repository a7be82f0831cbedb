"""The routes by which admins keep the accounts of staff."""

from typing import Any, Final

from chalicelib.core import auth, dependencies, qr
from chalicelib.core.changes import Applied
from chalicelib.core.clock import office_time
from chalicelib.core.errors import FieldError, InvalidCursor, InvalidRequest, NotFound, StaleVersion
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import (
    Nothing,
    QueryModel,
    Request,
    Response,
    replayed,
)
from chalicelib.core.i18n import Text
from chalicelib.core.id_documents import read_document
from chalicelib.core.routes import Routes
from chalicelib.identity.staff.api.views import (
    AccountQuery,
    NewStaff,
    PasswordReset,
    StaffAccountList,
    StaffAccountView,
    StaffChange,
    StaffPerson,
    TotpEnrolment,
    account_view,
)
from chalicelib.identity.staff.domain import (
    LastAdmin,
    OwnAccount,
    Rights,
    StaffAccount,
    StaffExists,
)
from chalicelib.identity.staff.service import administration, totp
from chalicelib.identity.staff.service.administration import Act, RightsChange

routes: Final = Routes("admin_staff")
_ADMINS: Final = auth.staff("admin")
_WHERE: Final = Text(
    "请填写大厅或区划前缀中的一项", "Give either the halls or a division's code, not both"
)


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
        items=[account_view(account) for account in page.items], next_cursor=page.next_cursor
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
    enrolment = TotpEnrolment(
        username=username,
        secret=secret,
        otpauth_uri=uri,
        otpauth_qr=qr.data_uri(uri) if uri else None,
    )
    return replayed(enrolment, again=applied.replayed)


@routes.put(
    "/v1/admin/staff/{username}/person",
    auth=_ADMINS,
    body=StaffPerson,
    response=StaffAccountView,
    errors=[NotFound],
    idempotent=True,
)
def set_person(request: Request[StaffPerson], username: str) -> Response:
    """Say by a document whose account it is; nobody is a witness of the own matter."""
    body, today = request.input, office_time(request.now).date()
    document = read_document(body.id_number, today, body.document_type, body.country)
    return _seen(request, administration.set_person(_act(request), username, document), 200)


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


def _act(request: Request[Any]) -> Act:
    return Act(request.staff, request.attempt, request.now)


def _wanted(body: NewStaff | StaffChange) -> RightsChange:
    return RightsChange(
        frozenset(body.roles) if body.roles else None,
        frozenset(body.office_ids) if body.office_ids else None,
        body.division_prefix,
        None if body.department_ids is None else frozenset(body.department_ids),
    )


def _seen(
    request: Request[Any],
    applied: Applied[StaffAccount],
    done: int,
) -> Response:
    account = applied.new
    proposal = account.proposal
    waits = proposal is not None and proposal.word.by == request.staff.actor
    response = replayed(account_view(account), again=applied.replayed)
    return Response(response.body, 202 if waits else done, response.headers)
