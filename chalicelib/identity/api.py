"""The routes of log-in, of one's own profile and family, and the public keys."""

import json
from typing import Annotated, Final, Literal

from pydantic import Field, RootModel, StringConstraints

from chalicelib.core import auth, wiring
from chalicelib.core.errors import NotFound, TooManyRequests
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response, Token, replayed
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.text import Name, Phone, text, typed
from chalicelib.core.web import Routes
from chalicelib.identity import domain, personal, service, sessions, staff
from chalicelib.identity.domain import Member, Profile, Relation, StaffAccount
from chalicelib.identity.service import Known
from chalicelib.identity.sessions import Session

routes: Final = Routes("identity")

IdNumber = Annotated[str, typed(".*")]


class Login(BodyModel):
    """A code that the phone got from its platform."""

    platform: Literal["wechat", "alipay", "demo"]
    code: Token


class CitizenView(BodyModel):
    """Who logged in."""

    citizen_id: str
    display_name: str
    verification_level: auth.Level


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
    """A pair of a member of staff."""

    username: str
    roles: list[str]
    office_ids: list[str]


class Renewed(RootModel[CitizenTokens | StaffTokens]):
    """A pair of whoever the refresh token was for."""


class RefreshToken(BodyModel):
    """A refresh token."""

    refresh_token: Token


class StaffLogin(BodyModel):
    """A user name and password, with a one-time code where the account asks for it."""

    username: Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]{1,40}$")]
    password: Annotated[Token, StringConstraints(max_length=200)]
    totp: Annotated[str, typed("[0-9]{6}")] | None = None


class IdToken(BodyModel):
    """A token of the city's own directory (OpenID Connect)."""

    id_token: Token


class MeView(CitizenView):
    """One's own profile; name, number and phone are masked."""

    locale: str
    large_text: bool
    phone: str | None
    name: str | None
    id_number: str | None


class ProfileChange(BodyModel):
    """What to change; what is left out stays."""

    display_name: Annotated[str, text(50)] | None = None
    locale: Literal["zh-CN", "en"] | None = None
    large_text: bool | None = None
    phone: Phone | None = None


class Identity(BodyModel):
    """A name and a resident identity number (GB 11643)."""

    name: Name
    id_number: IdNumber


class NewMember(Identity):
    """Someone to act for."""

    relation: Relation


class MemberView(BodyModel):
    """Someone to act for; name and number are masked."""

    member_id: str
    name: str
    id_number: str
    relation: Relation


class MemberList(BodyModel):
    """The family; at most eight, so always one page."""

    items: list[MemberView]
    next_cursor: str | None = None


class Paging(QueryModel):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class AccessView(BodyModel):
    """One look of a member of staff at the citizen's data."""

    at: str
    staff_id: str
    reason: str
    what: str


class AccessList(BodyModel):
    """Looks, newest first."""

    items: list[AccessView]
    next_cursor: str | None


class Keys(BodyModel):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, str]]


_UNNAMED: Final = Text("市民 {id}", "Citizen {id}")
_LOGIN_PROBLEMS: Final = (domain.InvalidLoginCode, domain.ProviderUnavailable, TooManyRequests)
_REFRESH_PROBLEMS: Final = (domain.InvalidRefreshToken, domain.RefreshTokenReused)
_STAFF_PROBLEMS: Final = (domain.InvalidCredentials, domain.TotpRequired, domain.AccountLocked)


