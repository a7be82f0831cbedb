"""The routes by which a browser adds an authenticator (Web Authentication level 2, W3C)."""

from typing import Annotated, Any, Final

from pydantic import Field, JsonValue

from chalicelib.core import auth
from chalicelib.core.errors import RecentlyJoined, TooManyRequests
from chalicelib.core.http_messages import BodyModel, Nothing, Request, Response, replayed
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.identity.signing.api.factors import FactorView, Pin, factor_view
from chalicelib.identity.signing.domain import FactorLocked, TooManyFactors
from chalicelib.identity.signing.service import authenticators

routes: Final = Routes("signing")
Credential = Annotated[dict[str, JsonValue], Field(min_length=1, max_length=12)]


class CreationOptions(BodyModel):
    """PublicKeyCredentialCreationOptionsJSON, for `navigator.credentials.create`."""

    rp: dict[str, str]
    user: dict[str, str]
    challenge: str
    pubKeyCredParams: list[dict[str, JsonValue]]  # noqa: N815 - as the standard has it.
    timeout: int
    excludeCredentials: list[dict[str, JsonValue]]  # noqa: N815 - as above.
    authenticatorSelection: dict[str, JsonValue]  # noqa: N815 - as above.
    attestation: str


class NewAuthenticator(BodyModel):
    """RegistrationResponseJSON, and what one calls it; by the PIN it is good at once."""

    credential: Credential
    name: Annotated[str, text(40)] = "WebAuthn"
    pin: Pin | None = None


@routes.post(
    "/v1/me/factors/webauthn/options",
    auth=auth.trusted,
    body=Nothing,
    response=CreationOptions,
    errors=[RecentlyJoined],
)
def creation_options(request: Request[Nothing]) -> CreationOptions:
    """Return what a browser is asked to make a passkey by; good for five minutes."""
    origin = request.headers.get("origin")
    options: dict[str, Any] = authenticators.creation_options(request.citizen, origin, request.now)
    return CreationOptions(**{name: options[name] for name in CreationOptions.model_fields})


@routes.post(
    "/v1/me/factors/webauthn",
    auth=auth.trusted,
    body=NewAuthenticator,
    response=FactorView,
    status=201,
    errors=[RecentlyJoined, TooManyRequests, FactorLocked, TooManyFactors],
    idempotent=True,
)
def add(request: Request[NewAuthenticator]) -> Response:
    """Add a passkey; the same one again is the factor that is there."""
    body = request.input
    made = authenticators.Registration(body.credential, body.name, body.pin, request.source)
    factor, again = authenticators.add(request.citizen, made, request.attempt, request.now)
    return replayed(factor_view(factor), again=again)
