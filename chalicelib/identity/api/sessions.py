"""The routes of log-in, of citizens and of staff, and the public keys."""

from typing import Annotated, Final, Literal

from pydantic import RootModel, StringConstraints

from chalicelib.core import auth, dependencies
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import NotFound, TooManyRequests
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response, Token, replayed
from chalicelib.core.i18n import Lang
from chalicelib.core.routes import Routes
from chalicelib.core.text import typed
from chalicelib.identity import domain
from chalicelib.identity.api.profile import CitizenView, citizen_view
from chalicelib.identity.devices import service as devices
from chalicelib.identity.devices.domain import Device
from chalicelib.identity.service import accounts, sessions
from chalicelib.identity.service.profiles import DecryptedProfile
from chalicelib.identity.service.sessions import Session
from chalicelib.identity.staff import domain as staff_domain
from chalicelib.identity.staff import service as staff
from chalicelib.identity.staff.api.views import NewPassword, Username
from chalicelib.identity.staff.domain import StaffAccount

routes: Final = Routes("identity")


class Login(BodyModel):
    """A code that the phone got from its platform."""

    platform: Literal["wechat", "alipay", "demo"]
    code: Token


class Tokens(BodyModel):
    """A pair of tokens; `expires_in` in seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme (RFC 6750).
    expires_in: int
    refresh_token: str


class CitizenTokens(Tokens):
    """A citizen's pair."""

    citizen: CitizenView


class StaffTokens(Tokens):
    """A pair of a member of staff; `office_ids` are the halls where the roles hold now."""

    username: str
    roles: list[str]
    office_ids: list[str]
    division_prefix: str | None
    department_ids: list[str]


class DeviceTokens(Tokens):
    """A pair of a device of a hall, for check-in and tickets there."""

    device_id: str
    office_id: str


class Renewed(RootModel[CitizenTokens | StaffTokens | DeviceTokens]):
    """A pair of whoever the refresh token was for."""


class RefreshToken(BodyModel):
    """A refresh token."""

    refresh_token: Token


class StaffLogin(BodyModel):
    """A user name and password, with a one-time code where the account asks for it.

    `new_password` takes the password's place and ends all other log-ins; it is asked for where
    another person chose the password.
    """

    username: Username
    password: Annotated[Token, StringConstraints(max_length=200)]
    totp: Annotated[str, typed("[0-9]{6}")] | None = None
    new_password: NewPassword | None = None


class IdToken(BodyModel):
    """A token of the city's own directory (OpenID Connect)."""

    id_token: Token


class Keys(BodyModel):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, str]]


_LOGIN_PROBLEMS: Final = (
    domain.AccountClosed,
    domain.AccountFrozen,
    domain.InvalidLoginCode,
    domain.ProviderUnavailable,
    TooManyRequests,
)
_REFRESH_PROBLEMS: Final = (domain.InvalidRefreshToken, domain.RefreshTokenReused)
_STAFF_PROBLEMS: Final = (
    staff_domain.InvalidCredentials,
    staff_domain.TotpRequired,
    staff_domain.PasswordChangeRequired,
    staff_domain.SecondFactorRequired,
    staff_domain.AccountLocked,
)


@routes.post(
    "/v1/login",
    auth=auth.public,
    body=Login,
    response=CitizenTokens,
    errors=_LOGIN_PROBLEMS,
    counted="log-in",
)
def log_in(request: Request[Login]) -> CitizenTokens:
    """Log in with a platform's code."""
    body = request.input
    return _tokens(
        request.lang, *accounts.log_in(body.platform, body.code, request.source, request.now)
    )


@routes.post(
    "/v1/login/refresh",
    auth=auth.public,
    body=RefreshToken,
    response=Renewed,
    errors=_REFRESH_PROBLEMS,
    idempotent=True,
)
def refresh(request: Request[RefreshToken]) -> Response:
    """Exchange a refresh token for a new pair; each works once, its key again for a minute."""
    family, again = sessions.rotate(request.input.refresh_token, request.attempt.key, request.now)
    if family.kind == "device":
        return replayed(device_tokens(*devices.refresh(family, request.now)), again=again)
    pair = (
        _staff_tokens(*staff.refresh(family, request.now))
        if family.kind == "staff"
        else _tokens(request.lang, *accounts.refresh(family, request.now))
    )
    return replayed(pair, again=again)


@routes.post("/v1/logout", auth=auth.public, body=RefreshToken, status=204)
def log_out(request: Request[RefreshToken]) -> Response:
    """Revoke the family of a refresh token."""
    sessions.revoke(request.input.refresh_token)
    return Response(None)


@routes.delete("/v1/sessions", auth=auth.logged_in, status=204, errors=[NotFound])
def sign_out(request: Request[QueryModel]) -> Response:
    """Sign out on all devices, this one too: access tokens end within the minute."""
    if isinstance(request.caller, Citizen):
        accounts.sign_out(request.caller, request.now)
    else:
        staff.sign_out(request.staff, request.now)
    return Response(None)


@routes.post(
    "/v1/staff/login",
    counted="staff log-in",
    auth=auth.public,
    body=StaffLogin,
    response=StaffTokens,
    errors=_STAFF_PROBLEMS,
)
def log_in_staff(request: Request[StaffLogin]) -> StaffTokens:
    """Log in as a member of staff."""
    body = request.input
    credentials = staff.Credentials(body.username, body.password, body.totp, body.new_password)
    return _staff_tokens(*staff.log_in(credentials, request.source, request.now))


@routes.post(
    "/v1/staff/login/oidc",
    auth=auth.public,
    body=IdToken,
    response=StaffTokens,
    errors=[domain.InvalidIdToken, domain.ProviderUnavailable, NotFound],
)
def log_in_staff_by_token(request: Request[IdToken]) -> StaffTokens:
    """Log in as a member of staff by a token of the city's own directory."""
    return _staff_tokens(*staff.log_in_by_token(request.input.id_token, request.now))


@routes.get("/v1/keys", auth=auth.public, response=Keys, cacheable_seconds=300)
def keys(_request: Request[QueryModel]) -> Keys:
    """Publish the public keys of tokens, passes and certificates."""
    rings = (dependencies.token_keys, dependencies.pass_keys, dependencies.certificate_keys)
    return Keys(keys=[dict(key) for ring in rings for key in ring().published()])


def _tokens(lang: Lang, session: Session, known: DecryptedProfile) -> CitizenTokens:
    return CitizenTokens(
        access_token=session.access_token,
        expires_in=session.expires_in,
        refresh_token=session.refresh_token,
        citizen=citizen_view(known, lang),
    )


def device_tokens(session: Session, device: Device) -> DeviceTokens:
    """Present the pair of a device."""
    return DeviceTokens(
        access_token=session.access_token,
        expires_in=session.expires_in,
        refresh_token=session.refresh_token,
        device_id=device.device_id,
        office_id=device.office_id,
    )


def _staff_tokens(session: Session, account: StaffAccount) -> StaffTokens:
    return StaffTokens(
        access_token=session.access_token,
        expires_in=session.expires_in,
        refresh_token=session.refresh_token,
        username=account.username,
        roles=sorted(account.rights.roles),
        office_ids=sorted(staff.caller_of(account).office_ids),
        division_prefix=account.rights.division_prefix,
        department_ids=sorted(account.rights.department_ids),
    )