@routes.post(
    "/v1/login", auth=auth.public, body=Login, response=CitizenTokens, errors=_LOGIN_PROBLEMS
)
def log_in(request: Request[Login]) -> CitizenTokens:
    """Log in with a platform's code."""
    given = request.input
    return _tokens(
        request.lang, *service.log_in(given.platform, given.code, request.source, request.now)
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
    family, again = sessions.turn(request.input.refresh_token, request.attempt.key, request.now)
    pair = (
        _staff_tokens(*staff.refresh(family, request.now))
        if family.kind == "staff"
        else _tokens(request.lang, *service.refresh(family, request.now))
    )
    return replayed(pair, again=again)


@routes.post("/v1/logout", auth=auth.public, body=RefreshToken, status=204)
def log_out(request: Request[RefreshToken]) -> Response:
    """Revoke the family of a refresh token."""
    sessions.end(request.input.refresh_token)
    return Response(None)


@routes.post(
    "/v1/staff/login",
    auth=auth.public,
    body=StaffLogin,
    response=StaffTokens,
    errors=_STAFF_PROBLEMS,
)
def log_in_staff(request: Request[StaffLogin]) -> StaffTokens:
    """Log in as a member of staff."""
    given = request.input
    return _staff_tokens(
        *staff.log_in(given.username, given.password, given.totp, request.source, request.now)
    )


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
    """Publish the public keys of tokens and passes."""
    published = [*wiring.token_keys().published(), *wiring.pass_keys().published()]
    return Keys(keys=[dict(key) for key in published])


@routes.get("/v1/me", auth=auth.citizen, response=MeView)
def me(request: Request[QueryModel]) -> MeView:
    """Show one's own profile."""
    return _me(service.me(request.citizen.citizen_id), request.lang)


@routes.get("/v1/me/export", auth=auth.citizen)
def export(request: Request[QueryModel]) -> Response:
    """Give out everything that is held about the citizen, as one JSON object."""
    found = personal.export(request.citizen.citizen_id, request.now)
    return Response(json.dumps(found, ensure_ascii=False))


@routes.delete("/v1/me", auth=auth.leaving, status=204, errors=[domain.ThingsOpen])
def erase(request: Request[QueryModel]) -> Response:
    """Erase the citizen: personal data goes, statistics stay; again is the same."""
    personal.erase(request.citizen.citizen_id, request.now)
    return Response(None)


@routes.patch("/v1/me", auth=auth.citizen, body=ProfileChange, response=MeView)
def change_me(request: Request[ProfileChange]) -> MeView:
    """Change one's own profile; null clears the phone or the display name."""
    changes = request.input.model_dump(exclude_unset=True)
    return _me(
        service.change_profile(request.citizen.citizen_id, changes, request.now), request.lang
    )


@routes.put(
    "/v1/me/identity",
    auth=auth.citizen,
    body=Identity,
    response=MeView,
    errors=[
        domain.IdentityAlreadySet,
        domain.IdentityNotConfirmed,
        domain.ProviderUnavailable,
        TooManyRequests,
    ],
)
def verify_identity(request: Request[Identity]) -> MeView:
    """Bind the account to a person."""
    given = request.input
    known = service.verify_identity(
        request.citizen.citizen_id, given.name, given.id_number, request.now
    )
    return _me(known, request.lang)


@routes.get("/v1/me/family", auth=auth.citizen, response=MemberList)
def family(request: Request[QueryModel]) -> MemberList:
    """List the people one may act for."""
    found = service.family(request.citizen.citizen_id)
    return MemberList(items=[_member(m, c["name"], c["id_number"]) for m, c in found])


@routes.post(
    "/v1/me/family",
    auth=auth.citizen,
    body=NewMember,
    response=MemberView,
    status=201,
    errors=[domain.FamilyFull, domain.AlreadyFamily],
    idempotent=True,
)
def add_member(request: Request[NewMember]) -> Response:
    """Add someone to act for."""
    given, citizen_id = request.input, request.citizen.citizen_id
    member, again = service.add_member(
        citizen_id, given.name, given.id_number, given.relation, request.attempt, request.now
    )
    view = _member(member, given.name, given.id_number)
    return replayed(view, again=again, headers={"Location": f"/v1/me/family/{member.member_id}"})


@routes.delete(
    "/v1/me/family/{member_id}", auth=auth.citizen, status=204, errors=[domain.MemberInUse]
)
def remove_member(request: Request[QueryModel], member_id: str) -> Response:
    """Take someone off the family."""
    service.remove_member(request.citizen.citizen_id, member_id, request.now)
    return Response(None)


@routes.get("/v1/me/accesses", auth=auth.citizen, body=Paging, response=AccessList)
def accesses(request: Request[Paging]) -> AccessList:
    """Show who looked at one's data, when and why."""
    scope = f"accesses/{request.citizen.citizen_id}"
    position = wiring.cursors().open(scope, request.input.cursor)
    page = service.looks(request.citizen.citizen_id, position, request.input.limit)
    views = [
        AccessView(at=k.at, staff_id=k.staff_id, reason=k.reason, what=k.what) for k in page.items
    ]
    return AccessList(items=views, next_cursor=wiring.cursors().seal(scope, page.next_position))


def _tokens(lang: Lang, session: Session, known: Known) -> CitizenTokens:
    return CitizenTokens(
        access_token=session.access_token,
        expires_in=session.expires_in,
        refresh_token=session.refresh_token,
        citizen=_citizen(known, lang),
    )


def _staff_tokens(session: Session, account: StaffAccount) -> StaffTokens:
    return StaffTokens(
        access_token=session.access_token,
        expires_in=session.expires_in,
        refresh_token=session.refresh_token,
        username=account.username,
        roles=sorted(account.roles),
        office_ids=sorted(account.office_ids),
    )


def _citizen(known: Known, lang: Lang) -> CitizenView:
    profile = known.profile
    return CitizenView(
        citizen_id=profile.citizen_id,
        display_name=known.clear.get("display_name") or _unnamed(profile, lang),
        verification_level=profile.level,
    )


def _unnamed(profile: Profile, lang: Lang) -> str:
    return _UNNAMED.in_language(lang, {"id": profile.citizen_id[-4:]})


def _me(known: Known, lang: Lang) -> MeView:
    profile, clear = known.profile, known.clear
    return MeView(
        citizen_id=profile.citizen_id,
        display_name=clear.get("display_name") or _unnamed(profile, lang),
        verification_level=profile.level,
        locale=profile.locale,
        large_text=profile.large_text,
        phone=domain.masked_phone(clear["phone"]) if "phone" in clear else None,
        name=domain.masked_name(clear["name"]) if "name" in clear else None,
        id_number=domain.masked_number(clear["id_number"]) if "id_number" in clear else None,
    )


def _member(member: Member, name: str, id_number: str) -> MemberView:
    return MemberView(
        member_id=member.member_id,
        name=domain.masked_name(name),
        id_number=domain.masked_number(id_number.upper()),
        relation=member.relation,
    )
