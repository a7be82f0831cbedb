"""The routes of one's own profile and verified identity."""

from typing import Annotated, Final, Literal

from chalicelib.core import auth
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.http_messages import BodyModel, QueryModel, Request
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.text import Name, Phone, text, typed
from chalicelib.core.web import Routes
from chalicelib.identity import domain
from chalicelib.identity.domain import Profile
from chalicelib.identity.service import profiles, verification
from chalicelib.identity.service.profiles import DecryptedProfile

routes: Final = Routes("identity")


IdNumber = Annotated[str, typed(".*")]


class CitizenView(BodyModel):
    """Who logged in."""

    citizen_id: str
    display_name: str
    verification_level: auth.Level


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


_UNNAMED: Final = Text("市民 {id}", "Citizen {id}")


@routes.get("/v1/me", auth=auth.citizen, response=MeView)
def me(request: Request[QueryModel]) -> MeView:
    """Show one's own profile."""
    return _me(profiles.me(request.citizen.citizen_id), request.lang)


@routes.patch("/v1/me", auth=auth.citizen, body=ProfileChange, response=MeView)
def change_me(request: Request[ProfileChange]) -> MeView:
    """Change one's own profile; null clears the phone or the display name."""
    changes = request.input.model_dump(exclude_unset=True)
    return _me(
        profiles.change_profile(request.citizen.citizen_id, changes, request.now), request.lang
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
    body = request.input
    known = verification.verify_identity(
        request.citizen.citizen_id, body.name, body.id_number, request.now
    )
    return _me(known, request.lang)


def citizen_view(known: DecryptedProfile, lang: Lang) -> CitizenView:
    """Show who logged in."""
    profile = known.profile
    return CitizenView(
        citizen_id=profile.citizen_id,
        display_name=known.clear.get("display_name") or _unnamed(profile, lang),
        verification_level=profile.level,
    )


def _unnamed(profile: Profile, lang: Lang) -> str:
    return _UNNAMED.in_language(lang, {"id": profile.citizen_id[-4:]})


def _me(known: DecryptedProfile, lang: Lang) -> MeView:
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
