"""The routes by which a phone with WeChat becomes a factor, and is asked to sign (SOTER)."""

from typing import Annotated, Final

from chalicelib.core import auth
from chalicelib.core.errors import RecentlyJoined, TooManyRequests
from chalicelib.core.http_messages import BodyModel, Nothing, Request, Response, replayed
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.identity.signing.api.factors import FactorView, Pin, factor_view
from chalicelib.identity.signing.api.signatures import Shown, SoterGiven, asked_of
from chalicelib.identity.signing.domain import FactorLocked, TooManyFactors
from chalicelib.identity.signing.service import signatures, soter

routes: Final = Routes("signing")


class SoterChallenge(BodyModel):
    """The `challenge` for `wx.startSoterAuthentication`."""

    challenge: str


class NewPhone(BodyModel):
    """What the phone signed, and what one calls it; by the PIN it is good at once."""

    soter: SoterGiven
    name: Annotated[str, text(40)] = "WeChat"
    pin: Pin | None = None


@routes.post(
    "/v1/me/factors/soter/options",
    auth=auth.trusted,
    body=Nothing,
    response=SoterChallenge,
    errors=[RecentlyJoined],
)
def soter_creation_options(request: Request[Nothing]) -> SoterChallenge:
    """Return what a phone signs to be added; good for five minutes."""
    purpose = soter.to_add(request.citizen.citizen_id)
    return SoterChallenge(challenge=soter.challenge(purpose, request.now))


@routes.post(
    "/v1/me/factors/soter",
    auth=auth.trusted,
    body=NewPhone,
    response=FactorView,
    status=201,
    errors=[RecentlyJoined, TooManyRequests, FactorLocked, TooManyFactors, ProviderUnavailable],
    idempotent=True,
)
def add_phone(request: Request[NewPhone]) -> Response:
    """Add a phone with WeChat; the same one again is the factor that is there."""
    body = request.input
    made = soter.Registration(body.soter.given(), body.name, body.pin, request.source)
    factor, again = soter.add(request.citizen, made, request.attempt, request.now)
    return replayed(factor_view(factor), again=again)


@routes.post(
    "/v1/me/signatures/soter-options",
    auth=auth.trusted,
    body=Shown,
    response=SoterChallenge,
    errors=[RecentlyJoined],
)
def soter_request_options(request: Request[Shown]) -> SoterChallenge:
    """Return what a phone is asked to sign this content by; good for five minutes, once."""
    asked = asked_of(request.input, "soter", request.source)
    challenge = soter.challenge(signatures.purpose_of(request.citizen, asked), request.now)
    return SoterChallenge(challenge=challenge)
