"""The routes of one's own profile and verified identity."""

from typing import Annotated, Final, Literal

from chalicelib.core import auth
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Token
from chalicelib.core.i18n import Lang, Text
from chalicelib.core.id_documents import (
    DocumentType,
    document_of,
)
from chalicelib.core.person import Person
from chalicelib.core.routes import Routes
from chalicelib.core.text import Phone, text
from chalicelib.identity import domain
from chalicelib.identity.domain import Profile, Proof
from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.identity.service import profiles, verification
from chalicelib.identity.service.profiles import DecryptedProfile

routes: Final = Routes("identity")


class CitizenView(BodyModel):
    """Who logged in."""

    citizen_id: str
    display_name: str
    verification_level: auth.Level


class MeView(CitizenView):
    """One's own profile; name, number, phone and mail address are masked."""

    locale: str
    large_text: bool
    phone: str | None
    phone_verified: bool
    email: str | None
    proof: Proof | None
    name: str | None
    document_type: DocumentType | None
    id_number: str | None


class ProfileChange(BodyModel):
    """What to change; what is left out stays."""

    display_name: Annotated[str, text(50)] | None = None
    locale: Literal["zh-CN", "en"] | None = None
    large_text: bool | None = None
    phone: Phone | None = None


class Identity(Person):
    """Who one is; with `platform_code`, which the phone got, one's platform is asked."""

    platform_code: Token | None = None


_UNNAMED: Final = Text("市民 {id}", "Citizen {id}")


@routes.get("/v1/me", auth=auth.citizen, response=MeView)
def me(request: Request[QueryModel]) -> MeView:
    """Show one's own profile."""
    return me_view(profiles.me(request.citizen.citizen_id), request.lang)


@routes.patch("/v1/me", auth=auth.citizen, body=ProfileChange, response=MeView)
def changeme_view(request: Request[ProfileChange]) -> MeView:
    """Change one's own profile; null clears the phone or the display name."""
    changes = request.input.model_dump(exclude_unset=True)
    return me_view(
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
        domain.PersonKnown,
        domain.ThingsOpen,
        domain.ProviderUnavailable,
        TooManyRequests,
    ],
)
def verify_identity(request: Request[Identity]) -> MeView:
    """Bind the account to a person."""
    body = request.input
    claim = IdentityClaim(body.name, body.document(request.now), code=body.platform_code or "")
    known = verification.verify_identity(
        request.citizen.citizen_id, claim, request.source, request.now
    )
    return me_view(known, request.lang)


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


def me_view(known: DecryptedProfile, lang: Lang) -> MeView:
    """Show one's own profile."""
    profile, clear = known.profile, known.clear
    document = document_of(clear) if "id_number" in clear else None
    return MeView(
        citizen_id=profile.citizen_id,
        display_name=clear.get("display_name") or _unnamed(profile, lang),
        verification_level=profile.level,
        locale=profile.locale,
        large_text=profile.large_text,
        phone=domain.masked_phone(clear["phone"]) if "phone" in clear else None,
        phone_verified="phone_proof" in clear,
        email=domain.masked_email(clear["email"]) if "email" in clear else None,
        name=domain.masked_name(clear["name"]) if "name" in clear else None,
        proof=profile.proof,
        document_type=document.document_type if document else None,
        id_number=document.masked if document else None,
    )
